#pragma once

#include <cstdint>
#include <limits>

#include "kernels/mlp/competition.hpp"
#include "kernels/mlp/learn.hpp"

// Learning of general networks, where not every synapse of an active input may change, or inputs may be negative: as in
// learn.hpp, but what changes is added up synapse by synapse.
namespace syncache::inline SYNCACHE_ISA {

// Where a size is 0.
template <class Number>
SYNCACHE_INLINE MaskOf<Number> is_zero(const Pack<Number>& size) {
    return equals(size, splat(Number{}));
}

// The rules: which of a pack's synapses do not change, given by how much each would, step * value. Those are the ones
// that are not chosen, and those for which that is 0. A NaN is chosen, so that it is not lost. is_by_change: the change
// alone decides. leaves_out: not only changes of 0 are left out.
template <class Number>
struct EverySynapse {
    static constexpr bool is_by_change = false, leaves_out = false;
    SYNCACHE_INLINE MaskOf<Number> operator()(const Pack<Number>& change, int) { return is_zero(change); }
};

template <class Number, bool largest>
class SynapsesByChange {
  public:
    static constexpr bool is_by_change = true, leaves_out = true;
    // Of the largest changes, those that are 0 do not happen.
    SYNCACHE_HD explicit SynapsesByChange(Number threshold)
        : threshold_(largest && threshold == Number{} ? std::numeric_limits<Number>::denorm_min() : threshold) {}
    SYNCACHE_INLINE MaskOf<Number> operator()(const Pack<Number>& change, int) {
        const Pack<Number> size = magnitude(change), edge = splat(threshold_);
        if constexpr (largest) {
            return exceeds(edge, size);
        } else {
            return is_zero(where(exceeds(size, edge), splat(Number{}), change));
        }
    }

  private:
    Number threshold_;
};

template <class Number>
struct SynapsesByWeight {
    static constexpr bool is_by_change = false, leaves_out = true;
    const MlpLayer<Number>* layer;
    bool fades;
    Number factor;  // coupling * g
    Number threshold;
    bool largest;
    SYNCACHE_INLINE MaskOf<Number> operator()(const Pack<Number>& change, int synapse) {
        const Pack<Number> size = sizes_of_weights(*layer, fades, factor, synapse), edge = splat(threshold);
        const auto left_out = largest ? exceeds(edge, size) : exceeds(size, edge);
        return is_zero(where(left_out, splat(Number{}), change));
    }
};

// By a threshold for each unit; of the synapses with just that size, the first `left` active ones.
template <class Number>
struct SynapsesByWeightOfUnit {
    static constexpr bool is_by_change = false, leaves_out = true;
    const MlpLayer<Number>* layer;
    bool fades;
    Number factor;
    Pack<Number> threshold;
    Pack<Number> left;
    SYNCACHE_INLINE MaskOf<Number> operator()(const Pack<Number>& change, int synapse) {
        const Pack<Number> size = sizes_of_weights(*layer, fades, factor, synapse), zero = splat(Number{});
        const auto above = exceeds(size, threshold), below = exceeds(threshold, size);
        const Pack<Number> at_edge = where(exceeds(left, zero), change, zero);
        left = where(above, left, where(below, left, left - splat(Number{1})));
        return is_zero(where(above, change, where(below, zero, at_edge)));
    }
};

template <class Number>
struct FixedSynapses {
    static constexpr bool is_by_change = false, leaves_out = true;
    const Number* takes_part;  // [synapse], 1 or 0
    SYNCACHE_INLINE MaskOf<Number> operator()(const Pack<Number>& change, int synapse) {
        return is_zero(change * load(takes_part + synapse));
    }
};

// The place of active input k in a tile.
template <class Number>
SYNCACHE_HD int synapse_of(const MlpLayer<Number>& layer, int tile, const ActiveInputs<Number>& x, int k) {
    const int input = x.index != nullptr ? x.index[k] : k;
    return tile * layer.tile_stride + input * (pack_width > 1 ? pack_width : layer.input_stride);
}

// What a tile's units add up while they learn.
template <class Number>
struct LearnedSums {
    Pack<Number> size, n, kept, raised, change, peak, fresh;
    bool has_totals;
    Pack<Number> fixed, fading;  // by how much those are larger, as rounded

    SYNCACHE_HD explicit LearnedSums(const MlpLayer<Number>& layer)
        : size(splat(Number{})),
          n(size),
          kept(size),
          raised(size),
          change(size),
          peak(size),
          fresh(size),
          has_totals(has_centred_inputs(layer)),
          fixed(size),
          fading(size) {}
    SYNCACHE_HD void keep(const Pack<Number>& kept_change) {
        kept = kept + magnitude(kept_change);
        raised = raised + larger(kept_change, splat(Number{}));
    }
    SYNCACHE_INLINE void put_fixed(const MlpLayer<Number>& layer, int synapse, const Pack<Number>& before,
                                   const Pack<Number>& after) {
        store(layer.fixed + synapse, after);
        if (has_totals) {
            fixed = fixed + (after - before);
        }
    }
    SYNCACHE_HD void put(const MlpLayer<Number>& layer, int first) const {
        store(layer.competition.learned + first, size);
        store(layer.competition.n_learned + first, n);
        store(layer.competition.kept + first, kept);
        store(layer.competition.raised + first, raised);
        store(layer.change + first, change);
        store(layer.peak + first, peak);
        store(layer.fresh + first, fresh);
        if (has_totals) {
            add_to(layer.competition.total[0] + first, widened(fixed));
            add_to(layer.competition.total[1] + first, widened(fading));
        }
    }
};

// One tile of one layer.
template <MlpRule rule, bool local, class Number, class Chosen>
SYNCACHE_INLINE void learn_chosen(const MlpTask<Number>& task, const MlpLayer<Number>& layer, int tile,
                                  const ActiveInputs<Number>& x, const Learning<Number>& how, Chosen chosen) {
    const Pack<Number> step = load(layer.step + tile * pack_width);
    const Pack<Number> inverse = splat(how.inverse), zero = splat(Number{}), one = splat(Number{1});
    LearnedSums<Number> sums(layer);
    for (int k = 0; k < x.n; ++k) {
        const int synapse = synapse_of(layer, tile, x, k);
        const Pack<Number> full = step * splat(x.value[k]);
        const auto stays = chosen(full, synapse);
        const Pack<Number> change = Chosen::leaves_out ? where(stays, zero, full) : full;
        sums.size = Chosen::leaves_out ? plus_unless(stays, sums.size, magnitude(full)) : sums.size + magnitude(full);
        sums.n = plus_unless(stays, sums.n, one);
        if constexpr (rule == MlpRule::plain) {
            const Pack<Number> fixed = load(layer.fixed + synapse);
            sums.put_fixed(layer, synapse, fixed, fixed + change);
        } else {
            const Pack<Number> before = load(layer.fading + synapse);
            Pack<Number> after = before + change * inverse;
            store(layer.fading + synapse, after);
            if constexpr (rule == MlpRule::momentum) {
                const Pack<Number> fixed = load(layer.fixed + synapse);
                sums.put_fixed(layer, synapse, fixed, fixed + change * splat(how.to_rest));
                sums.fresh = sums.fresh + (where(exceeds(magnitude(after), zero), one, zero) -
                                           where(exceeds(magnitude(before), zero), one, zero));
            } else if constexpr (local) {
                const auto crosses = exceeds(magnitude(after), splat(how.limit));
                if (any(crosses)) {
                    charge_crossing(task, layer, tile, synapse, how);
                    const Pack<Number> moved = splat(static_cast<Number>(how.scale)) * after;
                    const Pack<Number> fixed = load(layer.fixed + synapse);
                    sums.put_fixed(layer, synapse, fixed, where(crosses, fixed + moved, fixed));
                    after = where(crosses, zero, after);
                    store(layer.fading + synapse, after);
                }
                sums.keep(where(crosses, zero, change));
            } else {
                sums.keep(change);
                sums.peak = larger(magnitude(after), sums.peak);
            }
            sums.change = sums.change + (magnitude(after) - magnitude(before));
            if (sums.has_totals) {
                sums.fading = sums.fading + (after - before);
            }
        }
    }
    sums.put(layer, tile * pack_width);
}

// What the changes cost at the other prices than the first, and in each synapse, and which synapses they were, where
// that is asked for; before they are made. With momentum whole steps are charged, in charge_momentum.
template <class Number, class Chosen>
SYNCACHE_HD void charge_chosen(const MlpTask<Number>& task, const MlpLayer<Number>& layer, int tile,
                               const ActiveInputs<Number>& x, Chosen chosen) {
    const LayerAccount& account = layer.account;
    const bool by_synapse = task.rule == MlpRule::plain && account.by_synapse != nullptr;
    if (task.rule == MlpRule::momentum || (task.n_prices == 1 && !by_synapse && account.n_by_synapse == nullptr)) {
        return;
    }
    const Pack<Number> step = load(layer.step + tile * pack_width);
    for (int k = 0; k < x.n; ++k) {
        const int synapse = synapse_of(layer, tile, x, k);
        alignas(64) Number changes[pack_width];
        const Pack<Number> full = step * splat(x.value[k]);
        store(changes, where(chosen(full, synapse), splat(Number{}), full));
        for (int lane = 0; lane < pack_width; ++lane) {
            const auto change = static_cast<double>(changes[lane]);
            for (int p = 1; p < task.n_prices; ++p) {
                account.uncached[p * layer.stride + tile * pack_width + lane] += cost_of_change(change, task.prices[p]);
            }
            if (by_synapse) {
                account.by_synapse[synapse + lane] += magnitude(change);
            }
            if (account.n_by_synapse != nullptr && change != 0.0) {
                ++account.n_by_synapse[synapse + lane];
            }
        }
    }
}

// The account of a tile's learning in itself.
template <class Number>
SYNCACHE_HD void charge_learned(const MlpTask<Number>& task, const MlpLayer<Number>& layer, int tile) {
    const LayerAccount& account = layer.account;
    const int first = tile * pack_width;
    if (task.rule != MlpRule::plain) {
        add_to(account.pending + first, widened(load(layer.change + first)));
    }
    if (task.rule != MlpRule::momentum) {
        add_to(account.uncached + first, widened(load(layer.competition.learned + first)));
        for (int lane = 0; lane < pack_width; ++lane) {
            account.n_changes[first + lane] += static_cast<std::int64_t>(layer.competition.n_learned[first + lane]);
        }
    }
}

// Whether a rule has left out all units of a tile, and nothing of theirs is to be compared with a threshold.
template <class Number>
SYNCACHE_HD bool is_idle(const MlpTask<Number>& task, const MlpLayer<Number>& layer, int tile) {
    return task.rule != MlpRule::caching && !any(differs(load(layer.step + tile * pack_width), splat(Number{})));
}

// The inputs with synapses of a tile that may change or have to be compared with a threshold. Where inputs are centred,
// most of them are alike, and too small for the largest changes of most tiles.
template <class Number, class Chosen>
SYNCACHE_HD const ActiveInputs<Number>& inputs_of_tile(const MlpTask<Number>& task, const MlpLayer<Number>& layer,
                                                       int tile, const InputsToLearn<Number>& x, Chosen chosen) {
    if constexpr (Chosen::is_by_change) {
        const Pack<Number> change = load(layer.step + tile * pack_width) * splat(x.alike), zero = splat(Number{});
        const bool skips = !any(differs(where(chosen(change, 0), zero, change), zero));
        if (task.rule != MlpRule::caching && x.different.n < x.all.n && skips) {
            return x.different;
        }
    }
    return x.all;
}

// Learns a tile by the rule of the task. make: make(tile) is which synapses are chosen.
template <class Team, class Number, class Make>
SYNCACHE_TEAM_CODE void learn_tiles(Team& team, const MlpTask<Number>& task, const MlpLayer<Number>& layer,
                                    const InputsToLearn<Number>& inputs, const Learning<Number>& how, Make make) {
    team.for_each(layer.n_tiles, [=, &task, &layer](int tile) {
        if (is_idle(task, layer, tile)) {
            LearnedSums<Number>(layer).put(layer, tile * pack_width);
            return;
        }
        const ActiveInputs<Number>& x = inputs_of_tile(task, layer, tile, inputs, make(tile));
        charge_chosen(task, layer, tile, x, make(tile));
        if (task.rule == MlpRule::plain) {
            learn_chosen<MlpRule::plain, false>(task, layer, tile, x, how, make(tile));
        } else if (task.rule == MlpRule::momentum) {
            learn_chosen<MlpRule::momentum, false>(task, layer, tile, x, how, make(tile));
        } else if (task.policy == Policy::local_local) {
            learn_chosen<MlpRule::caching, true>(task, layer, tile, x, how, make(tile));
        } else {
            learn_chosen<MlpRule::caching, false>(task, layer, tile, x, how, make(tile));
        }
        charge_learned(task, layer, tile);
    });
}

// One layer of a general network.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void learn_general(Team& team, const MlpTask<Number>& task, int k, InputsToLearn<Number> x,
                                      const Learning<Number>& how, const Presented& now) {
    const MlpLayer<Number>& layer = task.layers[k];
    choose_units(team, task, k, now);
    x.all = choose_inputs(team, task, k, x.all);
    const bool fades = task.rule != MlpRule::plain, largest = is_largest(task.competition);
    const auto factor = static_cast<Number>(task.coupling * how.scale);
    const MlpLayer<Number>* const of = &layer;
    switch (layer.competition.fraction < 1.0 ? task.competition : Competition::none) {
        case Competition::largest_change: {
            const Number threshold = threshold_of_changes(team, layer, x.all);
            learn_tiles(team, task, layer, x, how, [=](int) { return SynapsesByChange<Number, true>(threshold); });
            remember(team, layer, threshold);
            return;
        }
        case Competition::smallest_change: {
            const Number threshold = threshold_of_changes(team, layer, x.all);
            learn_tiles(team, task, layer, x, how, [=](int) { return SynapsesByChange<Number, false>(threshold); });
            remember(team, layer, threshold);
            return;
        }
        case Competition::largest_weight:
        case Competition::smallest_weight: {
            const Number threshold = threshold_of_weights(team, task, layer, factor);
            learn_tiles(team, task, layer, x, how,
                        [=](int) { return SynapsesByWeight<Number>{of, fades, factor, threshold, largest}; });
            remember(team, layer, threshold);
            return;
        }
        case Competition::largest_weight_unit:
            thresholds_of_units(team, task, layer, factor);
            learn_tiles(team, task, layer, x, how, [=](int tile) {
                alignas(64) Number left[pack_width];
                for (int lane = 0; lane < pack_width; ++lane) {
                    left[lane] = static_cast<Number>(of->competition.n_equal[tile * pack_width + lane]);
                }
                return SynapsesByWeightOfUnit<Number>{of, fades, factor,
                                                      load(of->competition.threshold + tile * pack_width), load(left)};
            });
            return;
        case Competition::fixed_synapses:
            learn_tiles(team, task, layer, x, how,
                        [=](int) { return FixedSynapses<Number>{of->competition.synapses}; });
            return;
        default:
            learn_tiles(team, task, layer, x, how, [](int) { return EverySynapse<Number>{}; });
    }
}

}  // namespace syncache::inline SYNCACHE_ISA
