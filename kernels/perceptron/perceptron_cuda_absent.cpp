#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "kernels/common/cuda/cuda_error.hpp"
#include "kernels/perceptron/perceptron_cuda.hpp"

// The GPU executor of a build without CUDA: it cannot be made, and says so.
namespace syncache {

struct PerceptronCuda::Device {};

PerceptronCuda::PerceptronCuda(int, const PerceptronCudaOptions&) {
    throw cuda_error("this build has no CUDA; configure with -DSYNCACHE_CUDA=ON");
}
PerceptronCuda::~PerceptronCuda() = default;
void PerceptronCuda::upload(const std::string&, const PatternView&, int, const std::vector<std::string>&) {}
bool PerceptronCuda::has(const std::string&, int) const { return false; }
void PerceptronCuda::train(std::vector<CudaPerceptronJob>&, const CudaPerceptronTallies&, const std::atomic<bool>&) {}
std::vector<std::int16_t> PerceptronCuda::gram(const std::string&) const { return {}; }

}  // namespace syncache
