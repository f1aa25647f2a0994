#include <algorithm>

#include "kernels/common/cuda/device_buffer.cuh"
#include "kernels/common/cuda/stop_flag.cuh"
#include "kernels/spiking/spiking_cuda.hpp"
#include "kernels/spiking/train.hpp"

namespace syncache::spiking {
namespace {

constexpr int warp = 32;

// A thread per neuron. All threads of a warp call `advance` together, one presentation each, however far their
// trainings are.
template <class Number>
__global__ void __launch_bounds__(warp)
    spiking_kernel(Task<Number>* tasks, int n_tasks, int* queue, const volatile bool* stop) {
    Task<Number> task;
    int taken = -1;
    for (;;) {
        if (taken < 0) {
            taken = atomicAdd(queue, 1);
            if (taken >= n_tasks) {
                return;
            }
            task = tasks[taken];
        }
        if (advance(task)) {
            tasks[taken] = task;
            taken = -1;
        }
        if (*stop) {
            return;
        }
    }
}

// Blocks of less than a warp where there are few neurons: a step costs a warp all its neurons' spikes, so with few of
// them each does better in a warp of its own.
template <class Number>
std::pair<int, int> grid_of(int n_tasks) {
    const int resident = resident_blocks(spiking_kernel<Number>, warp, 0);
    const int width = std::clamp((n_tasks + resident - 1) / resident, 1, warp);
    return {std::min(resident, (n_tasks + width - 1) / width), width};
}

template <class Number>
void train_all(std::vector<Task<Number>>& tasks, std::span<const std::byte> image,
               DeviceBuffer<std::byte>& results_block, DeviceBuffer<std::byte>& shared_block,
               std::vector<std::byte>& results, const std::atomic<bool>& stop, MappedFlag& flag) {
    shared_block.upload(image);
    results_block.clear();  // runs that are not made write no rows
    DeviceBuffer<Task<Number>> on_device(tasks);
    DeviceBuffer<int> queue(1);
    queue.clear();
    flag.set(stop);
    const int n_tasks = static_cast<int>(tasks.size());
    const auto [blocks, width] = grid_of<Number>(n_tasks);
    const auto config =
        block_launch(dim3(static_cast<unsigned>(blocks)), dim3(static_cast<unsigned>(width)), 0, nullptr);
    start_kernel(config, spiking_kernel<Number>, on_device.data(), n_tasks, queue.data(),
                 static_cast<const volatile bool*>(flag.device()));
    wait_for(nullptr, stop, flag);
    tasks = on_device.download();
    results = results_block.download();
}

}  // namespace

struct Cuda::Device {
    int index;
    DeviceBuffer<std::byte> shared, state, results;
    MappedFlag stop;  // ends first

    explicit Device(int device) : index(device) {}
};

Cuda::Cuda(int device) {
    SYNCACHE_CHECK(cudaSetDevice(device));
    device_ = std::make_unique<Device>(device);
}

Cuda::~Cuda() = default;

DeviceBlocks Cuda::allocate(std::size_t shared, std::size_t state, std::size_t results) {
    SYNCACHE_CHECK(cudaSetDevice(device_->index));
    const auto renew = [](DeviceBuffer<std::byte>& buffer, std::size_t bytes) {
        if (buffer.size() != bytes) {
            buffer = DeviceBuffer<std::byte>();  // the old memory goes first
            buffer = DeviceBuffer<std::byte>(bytes);
        }
    };
    renew(device_->shared, shared);
    renew(device_->state, state);
    renew(device_->results, results);
    return {device_->shared.data(), device_->state.data(), device_->results.data()};
}

void Cuda::train(std::vector<Task<float>>& tasks, std::span<const std::byte> image, std::vector<std::byte>& results,
                 const std::atomic<bool>& stop) {
    train_all(tasks, image, device_->results, device_->shared, results, stop, device_->stop);
}

void Cuda::train(std::vector<Task<double>>& tasks, std::span<const std::byte> image, std::vector<std::byte>& results,
                 const std::atomic<bool>& stop) {
    train_all(tasks, image, device_->results, device_->shared, results, stop, device_->stop);
}

}  // namespace syncache::spiking
