#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/mlp/task.hpp"

// How a network's arrays lie in one block of memory, of the host or of a GPU: addresses only, nothing is read or
// written.
namespace syncache {

// Hands out pieces of a block one after the other, each at a multiple of 64 bytes. With a null base it only measures.
class MlpLayout {
  public:
    explicit MlpLayout(std::byte* base) : base_(base) {}

    template <class T>
    T* take(std::size_t n) {
        T* piece = base_ == nullptr ? nullptr : reinterpret_cast<T*>(base_ + used_);
        used_ += (n * sizeof(T) + 63) / 64 * 64;
        return piece;
    }
    std::size_t used() const { return used_; }

  private:
    std::byte* base_;
    std::size_t used_ = 0;
};

// Shape and arrays of one layer. width: units that a thread handles at once; those of one input lie together, tile by
// tile, or, where the width is 1, in a row of all units. The block must be zeroed before training.
template <class Number>
void lay_out_layer(MlpLayer<Number>& layer, MlpLayout& layout, int inputs, int units, int width, int n_prices,
                   bool tally_persistent, bool by_synapse) {
    const bool tiled = width > 1;
    layer.inputs = inputs;
    layer.units = units;
    layer.n_tiles = (units + width - 1) / width;
    layer.stride = layer.n_tiles * width;
    layer.tile_stride = tiled ? inputs * width : width;
    layer.input_stride = tiled ? width : layer.stride;
    layer.n_synapses = inputs * layer.stride;
    const auto n_synapses = static_cast<std::size_t>(layer.n_synapses), stride = static_cast<std::size_t>(layer.stride);
    const std::size_t priced = stride * static_cast<std::size_t>(n_prices);
    layer.fixed = layout.take<Number>(n_synapses);
    layer.fading = layout.take<Number>(n_synapses);
    layer.initial = layout.take<Number>(n_synapses);
    for (Number** array : {&layer.activity, &layer.delta, &layer.handed, &layer.step, &layer.peak, &layer.change,
                           &layer.at_once, &layer.fresh}) {
        *array = layout.take<Number>(stride);
    }
    LayerAccount& account = layer.account;
    account.uncached = layout.take<double>(priced);
    account.consolidation = layout.take<double>(priced);
    account.maintenance = layout.take<double>(stride);
    account.persistent = tally_persistent ? layout.take<double>(stride) : nullptr;
    account.transient_change[0] = layout.take<double>(stride);
    account.transient_change[1] = layout.take<double>(stride);
    account.n_changes = layout.take<std::int64_t>(stride);
    account.n_consolidated = layout.take<std::int64_t>(stride);
    account.pending = layout.take<double>(stride);
    account.n_moving = layout.take<std::int64_t>(stride);
    account.by_synapse = by_synapse ? layout.take<double>(n_synapses) : nullptr;
}

}  // namespace syncache
