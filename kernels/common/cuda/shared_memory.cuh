#pragma once

#include <cstddef>
#include <type_traits>

#include "kernels/common/cuda/occupancy.cuh"

namespace syncache {

// What a kernel may declare __shared__: a type whose constructor does nothing.
template <class T>
inline constexpr bool may_be_shared = std::is_trivially_default_constructible_v<T>;

// The shared memory that the launch gave the block, `dynamicSmemBytes` of it; the same for all threads of a block.
__device__ inline std::byte* dynamic_shared() {
    extern __shared__ __align__(64) std::byte dynamic_shared_memory[];
    return dynamic_shared_memory;
}

// Lets launches of a kernel ask for all the shared memory that a block of this device can have. The same for all
// launches, since another worker's may be under way.
template <class Kernel>
void allow_all_shared_memory(Kernel* kernel) {
    const int most = device_attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin);
    cudaFuncAttributes own{};
    SYNCACHE_CHECK(cudaFuncGetAttributes(&own, kernel));
    SYNCACHE_CHECK(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                        most - static_cast<int>(own.sharedSizeBytes)));
}

}  // namespace syncache
