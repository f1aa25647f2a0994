#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kernels/mlp/task.hpp"

// The MLP's GPU executor: one thread block, or a cluster of them, trains one network. Networks stand in slots of equal
// size and go on in rounds: in each, one launch trains all of them, every one by its own number of presentations, and
// one more evaluates those that have come to a checkpoint. Between rounds the host takes finished networks out and puts
// the next ones in. This header is plain C++.
namespace syncache {

// Layers' units and inputs are laid out for this pack width (MlpLayer).
inline constexpr int mlp_cuda_pack_width = 1;

// Who trains a network, with the same bits: for benchmarks, which decide between them, and for the tests of their
// equality. Nothing falls back from one to another.
enum class MlpCudaVariant {
    block,    // a thread block; weights in its shared memory as far as they fit, in all else global memory
    cluster,  // the fewest of 2 to 8 blocks in whose shared memory all weights fit, each with a part (part_layout.hpp)
};
inline constexpr std::array mlp_cuda_variants = {MlpCudaVariant::block, MlpCudaVariant::cluster};
inline const char* name_of(MlpCudaVariant variant) { return variant == MlpCudaVariant::block ? "block" : "cluster"; }

inline constexpr int most_mlp_parts = 8;
inline constexpr std::size_t mlp_cuda_reserve = 8192;  // of a block's shared memory, for a kernel's own variables
inline constexpr std::size_t hopper_shared_bytes = 227 * 1024;  // of a block at most

// What the slots must have room for: the largest of the networks that will stand in them.
struct MlpSlotSize {
    std::size_t bytes = 0;                            // of a network's memory, as lay_out_layer takes it
    std::size_t synapses = 0;                         // of all layers together
    std::size_t widest = 0;                           // units of the widest layer
    bool by_synapse = false;                          // energies are tallied by synapse
    bool general = false;                             // MlpTask::general, which all of them are or none
    int fewest_units = INT_MAX;                       // of all first layers
    std::size_t part_bytes[most_mlp_parts + 1] = {};  // [n]: of the largest of n parts
};

// How many blocks a cluster needs to hold such networks in `shared_bytes` each; 0: no cluster holds them.
inline int blocks_of_cluster(const MlpSlotSize& size, std::size_t shared_bytes) {
    for (int n = 2; n <= most_mlp_parts && n <= size.fewest_units; ++n) {
        if (size.part_bytes[n] + mlp_cuda_reserve <= shared_bytes) {
            return n;
        }
    }
    return 0;
}

// Empty if the variant trains such networks, otherwise why it does not.
inline std::string why_not(MlpCudaVariant variant, const MlpSlotSize& size, std::size_t shared_bytes) {
    if (variant == MlpCudaVariant::block) {
        return "";
    }
    if (size.general) {
        return "cluster: does not train general networks";
    }
    if (blocks_of_cluster(size, shared_bytes) > 0) {
        return "";
    }
    if (size.fewest_units < 2) {
        return "cluster: a first layer of one unit cannot be split";
    }
    const int n = std::min(most_mlp_parts, size.fewest_units);
    return "cluster: each of " + std::to_string(n) + " parts takes " + std::to_string(size.part_bytes[n]) +
           " bytes; a block has " + std::to_string(shared_bytes - mlp_cuda_reserve);
}

// How many blocks of threads evaluate test images at once: as many as the device holds and as there are blocks of
// images, but with no more working memory than a sixteenth of what is free; at least one.
inline int mlp_evaluation_blocks(int resident, std::int64_t blocks_of_images, double bytes_of_a_block,
                                 double free_bytes) {
    const double fit = free_bytes / 16.0 / bytes_of_a_block;
    return static_cast<int>(
        std::max(1.0, std::min({static_cast<double>(resident), static_cast<double>(blocks_of_images), fit})));
}

// What is known of a network at a checkpoint.
struct MlpCudaCheckpoint {
    std::int64_t n_correct = 0;                    // of the test images
    std::vector<LayerSums> sums;                   // [layer]
    std::vector<std::vector<LayerPriced>> priced;  // [layer][price]
};

// One GPU with networks of one number type. Not thread-safe. All members throw cuda_error.
template <class Number>
class MlpCuda {
  public:
    explicit MlpCuda(int device, MlpCudaVariant variant = MlpCudaVariant::block);
    ~MlpCuda();

    // Copies the images to the device, unless those of this name are there already.
    void use_images(const std::string& name, const ImageView<Number>& train, const ImageView<Number>& test);

    // After use_images. Makes empty slots, as many as wanted, as the device trains at once, and as its free memory
    // holds, whichever is least, but at least one. Returns their number. Throws std::invalid_argument if the variant
    // does not suit them.
    int make_slots(int wanted, const MlpSlotSize& size, const std::vector<Price>& prices);

    // Where the memory of a network in this slot lies, for lay_out_layer.
    std::byte* slot_memory(int slot) const;

    // Puts a network into a slot. task: laid out at slot_memory(slot); images, prices and stop are set here. memory:
    // what lies there at the beginning.
    void place(int slot, const MlpTask<Number>& task, std::span<const std::byte> memory);

    // Trains each slot's network for n[slot] presentations (0: leaves it alone), and evaluates those with
    // at_checkpoint[slot]. Returns false if `stop` interrupted it; the networks are then worth nothing.
    bool train(const std::vector<std::int64_t>& n, const std::vector<char>& at_checkpoint,
               const std::atomic<bool>& stop);

    // Of a network that was evaluated in the last call of `train`.
    MlpCudaCheckpoint checkpoint(int slot) const;
    std::vector<Number> whole_weights(int slot) const;  // all layers, [synapse]

    // Of the n presentations that the network was trained for in the last call of `train`, [presentation][traced].
    std::vector<TracedWeight> traces(int slot, std::int64_t n) const;

    // The network's memory as it is now, and its task's scale and presentations.
    std::vector<std::byte> memory(int slot) const;
    MlpTask<Number> task(int slot) const;

  private:
    struct Device;
    std::unique_ptr<Device> device_;
};

extern template class MlpCuda<float>;
extern template class MlpCuda<double>;

}  // namespace syncache
