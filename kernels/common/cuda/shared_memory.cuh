#pragma once

#include "kernels/common/cuda/check.cuh"

namespace syncache {

// Lets launches of a kernel ask for all the shared memory that a block of this device can have. The same for all
// launches, since another worker's may be under way.
template <class Kernel>
void allow_all_shared_memory(Kernel* kernel) {
    int device = 0, most = 0;
    cudaFuncAttributes own{};
    SYNCACHE_CHECK(cudaGetDevice(&device));
    SYNCACHE_CHECK(cudaDeviceGetAttribute(&most, cudaDevAttrMaxSharedMemoryPerBlockOptin, device));
    SYNCACHE_CHECK(cudaFuncGetAttributes(&own, kernel));
    SYNCACHE_CHECK(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                        most - static_cast<int>(own.sharedSizeBytes)));
}

}  // namespace syncache
