#pragma once

#include <cublas_v2.h>

#include <string>

#include "kernels/common/cuda/cuda_error.hpp"

namespace syncache {

// The functions of cuBLAS in use, as cublas_v2.h declares them.
struct Cublas {
    cublasStatus_t (*create)(cublasHandle_t*);
    cublasStatus_t (*destroy)(cublasHandle_t);
    cublasStatus_t (*set_stream)(cublasHandle_t, cudaStream_t);
    cublasStatus_t (*gemm)(cublasHandle_t, cublasOperation_t, cublasOperation_t, int m, int n, int k, const void* alpha,
                           const void* a, cudaDataType_t, int lda, const void* b, cudaDataType_t, int ldb,
                           const void* beta, void* c, cudaDataType_t, int ldc, cublasComputeType_t, cublasGemmAlgo_t);
    const char* (*status_text)(cublasStatus_t);
};

// Opened by the first call (cublas_library.hpp). Throws cuda_error where it cannot be. Thread-safe.
const Cublas& cublas();

inline void check_cublas(cublasStatus_t status, const char* call, const char* file, int line) {
    if (status != CUBLAS_STATUS_SUCCESS) {
        throw cuda_error(
            std::string(call) + ": " + cublas().status_text(status) + " (" + file + ":" + std::to_string(line) + ")",
            status == CUBLAS_STATUS_ALLOC_FAILED);
    }
}
#define SYNCACHE_CHECK_CUBLAS(call) ::syncache::check_cublas((call), #call, __FILE__, __LINE__)

}  // namespace syncache
