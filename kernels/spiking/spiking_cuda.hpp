#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "kernels/spiking/task.hpp"

// The spiking neuron's GPU executor: one thread trains one trajectory, a presentation at a time, and then fetches the
// next from a queue. Only the few active inputs of a neuron have work in a step, so a thread is as much as a neuron can
// use; many of them are in flight on each multiprocessor, and the threads of a warp go through their presentations
// together whatever the numbers of their patterns. This header is plain C++.
namespace syncache::spiking {

// Addresses of three blocks of device memory; see host/models/spiking/task_set.hpp.
struct DeviceBlocks {
    std::byte* shared;
    std::byte* state;
    std::byte* results;
};

// One GPU. Not thread-safe. All members throw cuda_error.
class Cuda {
  public:
    explicit Cuda(int device);
    ~Cuda();

    // Device memory of these sizes, until the next call.
    DeviceBlocks allocate(std::size_t shared, std::size_t state, std::size_t results);

    // Trains the tasks, whose addresses lie in the blocks, after copying `image` to the shared one. Afterwards the
    // tasks hold their endings and `results` the content of that block. Those that `stop` interrupts have
    // ending.finished == 0.
    void train(std::vector<Task<float>>& tasks, std::span<const std::byte> image, std::vector<std::byte>& results,
               const std::atomic<bool>& stop);
    void train(std::vector<Task<double>>& tasks, std::span<const std::byte> image, std::vector<std::byte>& results,
               const std::atomic<bool>& stop);

  private:
    struct Device;
    std::unique_ptr<Device> device_;
};

}  // namespace syncache::spiking
