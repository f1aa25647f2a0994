#pragma once

#include <algorithm>
#include <cstddef>

#include "kernels/common/cuda/check.cuh"

namespace syncache {

// Of the current device.
inline int device_attribute(cudaDeviceAttr which) {
    int device = 0, value = 0;
    SYNCACHE_CHECK(cudaGetDevice(&device));
    SYNCACHE_CHECK(cudaDeviceGetAttribute(&value, which, device));
    return value;
}

// What part of a multiprocessor's `most` bytes of shared memory some blocks need, in percent, rounded up.
inline int shared_memory_percent(std::size_t blocks, std::size_t bytes_of_a_block, std::size_t most) {
    return static_cast<int>(std::min<std::size_t>(100, (100 * blocks * bytes_of_a_block + most - 1) / most));
}

// Has the driver divide the first-level cache and shared memory, which are one memory, so that as many blocks as a
// multiprocessor can hold find their shared memory; without dynamic shared memory the driver divides it as it likes.
template <class Kernel>
void prefer_shared_memory(Kernel* kernel, int blocks, std::size_t shared_bytes) {
    cudaFuncAttributes own{};
    SYNCACHE_CHECK(cudaFuncGetAttributes(&own, kernel));
    const auto of_a_block = shared_bytes + own.sharedSizeBytes +
                            static_cast<std::size_t>(device_attribute(cudaDevAttrReservedSharedMemoryPerBlock));
    const auto most = static_cast<std::size_t>(device_attribute(cudaDevAttrMaxSharedMemoryPerMultiprocessor));
    const int percent = shared_bytes == 0 ? static_cast<int>(cudaSharedmemCarveoutDefault)
                                          : shared_memory_percent(static_cast<std::size_t>(blocks), of_a_block, most);
    SYNCACHE_CHECK(cudaFuncSetAttribute(kernel, cudaFuncAttributePreferredSharedMemoryCarveout, percent));
}

// Blocks of so many threads that the current device holds at once; their shared memory is provided for. Throws
// cuda_error if a multiprocessor holds none.
template <class Kernel>
int resident_blocks(Kernel* kernel, int threads, std::size_t shared_bytes) {
    int blocks = 0;
    SYNCACHE_CHECK(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, kernel, threads, shared_bytes));
    if (blocks == 0) {
        throw cuda_error("this device has no room for a block of " + std::to_string(threads) + " threads with " +
                         std::to_string(shared_bytes) + " bytes of shared memory");
    }
    prefer_shared_memory(kernel, blocks, shared_bytes);
    return blocks * device_attribute(cudaDevAttrMultiProcessorCount);
}

// Clusters, of the size and with the shared memory of this launch, that the current device holds at once. Throws
// cuda_error if it holds none.
template <class... Parameters>
int resident_clusters(void (*kernel)(Parameters...), const cudaLaunchConfig_t& cluster) {
    int clusters = 0;
    SYNCACHE_CHECK(cudaOccupancyMaxActiveClusters(&clusters, kernel, &cluster));
    if (clusters == 0) {
        throw cuda_error("cluster: this device has no room for a cluster of " +
                         std::to_string(cluster.attrs->val.clusterDim.x) + " blocks with " +
                         std::to_string(cluster.dynamicSmemBytes) +
                         " bytes of shared memory each; a part of a GPU (MIG) may have none");
    }
    prefer_shared_memory(kernel, 1, cluster.dynamicSmemBytes);
    return clusters;
}

}  // namespace syncache
