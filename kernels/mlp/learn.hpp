#pragma once

#include <cstdint>

#include "kernels/mlp/propagate.hpp"

// Learning (model.md, section 3, step 3): what one presentation changes in a tile of units, that is `pack_width`
// neighbouring ones. Only synapses of active inputs change.
namespace syncache::inline SYNCACHE_ISA {

// What the learning of one presentation needs to know.
template <class Number>
struct Learning {
    double scale;    // g
    Number inverse;  // 1 / g
    Number limit;    // what |fading| of the layer is compared with
    Number to_rest;  // 1 / (1 - mu)
};

// What the inputs of a layer are in all.
struct InputTotals {
    double sum;
    std::int64_t n;  // how many are not 0
};

// The layer's threshold / g.
template <class Number>
SYNCACHE_HD Number limit_of(const MlpLayer<Number>& layer, double threshold, double scale) {
    return static_cast<Number>(layer.threshold_factor * threshold / scale);
}

// How many inputs a thread loads before it stores the first: as inputs_at_once, but the CPU gains nothing here.
inline constexpr int learned_at_once = pack_width > 1 ? 1 : inputs_at_once;

// A pack of weights, and where it lies.
template <class Number>
struct PackAt {
    Number* at;
    Pack<Number> weight;
};
template <class Number>
SYNCACHE_HD PackAt<Number> pack_at(Number* at) {
    return {at, load(at)};
}

// Without a cache the change is persistent at once.
template <bool dense, class Number>
SYNCACHE_HD void learn_plain(const MlpLayer<Number>& layer, int tile, const ActiveInputs<Number>& x) {
    const Pack<Number> step = load(layer.step + tile * pack_width);
    Number* fixed = layer.fixed + tile * layer.tile_stride;
    // hot loop: learn-plain
    const auto read = [=](int row) { return pack_at(fixed + row); };
    for_inputs<dense, learned_at_once>(layer, x, read, [=](int, int, Number value, const PackAt<Number>& synapses) {
        store(synapses.at, synapses.weight + step * splat(value));
    });
}

template <bool dense, class Number>
SYNCACHE_HD void learn_momentum(const MlpLayer<Number>& layer, int tile, const ActiveInputs<Number>& x,
                                const Learning<Number>& how) {
    const Pack<Number> step = load(layer.step + tile * pack_width);
    const Pack<Number> fading_step = step * splat(how.inverse), rest_step = step * splat(how.to_rest);
    const Pack<Number> zero = splat(Number{}), one = splat(Number{1});
    Pack<Number> change = zero, fresh = zero;
    Number* fixed = layer.fixed + tile * layer.tile_stride;
    Number* fading = layer.fading + tile * layer.tile_stride;
    const auto read = [=](int row) { return Packs<2, Number>{{load(fading + row), load(fixed + row)}}; };
    const auto learn = [&](int, int row, Number input, const Packs<2, Number>& weight) {
        const Pack<Number> value = splat(input), before = weight.of[0];
        const Pack<Number> after = before + fading_step * value;
        const Pack<Number> size_before = magnitude(before), size_after = magnitude(after);
        change = change + (size_after - size_before);
        fresh = fresh + (where(exceeds(size_after, zero), one, zero) - where(exceeds(size_before, zero), one, zero));
        store(fading + row, after);
        store(fixed + row, weight.of[1] + rest_step * value);
    };
    for_inputs<dense, learned_at_once>(layer, x, read, learn);
    store(layer.change + tile * pack_width, change);
    store(layer.fresh + tile * pack_width, fresh);
}

// Into the cache; what to consolidate is decided once the unit, layer or network has learned.
template <bool dense, class Number>
SYNCACHE_HD void learn_cached(const MlpLayer<Number>& layer, int tile, const ActiveInputs<Number>& x,
                              const Learning<Number>& how) {
    const Pack<Number> step = load(layer.step + tile * pack_width) * splat(how.inverse);
    Number* fading = layer.fading + tile * layer.tile_stride;
    Pack<Number> change = splat(Number{}), peak = change;
    // hot loop: learn-cached
    const auto read = [=](int row) { return pack_at(fading + row); };
    for_inputs<dense, learned_at_once>(layer, x, read, [&](int, int, Number value, const PackAt<Number>& synapses) {
        const Pack<Number> before = synapses.weight, after = before + step * splat(value);
        const Pack<Number> size = magnitude(after);
        change = change + (size - magnitude(before));
        peak = larger(size, peak);
        store(synapses.at, after);
    });
    store(layer.change + tile * pack_width, change);
    store(layer.peak + tile * pack_width, peak);
}

// Charges the synapses of one pack that are consolidated: g * fading where |fading| > limit.
template <class Number>
SYNCACHE_HD void charge_crossing(const MlpTask<Number>& task, const MlpLayer<Number>& layer, int tile, int synapse,
                                 const Learning<Number>& how) {
    for (int lane = 0; lane < pack_width; ++lane) {
        const Number fading = layer.fading[synapse + lane];
        if (!(magnitude(fading) > how.limit)) {
            continue;
        }
        const int unit = tile * pack_width + lane;
        const double moved = how.scale * static_cast<double>(fading);
        for (int p = 0; p < task.n_prices; ++p) {
            layer.account.consolidation[p * layer.stride + unit] += cost_of_change(moved, task.prices[p]);
        }
        ++layer.account.n_consolidated[unit];
        if (layer.account.by_synapse != nullptr) {
            layer.account.by_synapse[synapse + lane] += magnitude(moved);
        }
    }
}

// Policy::local_local: into the cache, and out of it at once where |s| > threshold. No other synapse can have crossed:
// without a change |s| only shrinks.
template <bool dense, class Number>
SYNCACHE_HD void learn_local(const MlpTask<Number>& task, const MlpLayer<Number>& layer, int tile,
                             const ActiveInputs<Number>& x, const Learning<Number>& how) {
    const Pack<Number> step = load(layer.step + tile * pack_width);
    const Pack<Number> fading_step = step * splat(how.inverse);
    const Pack<Number> limit = splat(how.limit), scale = splat(static_cast<Number>(how.scale)), zero = splat(Number{});
    Pack<Number> change = zero, at_once = zero;
    const int begin = tile * layer.tile_stride;
    Number* fading = layer.fading + begin;
    const auto read = [=](int row) { return pack_at(fading + row); };
    for_inputs<dense, learned_at_once>(layer, x, read, [&](int, int row, Number input, const PackAt<Number>& synapses) {
        const Pack<Number> value = splat(input), before = synapses.weight;
        Pack<Number> after = before + fading_step * value;
        store(synapses.at, after);
        const auto crosses = exceeds(magnitude(after), limit);
        if (any(crosses)) {
            const int synapse = begin + row;
            charge_crossing(task, layer, tile, synapse, how);
            store(layer.fixed + synapse, load(layer.fixed + synapse) + where(crosses, scale * after, zero));
            at_once = at_once + where(crosses, magnitude(step * value), zero);
            after = where(crosses, zero, after);
            store(synapses.at, after);
        }
        change = change + (magnitude(after) - magnitude(before));
    });
    store(layer.change + tile * pack_width, change);
    store(layer.at_once + tile * pack_width, at_once);
}

// An array of doubles by unit, at a tile's units.
SYNCACHE_HD void add_to(double* sums, Pack<double> terms) { store(sums, load(sums) + terms); }

// What learning changed in a tile, before any group is consolidated; with momentum the whole step is charged, in
// charge_momentum. A unit's changes are step * input, so their sums are products.
template <class Number>
SYNCACHE_HD void charge_tile_learning(const MlpTask<Number>& task, const MlpLayer<Number>& layer, int tile,
                                      const InputTotals& totals) {
    const LayerAccount& account = layer.account;
    const int first = tile * pack_width;
    if (task.rule != MlpRule::plain) {
        add_to(account.pending + first, widened(load(layer.change + first)));
    }
    if (task.rule != MlpRule::momentum) {
        const Pack<double> step = widened(load(layer.step + first));
        add_to(account.uncached + first, magnitude(step) * splat(totals.sum));
        add_where(differs(step, splat(0.0)), account.n_changes + first, totals.n);
    }
}

template <bool dense, class Team, class Number>
SYNCACHE_TEAM_CODE void learn_layer(Team& team, const MlpTask<Number>& task, const MlpLayer<Number>& layer,
                                    const ActiveInputs<Number>& x, const Learning<Number>& how,
                                    const InputTotals& totals) {
    const Pack<Number> rate = splat(static_cast<Number>(layer.learning_rate));
    team.for_each(layer.n_tiles, [=, &task, &layer](int tile) {
        const int first = tile * pack_width;
        store(layer.step + first, rate * load(layer.delta + first));
        if (task.rule == MlpRule::plain) {
            learn_plain<dense>(layer, tile, x);
        } else if (task.rule == MlpRule::momentum) {
            learn_momentum<dense>(layer, tile, x, how);
        } else if (task.policy == Policy::local_local) {
            learn_local<dense>(task, layer, tile, x, how);
        } else {
            learn_cached<dense>(layer, tile, x, how);
        }
        charge_tile_learning(task, layer, tile, totals);
    });
}

}  // namespace syncache::inline SYNCACHE_ISA
