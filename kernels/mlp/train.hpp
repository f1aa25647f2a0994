#pragma once

#include <cstdint>

#include "kernels/mlp/consolidate.hpp"
#include "kernels/mlp/order.hpp"
#include "kernels/mlp/trace.hpp"

// Presentations, one after the other (model.md, section 3), and the account at a checkpoint.
namespace syncache::inline SYNCACHE_ISA {

template <class Team, class Number>
SYNCACHE_TEAM_CODE InputTotals input_totals(Team& team, const ActiveInputs<Number>& x) {
    const Number* value = x.value;
    if (x.index != nullptr) {  // none is 0
        const auto sum = team.template sum<double>(x.n, [=](int k) { return static_cast<double>(value[k]); });
        return {sum, x.n};
    }
    const Sums<2, double> both = team.template sums<2, double>(
        x.n, [=](int k) { return Sums<2, double>{{static_cast<double>(value[k]), value[k] != Number{} ? 1.0 : 0.0}}; });
    return {both.value[0], static_cast<std::int64_t>(both.value[1])};
}

// What learning changed at the other prices than the first, and in each synapse, where that is asked for.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void charge_learning_otherwise(Team& team, const MlpTask<Number>& task,
                                                  const MlpLayer<Number>& layer, const ActiveInputs<Number>& x) {
    const LayerAccount& account = layer.account;
    if (task.rule == MlpRule::momentum) {
        return;
    }
    for (int p = 1; p < task.n_prices; ++p) {
        const Price price = task.prices[p];
        const Number* value = x.value;
        const double priced =
            team.template sum<double>(x.n, [=](int k) { return cost_of_change(value[k], Price{price.exponent, 0}); });
        team.for_each(layer.units, [=, &layer](int j) {
            account.uncached[p * layer.stride + j] +=
                cost_of_change(static_cast<double>(layer.step[j]), price) * priced;
        });
    }
    if (task.rule == MlpRule::plain && account.by_synapse != nullptr) {
        team.for_each(layer.n_tiles, [=, &layer](int tile) {
            for (int k = 0; k < x.n; ++k) {
                const int input = x.index != nullptr ? x.index[k] : k;
                const int synapse = tile * layer.tile_stride + input * layer.input_stride;
                for (int lane = 0; lane < pack_width; ++lane) {
                    account.by_synapse[synapse + lane] += magnitude(
                        static_cast<double>(layer.step[tile * pack_width + lane]) * static_cast<double>(x.value[k]));
                }
            }
        });
    }
}

// With momentum every step is the whole of g * fading, in all synapses.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void charge_momentum(Team& team, const MlpTask<Number>& task, const MlpLayer<Number>& layer,
                                        double scale) {
    const LayerAccount& account = layer.account;
    team.for_each(layer.units, [=, &layer](int j) {
        account.uncached[j] += scale * account.pending[j];
        account.n_moving[j] += static_cast<std::int64_t>(layer.fresh[j]);
        account.n_changes[j] += account.n_moving[j];
    });
    for (int tile = 0; tile < layer.n_tiles && (task.n_prices > 1 || account.by_synapse != nullptr); ++tile) {
        const auto step = [=, &layer](int i, int lane) {
            return scale * static_cast<double>(layer.fading[tile * layer.tile_stride + i * layer.input_stride + lane]);
        };
        for (int p = 1; p < task.n_prices; ++p) {
            const Price price = task.prices[p];
            sum_over_inputs(
                team, layer.inputs, [=](int i, int lane) { return cost_of_change(step(i, lane), price); },
                [=, &layer](int lane, double sum) {
                    account.uncached[p * layer.stride + tile * pack_width + lane] += sum;
                });
        }
        if (account.by_synapse != nullptr) {
            team.for_each(layer.inputs, [=, &layer](int i) {
                for (int lane = 0; lane < pack_width; ++lane) {
                    account.by_synapse[tile * layer.tile_stride + i * layer.input_stride + lane] +=
                        magnitude(step(i, lane));
                }
            });
        }
    }
}

// After the consolidation: changes of s that stayed in s, and the maintenance of s.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void charge_cache(Team& team, const MlpLayer<Number>& layer, double scale, double input_sum) {
    const LayerAccount& account = layer.account;
    team.for_each(layer.n_tiles, [=, &layer](int tile) {
        const int first = tile * pack_width;
        const Pack<double> step = widened(load(layer.step + first)), zero = splat(0.0);
        const Pack<double> all = magnitude(step) * splat(input_sum);
        const Pack<double> stays =
            larger(zero, all - widened(load(layer.at_once + first)));  // the sums round differently
        add_to(account.transient_change[0] + first, stays);
        add_to(account.transient_change[1] + first, where(exceeds(step, zero), stays, zero));
        add_to(account.maintenance + first, splat(scale) * load(account.pending + first));
        store(layer.at_once + first, splat(Number{}));
    });
}

// Sum of |l| of every unit; with momentum l is the whole weight. Looks at every synapse.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void charge_persistent(Team& team, const MlpTask<Number>& task, const MlpLayer<Number>& layer,
                                          double scale) {
    const double factor = task.rule == MlpRule::momentum ? task.coupling * scale * task.decay : 0.0;
    for (int tile = 0; tile < layer.n_tiles; ++tile) {
        sum_over_inputs(
            team, layer.inputs,
            [=, &layer](int i, int lane) {
                const int synapse = tile * layer.tile_stride + i * layer.input_stride + lane;
                const double fixed = static_cast<double>(layer.fixed[synapse]);
                return magnitude(factor == 0.0 ? fixed : fixed + factor * static_cast<double>(layer.fading[synapse]));
            },
            [=, &layer](int lane, double sum) { layer.account.persistent[tile * pack_width + lane] += sum; });
    }
}

// Whether the largest output, the first of equal ones, is not the label's; a NaN is an error.
template <class Team, class Number>
SYNCACHE_TEAM_CODE bool is_error(Team& team, const MlpTask<Number>& task, int label) {
    const MlpLayer<Number>& outputs = task.layers[task.n_layers - 1];
    const Number* y = outputs.activity;
    return team.first_index(0, outputs.units, [=](int j) {
        return j < label ? !(y[label] > y[j]) : !(y[label] >= y[j]);
    }) < outputs.units;
}

// One presentation but for the decay at its end.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void present(Team& team, const MlpTask<Number>& task, std::int64_t image, double scale,
                                double threshold) {
    const ActiveInputs<Number> pixels = image_inputs(task.images, image);
    propagate(team, task, pixels, task.images.labels[image], scale);
    Learning<Number> how{scale, static_cast<Number>(1.0 / scale), Number{},
                         task.rule == MlpRule::momentum ? static_cast<Number>(1.0 / (1.0 - task.decay)) : Number{}};
    double input_sums[max_mlp_layers];
    for (int k = 0; k < task.n_layers; ++k) {
        const MlpLayer<Number>& layer = task.layers[k];
        const ActiveInputs<Number> x = k == 0 ? pixels : inputs_from(task.layers[k - 1]);
        const InputTotals totals = input_totals(team, x);
        input_sums[k] = totals.sum;
        how.limit = limit_of(layer, threshold, scale);
        if (k == 0) {
            learn_layer<false>(team, task, layer, x, how, totals);
        } else {
            learn_layer<true>(team, task, layer, x, how, totals);
        }
        charge_learning_otherwise(team, task, layer, x);
    }
    consolidate_groups(team, task, how, threshold, input_sums);
    for (int k = 0; k < task.n_layers; ++k) {
        if (task.rule == MlpRule::caching) {
            charge_cache(team, task.layers[k], scale, input_sums[k]);
        } else if (task.rule == MlpRule::momentum) {
            charge_momentum(team, task, task.layers[k], scale);
        }
        if (task.tally_persistent != 0) {
            charge_persistent(team, task, task.layers[k], scale);
        }
    }
}

// The next `n` presentations. Returns early, with task.stopped set, once task.stop is true.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void train(Team& team, MlpTask<Number>& task, std::int64_t n) {
    constexpr double smallest_scale = 0x1p-24;
    constexpr std::int64_t often =
        1 << 16;  // renewed at least so often, so that rounding in the pending sums cannot pile up
    constexpr std::int64_t stop_check = 256;
    const bool fades = task.rule != MlpRule::plain;
    double scale = task.scale, error_rate = task.error_rate;
    const std::int64_t begin = task.presentations;
    bool stopped = false;
    for (std::int64_t t = begin; t < begin + n && !stopped; ++t) {
        const std::int64_t epoch = t / task.images.n_images;
        const std::int64_t place = t - epoch * task.images.n_images;
        const std::int64_t image =
            task.shuffled != 0 ? permuted(task.seed, static_cast<std::uint64_t>(epoch), place, task.images.n_images)
                               : place;
        present(team, task, image, scale, threshold_at(task.schedule, task.threshold, t, error_rate));
        if (task.n_traced > 0) {
            record_traces(team, task, t - begin, scale);
        }
        if (task.schedule.kind == Schedule::error_rate) {
            error_rate = is_error(team, task, task.images.labels[image]) ? after_error(task.schedule, error_rate)
                                                                         : after_right(task.schedule, error_rate, 1);
        }
        scale *= fades ? task.decay : 1.0;
        if (fades && (!(scale >= smallest_scale) || (t + 1) % often == 0)) {
            renew_scale(team, task, scale);
            scale = 1.0;
        }
        if ((t + 1) % stop_check == 0) {
            stopped = team.broadcast(team.leader() && static_cast<bool>(*task.stop));
        }
    }
    if (team.leader()) {
        task.scale = scale;
        task.error_rate = error_rate;
        task.presentations = begin + n;
        task.stopped = stopped ? 1 : 0;
    }
    team.for_each(1, [](int) {});
}

// The sums of a layer as if all of s were consolidated now. priced: [price].
template <class Team, class Number>
SYNCACHE_TEAM_CODE void summarise(Team& team, const MlpTask<Number>& task, const MlpLayer<Number>& layer,
                                  LayerSums* sums, LayerPriced* priced) {
    const LayerAccount& account = layer.account;
    const double scale = task.scale;
    const bool caching = task.rule == MlpRule::caching, plain = task.rule == MlpRule::plain;
    const auto total = [&](const auto* of_unit) {
        return of_unit == nullptr
                   ? 0.0
                   : team.template sum<double>(layer.units, [=](int j) { return static_cast<double>(of_unit[j]); });
    };
    const auto count = [&](const std::int64_t* of_unit) {
        return team.template sum<std::int64_t>(layer.units, [=](int j) { return of_unit[j]; });
    };
    const Number* fading = layer.fading;
    const std::int64_t pending = !caching ? 0 : team.template sum<std::int64_t>(layer.n_synapses, [=](int i) {
        return fading[i] != Number{} ? 1 : 0;
    });
    const LayerSums result{total(account.maintenance),
                           total(account.persistent),
                           {total(account.transient_change[0]), total(account.transient_change[1])},
                           count(account.n_changes),
                           caching ? count(account.n_consolidated) + pending : count(account.n_changes)};
    if (team.leader()) {
        *sums = result;
    }
    const double factor = plain ? 0.0 : task.coupling * scale;
    for (int p = 0; p < task.n_prices; ++p) {
        const Price price = task.prices[p];
        const Sums<2, double> all = team.template sums<2, double>(layer.n_synapses, [=, &layer](int i) {
            const double fades = plain ? 0.0 : static_cast<double>(fading[i]);
            const double grown =
                static_cast<double>(layer.fixed[i]) + factor * fades - static_cast<double>(layer.initial[i]);
            return Sums<2, double>{
                {cost_of_change(grown, price), caching ? cost_of_change(scale * fades, price) : 0.0}};
        });
        const double uncached = total(account.uncached + p * layer.stride);
        const double consolidated = caching ? total(account.consolidation + p * layer.stride) + all.value[1] : uncached;
        if (team.leader()) {
            priced[p] = LayerPriced{uncached, all.value[0], consolidated};
        }
    }
}

// The weights as they stand: [synapse], for evaluation and for records.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void whole_weights(Team& team, const MlpTask<Number>& task, const MlpLayer<Number>& layer,
                                      Number* weights) {
    const bool fades = task.rule != MlpRule::plain;
    const Number factor = static_cast<Number>(task.coupling * task.scale);
    team.for_each(layer.n_synapses, [=, &layer](int i) {
        weights[i] = fades ? layer.fixed[i] + factor * layer.fading[i] : layer.fixed[i];
    });
}

}  // namespace syncache::inline SYNCACHE_ISA
