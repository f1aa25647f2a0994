#pragma once

#include <cstdint>

#include "kernels/mlp/learn.hpp"

// Consolidation of whole units, and the renewal of the scale (model.md, section 3, steps 4 and 6).
namespace syncache::inline SYNCACHE_ISA {

#ifdef SYNCACHE_ONE_LANE

// f(unit) summed over a unit's inputs: f(input, lane) -> double. The whole block works on one unit; the leader gets the
// sum.
template <class Team, class F, class Take>
SYNCACHE_TEAM_CODE void sum_over_inputs(Team& team, int inputs, F f, Take take) {
    const double total = team.template sum<double>(inputs, [&](int i) { return f(i, 0); });
    if (team.leader()) {
        take(0, total);
    }
}

template <class Team, class Number>
SYNCACHE_TEAM_CODE void move_unit(Team& team, const MlpLayer<Number>& layer, int unit, const Learning<Number>& how) {
    const Number scale = static_cast<Number>(how.scale);
    const int count = team.template sum<int>(layer.inputs, [&](int i) {
        const int synapse = synapse_index(layer, i, unit, pack_width);
        const Number moved = scale * layer.fading[synapse];
        layer.fixed[synapse] += moved;
        layer.fading[synapse] = Number{};
        return moved != Number{} ? 1 : 0;
    });
    if (team.leader()) {
        layer.account.n_consolidated[unit] += count;
        layer.account.pending[unit] = 0.0;
    }
}

// l += s, s = 0 for all inputs of a unit whose peak is above the limit.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void move_tile(Team& team, const MlpLayer<Number>& layer, int tile, const Learning<Number>& how,
                                  Number) {
    move_unit(team, layer, tile, how);
}

#else

template <class Team, class F, class Take>
inline void sum_over_inputs(Team&, int inputs, F f, Take take) {
    double total[pack_width] = {};
    for (int i = 0; i < inputs; ++i) {
        for (int lane = 0; lane < pack_width; ++lane) {
            total[lane] += f(i, lane);
        }
    }
    for (int lane = 0; lane < pack_width; ++lane) {
        take(lane, total[lane]);
    }
}

// l += s, s = 0 for all inputs of the tile's units whose peak is above the limit.
template <class Team, class Number>
inline void move_tile(Team&, const MlpLayer<Number>& layer, int tile, const Learning<Number>& how, Number limit) {
    const auto takes_part = exceeds(load(layer.peak + tile * pack_width), splat(limit));
    const Pack<Number> scale = splat(static_cast<Number>(how.scale)), zero = splat(Number{}), one = splat(Number{1});
    Pack<Number> count = zero;
    for (int i = 0; i < layer.inputs; ++i) {
        const int synapse = tile * layer.tile_stride + i * layer.input_stride;
        const Pack<Number> fading = load(layer.fading + synapse);
        const Pack<Number> moved = where(takes_part, scale * fading, zero);
        store(layer.fixed + synapse, load(layer.fixed + synapse) + moved);
        store(layer.fading + synapse, where(takes_part, zero, fading));
        count = count + where(exceeds(magnitude(moved), zero), one, zero);
    }
    alignas(64) Number counts[pack_width];
    store(counts, count);
    for (int lane = 0; lane < pack_width; ++lane) {
        const int unit = tile * pack_width + lane;
        layer.account.n_consolidated[unit] += static_cast<std::int64_t>(counts[lane]);
        if (layer.peak[unit] > limit) {
            layer.account.pending[unit] = 0.0;
        }
    }
}

#endif

// Sums up a tile's weights anew, in the order of the inputs.
template <class Number>
SYNCACHE_HD void total_tile(const MlpLayer<Number>& layer, int tile) {
    Pack<double> fixed = splat(0.0), fading = fixed;
    for (int i = 0; i < layer.inputs; ++i) {
        const int synapse = tile * layer.tile_stride + i * layer.input_stride;
        fixed = fixed + widened(load(layer.fixed + synapse));
        fading = fading + widened(load(layer.fading + synapse));
    }
    store(layer.competition.total[0] + tile * pack_width, fixed);
    store(layer.competition.total[1] + tile * pack_width, fading);
}

template <class Team, class Number>
SYNCACHE_TEAM_CODE void total_layer(Team& team, const MlpLayer<Number>& layer) {
    team.for_each(layer.n_tiles, [=, &layer](int tile) { total_tile(layer, tile); });
}

// What the consolidation of the tile's units above the limit costs. input_sum: sum of the active inputs, for what is
// now not a change of s. The plain price is the pending sum; others look at every synapse.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void charge_tile(Team& team, const MlpTask<Number>& task, const MlpLayer<Number>& layer, int tile,
                                    const Learning<Number>& how, Number limit, double input_sum) {
    const LayerAccount& account = layer.account;
    const int first = tile * pack_width;
    for (int lane = 0; lane < pack_width && team.leader(); ++lane) {
        const int unit = first + lane;
        if (layer.peak[unit] > limit) {
            account.consolidation[unit] += how.scale * account.pending[unit];
            if (task.general != 0) {
                layer.competition.kept[unit] = layer.competition.raised[unit] = Number{};
            } else {
                layer.at_once[unit] = static_cast<Number>(static_cast<double>(magnitude(layer.step[unit])) * input_sum);
            }
        }
    }
    const auto moved = [&](int i, int lane) {
        const Number fading = layer.fading[tile * layer.tile_stride + i * layer.input_stride + lane];
        return layer.peak[first + lane] > limit ? how.scale * static_cast<double>(fading) : 0.0;
    };
    for (int p = 1; p < task.n_prices; ++p) {
        const Price price = task.prices[p];
        sum_over_inputs(
            team, layer.inputs, [&](int i, int lane) { return cost_of_change(moved(i, lane), price); },
            [&](int lane, double sum) { account.consolidation[p * layer.stride + first + lane] += sum; });
    }
    if (account.by_synapse != nullptr) {
        team.for_each(layer.inputs, [&](int i) {
            for (int lane = 0; lane < pack_width; ++lane) {
                account.by_synapse[tile * layer.tile_stride + i * layer.input_stride + lane] +=
                    magnitude(moved(i, lane));
            }
        });
    }
}

// Consolidates every unit whose peak is above the limit; peaks are never negative, so all units for a negative limit.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void consolidate_units(Team& team, const MlpTask<Number>& task, const MlpLayer<Number>& layer,
                                          const Learning<Number>& how, Number limit, double input_sum) {
    const Number* peak = layer.peak;
    const auto above = [=](int j) { return peak[j] > limit; };
    int unit = team.first_index(0, layer.units, above);
    while (unit < layer.units) {
        const int tile = unit / pack_width;
        charge_tile(team, task, layer, tile, how, limit, input_sum);
        move_tile(team, layer, tile, how, limit);
        if (has_centred_inputs(layer)) {
            team.for_each(1, [=, &layer](int) { total_tile(layer, tile); });
        }
        unit = team.first_index((tile + 1) * pack_width, layer.units, above);
    }
    team.for_each(1, [](int) {});  // the leader's accounts are in place
}

// Step 4 for the policies that look at more than one synapse; local_local has consolidated while it learned. The whole
// network's threshold is that of no layer.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void consolidate_groups(Team& team, const MlpTask<Number>& task, const Learning<Number>& how,
                                           double threshold, const double* input_sums) {
    if (task.rule != MlpRule::caching || task.policy == Policy::local_local) {
        return;
    }
    constexpr Number all{-1};
    bool network_triggers = false;
    if (task.group == Group::network) {
        double pending = 0.0;
        for (int k = 0; k < task.n_layers; ++k) {
            const double* of_unit = task.layers[k].all_pending;
            share_units(team, task.layers[k], task.layers[k].all_pending);
            pending += team.template sum<double>(task.layers[k].all_units, [=](int j) { return of_unit[j]; });
        }
        network_triggers = triggers(task.policy, 0.0, how.scale * pending, threshold);
    }
    for (int k = 0; k < task.n_layers; ++k) {
        const MlpLayer<Number>& layer = task.layers[k];
        const Number* peak = layer.peak;
        const Number limit = limit_of(layer, threshold, how.scale);
        if (task.group == Group::neuron) {
            consolidate_units(team, task, layer, how, limit, input_sums[k]);
        } else if (task.group == Group::layer) {
            const bool crosses = team.first_index(0, layer.units, [=](int j) { return peak[j] > limit; }) < layer.units;
            if (layer.units == layer.all_units ? crosses : team.in_any_part(crosses)) {
                consolidate_units(team, task, layer, how, all, input_sums[k]);
            }
        } else if (network_triggers) {
            consolidate_units(team, task, layer, how, all, input_sums[k]);
        }
    }
}

// Sums up |fading| of a tile's units anew, and, with momentum, counts those that are not 0.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void recount_tile(Team& team, const MlpTask<Number>& task, const MlpLayer<Number>& layer, int tile) {
    const int first = tile * pack_width;
    const auto size = [&](int i, int lane) {
        return magnitude(layer.fading[tile * layer.tile_stride + i * layer.input_stride + lane]);
    };
    sum_over_inputs(
        team, layer.inputs, [&](int i, int lane) { return static_cast<double>(size(i, lane)); },
        [&](int lane, double sum) { layer.account.pending[first + lane] = sum; });
    if (task.rule == MlpRule::momentum) {
        sum_over_inputs(
            team, layer.inputs, [&](int i, int lane) { return size(i, lane) > Number{} ? 1.0 : 0.0; },
            [&](int lane, double sum) { layer.account.n_moving[first + lane] = static_cast<std::int64_t>(sum); });
    }
}

// Multiplies g into `fading`. Numbers too small to matter in any sum become 0, since arithmetic on denormal numbers is
// slow.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void renew_scale(Team& team, const MlpTask<Number>& task, double scale) {
    constexpr double tiny = sizeof(Number) == 4 ? 1e-30 : 1e-290;
    for (int k = 0; k < task.n_layers; ++k) {
        const MlpLayer<Number>& layer = task.layers[k];
        Number* fading = layer.fading;
        team.for_each(layer.n_synapses, [=](int i) {
            const double value = scale * static_cast<double>(fading[i]);
            fading[i] = magnitude(value) < tiny ? Number{} : static_cast<Number>(value);
        });
        for (int tile = 0; tile < layer.n_tiles; ++tile) {
            recount_tile(team, task, layer, tile);
        }
    }
    team.for_each(1, [](int) {});
}

}  // namespace syncache::inline SYNCACHE_ISA
