#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kernels/mlp/task.hpp"

// The MLP's GPU executor: one thread block trains one network. Networks stand in slots of equal size and go on in
// rounds: in each, one launch trains all of them, every one by its own number of presentations, and one more evaluates
// those that have come to a checkpoint. Between rounds the host takes finished networks out and puts the next ones in.
// This header is plain C++.
namespace syncache {

// Layers' units and inputs are laid out for this pack width (MlpLayer).
inline constexpr int mlp_cuda_pack_width = 1;

// What the slots must have room for: the largest of the networks that will stand in them.
struct MlpSlotSize {
    std::size_t bytes = 0;     // of a network's memory, as lay_out_layer takes it
    std::size_t synapses = 0;  // of all layers together
    std::size_t widest = 0;    // units of the widest layer
};

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
    explicit MlpCuda(int device);
    ~MlpCuda();

    // Copies the images to the device, unless those of this name are there already.
    void use_images(const std::string& name, const ImageView<Number>& train, const ImageView<Number>& test);

    // Makes empty slots, as many as wanted, as the device trains at once, and as its free memory holds, whichever is
    // least, but at least one. Returns their number.
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
