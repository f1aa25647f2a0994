#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kernels/common/cuda/cuda_error.hpp"
#include "kernels/mlp/mlp_cuda.hpp"

// The GPU executor of a build without CUDA: it cannot be made, and says so.
namespace syncache {

template <class Number>
struct MlpCuda<Number>::Device {};

template <class Number>
MlpCuda<Number>::MlpCuda(int, MlpCudaVariant) {
    throw cuda_error("this build has no CUDA; configure with -DSYNCACHE_CUDA=ON");
}
template <class Number>
MlpCuda<Number>::~MlpCuda() = default;
template <class Number>
void MlpCuda<Number>::use_images(const std::string&, const ImageView<Number>&, const ImageView<Number>&) {}
template <class Number>
int MlpCuda<Number>::make_slots(int, const MlpSlotSize&, const std::vector<Price>&) {
    return 0;
}
template <class Number>
std::byte* MlpCuda<Number>::slot_memory(int) const {
    return nullptr;
}
template <class Number>
void MlpCuda<Number>::place(int, const MlpTask<Number>&, std::span<const std::byte>) {}
template <class Number>
bool MlpCuda<Number>::train(const std::vector<std::int64_t>&, const std::vector<char>&, const std::atomic<bool>&) {
    return false;
}
template <class Number>
MlpCudaCheckpoint MlpCuda<Number>::checkpoint(int) const {
    return {};
}
template <class Number>
std::vector<Number> MlpCuda<Number>::whole_weights(int) const {
    return {};
}
template <class Number>
std::vector<TracedWeight> MlpCuda<Number>::traces(int, std::int64_t) const {
    return {};
}
template <class Number>
std::vector<std::byte> MlpCuda<Number>::memory(int) const {
    return {};
}
template <class Number>
MlpTask<Number> MlpCuda<Number>::task(int) const {
    return {};
}

template class MlpCuda<float>;
template class MlpCuda<double>;

}  // namespace syncache
