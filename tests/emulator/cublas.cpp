#include "kernels/common/cuda/cublas.cuh"

#include <cstddef>
#include <cstdint>

#include "kernels/common/cuda/cublas_library.hpp"
#include "tests/emulator/include/cublas_v2.h"
#include "tests/emulator/memory.hpp"
#include "tests/emulator/settings.hpp"
#include "tests/emulator/stream.hpp"

struct cublasContext {
    cudaStream_t stream = nullptr;
};

namespace {

// c[j][i] = sum over l of a[i][l] b[j][l], rows at the given distances.
struct Product {
    const std::int8_t *a, *b;
    std::int32_t* c;
    std::ptrdiff_t m, n, k, a_stride, b_stride, c_stride;

    void make() const {
        using namespace emulator;
        for (std::ptrdiff_t i = 0; i < m; ++i) {
            check_read(a + i * a_stride, static_cast<std::size_t>(k), "cublasGemmEx");
        }
        for (std::ptrdiff_t j = 0; j < n; ++j) {
            check_read(b + j * b_stride, static_cast<std::size_t>(k), "cublasGemmEx");
            check_write(c + j * c_stride, static_cast<std::size_t>(m) * sizeof *c, "cublasGemmEx");
            for (std::ptrdiff_t i = 0; i < m; ++i) {
                std::int32_t sum = 0;
                for (std::ptrdiff_t l = 0; l < k; ++l) {
                    sum += a[i * a_stride + l] * b[j * b_stride + l];
                }
                c[j * c_stride + i] = sum;
            }
        }
    }
};

}  // namespace

const char* cublasGetStatusString(cublasStatus_t status) {
    switch (status) {
        case CUBLAS_STATUS_SUCCESS:
            return "success";
        case CUBLAS_STATUS_NOT_INITIALIZED:
            return "the library was not initialized";
        case CUBLAS_STATUS_ALLOC_FAILED:
            return "an internal allocation failed";
        case CUBLAS_STATUS_INVALID_VALUE:
            return "an unsupported value or parameter was passed";
        case CUBLAS_STATUS_NOT_SUPPORTED:
            return "the functionality requested is not supported";
    }
    return "unknown status";
}

cublasStatus_t cublasCreate(cublasHandle_t* handle) {
    *handle = new cublasContext;
    ++emulator::n_handles();
    return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasDestroy(cublasHandle_t handle) {
    delete handle;
    --emulator::n_handles();
    return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasSetStream(cublasHandle_t handle, cudaStream_t stream) {
    handle->stream = stream;
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasGemmEx(cublasHandle_t handle, cublasOperation_t of_a, cublasOperation_t of_b, int m, int n, int k,
                            const void* alpha, const void* a, cudaDataType_t type_a, int lda, const void* b,
                            cudaDataType_t type_b, int ldb, const void* beta, void* c, cudaDataType_t type_c, int ldc,
                            cublasComputeType_t, cublasGemmAlgo_t) {
    if (of_a != CUBLAS_OP_T || of_b != CUBLAS_OP_N || type_a != CUDA_R_8I || type_b != CUDA_R_8I ||
        type_c != CUDA_R_32I || *static_cast<const std::int32_t*>(alpha) != 1 ||
        *static_cast<const std::int32_t*>(beta) != 0) {
        emulator::give_up("cublasGemmEx: the emulator knows c = a^T b of int8 matrices only");
    }
    if (lda % 4 != 0 || ldb % 4 != 0 || m % 4 != 0) {
        return CUBLAS_STATUS_NOT_SUPPORTED;
    }
    if (lda < k || ldb < k || ldc < m) {
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    const Product product{static_cast<const std::int8_t*>(a),
                          static_cast<const std::int8_t*>(b),
                          static_cast<std::int32_t*>(c),
                          m,
                          n,
                          k,
                          lda,
                          ldb,
                          ldc};
    emulator::stream_at(handle->stream).add([product] { product.make(); });
    return CUBLAS_STATUS_SUCCESS;
}

// The library that cublas_library.hpp opens elsewhere.
namespace syncache {

const Cublas& cublas() {
    static const Cublas functions{cublasCreate, cublasDestroy, cublasSetStream, cublasGemmEx, cublasGetStatusString};
    return functions;
}
void load_cublas() {}

}  // namespace syncache
