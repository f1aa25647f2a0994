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

// Launches a kernel and checks the launch; debug builds also wait for it, so that a failure shows at its place.
template <class... Parameters, class... Arguments>
void launch(void (*kernel)(Parameters...), dim3 grid, dim3 block, std::size_t shared_bytes, cudaStream_t stream,
            Arguments&&... arguments) {
    kernel<<<grid, block, shared_bytes, stream>>>(std::forward<Arguments>(arguments)...);
    SYNCACHE_CHECK(cudaGetLastError());
#ifndef NDEBUG
    SYNCACHE_CHECK(cudaStreamSynchronize(stream));
#endif
}

}  // namespace syncache
