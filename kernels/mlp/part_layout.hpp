#pragma once

#include <cstddef>

#include "kernels/mlp/layout.hpp"

// Parts of a network, each for one block of a cluster that keeps it in its shared memory: some of the first layer's
// units, and a copy of every other layer, which all parts train alike.
namespace syncache::inline SYNCACHE_ISA {

// The first of a layer's units that part `index` of n has.
SYNCACHE_HD int first_unit_of_part(int units, int index, int n_parts) { return units * index / n_parts; }

// The arrays of a layer's part: units first ... first + shape.units of all_units. What fades is left out without it.
// The arrays that parts share come before those whose sizes differ, so that they lie at the same place in every part.
template <class Number>
SYNCACHE_HD void lay_out_part_layer(MlpLayer<Number>& layer, MlpLayout& layout, const LayerShape& shape, bool fades,
                                    int first, int all_units) {
    shape_layer(layer, shape);
    const bool split = layer.units != all_units;
    Number* all_activity = layout.take<Number>(split ? static_cast<std::size_t>(all_units) : 0);
    double* all_pending = layout.take<double>(split ? static_cast<std::size_t>(all_units) : 0);
    layer.initial = nullptr;
    layer.fixed = layout.take<Number>(static_cast<std::size_t>(layer.n_synapses));
    layer.fading = layout.take<Number>(fades ? static_cast<std::size_t>(layer.n_synapses) : 0);
    lay_out_units(layer, layout, shape);
    layer.account.by_synapse = nullptr;
    layer.account.n_by_synapse = nullptr;
    if (split) {
        layer.first_unit = first;
        layer.all_units = all_units;
        layer.all_activity = all_activity;
        layer.all_pending = all_pending;
        layer.activity = all_activity != nullptr ? all_activity + first : nullptr;  // null: only measured
        layer.account.pending = all_pending != nullptr ? all_pending + first : nullptr;
    }
}

// The layers of part `index` of n, of a network laid out for a pack width of 1, at a base address (null: only
// measures). Returns the bytes that they take.
template <class Number>
SYNCACHE_HD std::size_t lay_out_part(MlpTask<Number>& part, std::byte* base, const MlpTask<Number>& whole, int index,
                                     int n_parts) {
    MlpLayout layout(base);
    const bool fades = whole.rule != MlpRule::plain;
    for (int k = 0; k < whole.n_layers; ++k) {
        const MlpLayer<Number>& all = whole.layers[k];
        const int first = k > 0 ? 0 : first_unit_of_part(all.units, index, n_parts);
        const int end = k > 0 ? all.units : first_unit_of_part(all.units, index + 1, n_parts);
        const LayerShape shape{all.inputs, end - first, 1, whole.n_prices, whole.tally_persistent != 0};
        lay_out_part_layer(part.layers[k], layout, shape, fades, first, all.units);
    }
    return layout.used();
}

// Bytes of the largest of n parts.
template <class Number>
SYNCACHE_HD std::size_t part_bytes(const MlpTask<Number>& whole, int n_parts) {
    std::size_t largest = 0;
    for (int index = 0; index < n_parts; ++index) {
        MlpTask<Number> part = whole;
        const std::size_t bytes = lay_out_part(part, nullptr, whole, index, n_parts);
        largest = bytes > largest ? bytes : largest;
    }
    return largest;
}

}  // namespace syncache::inline SYNCACHE_ISA
