#include <atomic>
#include <cstddef>
#include <span>
#include <vector>

#include "kernels/common/cuda/cuda_error.hpp"
#include "kernels/spiking/spiking_cuda.hpp"

// The GPU executor of a build without CUDA: it cannot be made, and says so.
namespace syncache::spiking {

struct Cuda::Device {};

Cuda::Cuda(int) { throw cuda_error("this build has no CUDA; configure with -DSYNCACHE_CUDA=ON"); }
Cuda::~Cuda() = default;
DeviceBlocks Cuda::allocate(std::size_t, std::size_t, std::size_t) { return {}; }
void Cuda::train(std::vector<Task<float>>&, std::span<const std::byte>, std::vector<std::byte>&,
                 const std::atomic<bool>&) {}
void Cuda::train(std::vector<Task<double>>&, std::span<const std::byte>, std::vector<std::byte>&,
                 const std::atomic<bool>&) {}

}  // namespace syncache::spiking
