#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/common/guard.hpp"
#include "kernels/mlp/task.hpp"

// How a network's arrays lie in one block of memory, of the host or of a GPU: addresses only, nothing is read or
// written.
namespace syncache::inline SYNCACHE_ISA {

// Hands out pieces of a block one after the other, each at a multiple of 64 bytes. With a null base it only measures.
class MlpLayout {
  public:
    SYNCACHE_HD explicit MlpLayout(std::byte* base) : base_(base) {}

    template <class T>
    SYNCACHE_HD T* take(std::size_t n) {
        T* piece = base_ == nullptr ? nullptr : reinterpret_cast<T*>(base_ + used_);
        const std::size_t bytes = n * sizeof(T), taken = (bytes + 63) / 64 * 64;
        if (piece != nullptr) {
            end_of_array(piece, bytes, taken);
        }
        used_ += taken;
        return piece;
    }
    SYNCACHE_HD std::size_t used() const { return used_; }

  private:
    std::byte* base_;
    std::size_t used_ = 0;
};

// What a layer's arrays depend on. width: units that a thread handles at once; those of one input lie together, tile by
// tile, or, where the width is 1, in a row of all units.
struct LayerShape {
    int inputs;
    int units;
    int width;
    int n_prices;
    bool tally_persistent;
    bool general = false;    // the rest is of general networks
    int n_unit_choices = 0;  // lists of units that take part: none, one, or one for each label
    bool chooses_synapses = false;
    bool counts_changes = false;  // of each synapse
    bool centres = false;         // its inputs
};

template <class Number>
SYNCACHE_HD void shape_layer(MlpLayer<Number>& layer, const LayerShape& shape) {
    const bool tiled = shape.width > 1;
    layer.inputs = shape.inputs;
    layer.units = shape.units;
    layer.n_tiles = (shape.units + shape.width - 1) / shape.width;
    layer.stride = layer.n_tiles * shape.width;
    layer.tile_stride = tiled ? shape.inputs * shape.width : shape.width;
    layer.input_stride = tiled ? shape.width : layer.stride;
    layer.n_synapses = shape.inputs * layer.stride;
}

// Arrays by unit.
template <class Number>
SYNCACHE_HD void lay_out_units(MlpLayer<Number>& layer, MlpLayout& layout, const LayerShape& shape) {
    const auto stride = static_cast<std::size_t>(layer.stride);
    const std::size_t priced = stride * static_cast<std::size_t>(shape.n_prices);
    for (Number** array : {&layer.activity, &layer.delta, &layer.handed, &layer.step, &layer.peak, &layer.change,
                           &layer.at_once, &layer.fresh}) {
        *array = layout.take<Number>(stride);
    }
    LayerAccount& account = layer.account;
    account.uncached = layout.take<double>(priced);
    account.consolidation = layout.take<double>(priced);
    account.maintenance = layout.take<double>(stride);
    account.persistent = shape.tally_persistent ? layout.take<double>(stride) : nullptr;
    account.transient_change[0] = layout.take<double>(stride);
    account.transient_change[1] = layout.take<double>(stride);
    account.n_changes = layout.take<std::int64_t>(stride);
    account.n_consolidated = layout.take<std::int64_t>(stride);
    account.pending = layout.take<double>(stride);
    account.n_moving = layout.take<std::int64_t>(stride);
    layer.first_unit = 0;
    layer.all_units = layer.units;
    layer.all_activity = layer.activity;
    layer.all_pending = account.pending;
}

// What a general network's layer has besides.
template <class Number>
SYNCACHE_HD void lay_out_competition(MlpLayer<Number>& layer, MlpLayout& layout, const LayerShape& shape) {
    const auto stride = static_cast<std::size_t>(shape.general ? layer.stride : 0);
    const auto inputs = static_cast<std::size_t>(shape.general ? layer.inputs : 0);
    const std::size_t more = inputs > stride ? inputs : stride;
    LayerCompetition<Number>& rule = layer.competition;
    for (Number** array : {&rule.learned, &rule.n_learned, &rule.kept, &rule.raised, &rule.threshold}) {
        *array = layout.take<Number>(stride);
    }
    rule.n_equal = layout.take<std::int32_t>(stride);
    rule.value = layout.take<Number>(inputs);
    rule.sorted = layout.take<Number>(shape.general ? more + LayerCompetition<Number>::n_around_sorted : 0);
    for (Number** array : {&rule.place, &rule.previous, &rule.next}) {
        *array = layout.take<Number>(more);
    }
    for (std::int32_t** array : {&rule.first, &rule.end, &rule.not_above}) {
        *array = layout.take<std::int32_t>(more);
    }
    rule.last = layout.take<Number>(shape.general ? 1 : 0);
    rule.guess = layout.take<Number>(shape.general ? 1 : 0);
    for (double** array : {&rule.total[0], &rule.total[1]}) {
        *array = shape.centres ? layout.take<double>(stride) : nullptr;
    }
    rule.units = layout.take<std::uint8_t>(static_cast<std::size_t>(shape.n_unit_choices) * stride);
    rule.synapses = layout.take<Number>(shape.chooses_synapses ? static_cast<std::size_t>(layer.n_synapses) : 0);
    layer.account.n_by_synapse =
        shape.counts_changes ? layout.take<std::uint32_t>(static_cast<std::size_t>(layer.n_synapses)) : nullptr;
}

// Shape and arrays of one layer of a whole network. The block must be zeroed before training.
template <class Number>
SYNCACHE_HD void lay_out_layer(MlpLayer<Number>& layer, MlpLayout& layout, const LayerShape& shape, bool by_synapse) {
    shape_layer(layer, shape);
    const auto n_synapses = static_cast<std::size_t>(layer.n_synapses);
    layer.fixed = layout.take<Number>(n_synapses);
    layer.fading = layout.take<Number>(n_synapses);
    layer.initial = layout.take<Number>(n_synapses);
    lay_out_units(layer, layout, shape);
    layer.account.by_synapse = by_synapse ? layout.take<double>(n_synapses) : nullptr;
    lay_out_competition(layer, layout, shape);
}

}  // namespace syncache::inline SYNCACHE_ISA
