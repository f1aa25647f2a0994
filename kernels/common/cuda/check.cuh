#pragma once

#include <cuda_runtime.h>

#include <stdexcept>
#include <string>
#include <utility>

#include "kernels/common/cuda/cuda_error.hpp"

namespace syncache {

inline void check_cuda(cudaError_t code, const char* call, const char* file, int line) {
    if (code != cudaSuccess) {
        (void)cudaGetLastError();  // told here, and not once more by the next launch
        throw cuda_error(
            std::string(call) + ": " + cudaGetErrorString(code) + " (" + file + ":" + std::to_string(line) + ")",
            code == cudaErrorMemoryAllocation);
    }
}

// Every CUDA runtime call goes through this: throws cuda_error with call, reason and place.
#define SYNCACHE_CHECK(call) ::syncache::check_cuda((call), #call, __FILE__, __LINE__)

inline cudaLaunchConfig_t block_launch(dim3 grid, dim3 block, std::size_t shared_bytes, cudaStream_t stream) {
    cudaLaunchConfig_t config{};
    config.gridDim = grid;
    config.blockDim = block;
    config.dynamicSmemBytes = shared_bytes;
    config.stream = stream;
    return config;
}

// Launches a kernel that may run long. Nothing waits for it, in debug builds neither: wait_for does, which hands `stop`
// on to it.
template <class... Parameters, class... Arguments>
void start_kernel(const cudaLaunchConfig_t& config, void (*kernel)(Parameters...), Arguments&&... arguments) {
    SYNCACHE_CHECK(cudaLaunchKernelEx(&config, kernel, std::forward<Arguments>(arguments)...));
    SYNCACHE_CHECK(cudaGetLastError());
}

// Launches a short kernel; debug builds also wait for it, so that a failure shows at its place.
template <class... Parameters, class... Arguments>
void launch(void (*kernel)(Parameters...), dim3 grid, dim3 block, std::size_t shared_bytes, cudaStream_t stream,
            Arguments&&... arguments) {
    start_kernel(block_launch(grid, block, shared_bytes, stream), kernel, std::forward<Arguments>(arguments)...);
#ifndef NDEBUG
    SYNCACHE_CHECK(cudaStreamSynchronize(stream));
#endif
}

// The launch of a grid of clusters of neighbouring blocks.
inline cudaLaunchConfig_t cluster_launch(unsigned blocks, unsigned threads, std::size_t shared_bytes,
                                         unsigned cluster_blocks, cudaLaunchAttribute& attribute) {
    attribute = {};
    attribute.id = cudaLaunchAttributeClusterDimension;
    attribute.val.clusterDim = {cluster_blocks, 1, 1};
    cudaLaunchConfig_t config = block_launch(dim3(blocks), dim3(threads), shared_bytes, nullptr);
    config.attrs = &attribute;
    config.numAttrs = 1;
    return config;
}

}  // namespace syncache
