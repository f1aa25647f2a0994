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

// Checks a launch; debug builds also wait for it, so that a failure shows at its place.
inline void check_launch([[maybe_unused]] cudaStream_t stream) {
    SYNCACHE_CHECK(cudaGetLastError());
#ifndef NDEBUG
    SYNCACHE_CHECK(cudaStreamSynchronize(stream));
#endif
}

// Launches a kernel and checks the launch.
template <class... Parameters, class... Arguments>
void launch(void (*kernel)(Parameters...), dim3 grid, dim3 block, std::size_t shared_bytes, cudaStream_t stream,
            Arguments&&... arguments) {
    cudaLaunchConfig_t config{};
    config.gridDim = grid;
    config.blockDim = block;
    config.dynamicSmemBytes = shared_bytes;
    config.stream = stream;
    SYNCACHE_CHECK(cudaLaunchKernelEx(&config, kernel, std::forward<Arguments>(arguments)...));
    check_launch(stream);
}

// The launch of a grid of clusters of neighbouring blocks.
inline cudaLaunchConfig_t cluster_launch(unsigned blocks, unsigned threads, std::size_t shared_bytes,
                                         unsigned cluster_blocks, cudaLaunchAttribute& attribute) {
    attribute = {};
    attribute.id = cudaLaunchAttributeClusterDimension;
    attribute.val.clusterDim = {cluster_blocks, 1, 1};
    cudaLaunchConfig_t config{};
    config.gridDim = dim3(blocks);
    config.blockDim = dim3(threads);
    config.dynamicSmemBytes = shared_bytes;
    config.attrs = &attribute;
    config.numAttrs = 1;
    return config;
}

}  // namespace syncache
