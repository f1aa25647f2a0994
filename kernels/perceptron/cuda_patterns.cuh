#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "kernels/common/cuda/cublas.cuh"
#include "kernels/common/cuda/device_buffer.cuh"
#include "kernels/perceptron/cuda_variant.hpp"
#include "kernels/perceptron/gram_kernel.cuh"
#include "kernels/perceptron/task.hpp"

namespace syncache {

// gram16[q][p] = gram32[q][p], of |values| <= inputs + 1 < 2^15.
static __global__ void narrow_kernel(const std::int32_t* wide, std::int16_t* narrow, std::size_t n) {
    for (std::size_t i = blockIdx.x * static_cast<std::size_t>(blockDim.x) + threadIdx.x; i < n;
         i += static_cast<std::size_t>(gridDim.x) * blockDim.x) {
        narrow[i] = static_cast<std::int16_t>(wide[i]);
    }
}

// The pattern sets that lie on one device, by name.
class CudaPatternSets {
  public:
    explicit CudaPatternSets(const PerceptronCudaOptions& options) : options_(options) {}
    CudaPatternSets(const CudaPatternSets&) = delete;
    CudaPatternSets& operator=(const CudaPatternSets&) = delete;
    ~CudaPatternSets() {
        if (cublas_ != nullptr) {
            cublas().destroy(cublas_);
        }
    }

    bool has(const std::string& name, int n_patterns) const {
        const auto place = sets_.find(name);
        return place != sets_.end() && place->second.n_patterns >= n_patterns;
    }

    void keep_only(const std::vector<std::string>& names) {
        std::erase_if(
            sets_, [&](const auto& item) { return std::find(names.begin(), names.end(), item.first) == names.end(); });
    }

    void upload(const std::string& name, const PatternView& host, int n_patterns) {
        sets_.erase(name);
        Set set;
        set.n_patterns = n_patterns;
        const int rows = (n_patterns + gram_tile - 1) / gram_tile * gram_tile;  // whole tiles for the int8 product
        const std::size_t used = static_cast<std::size_t>(n_patterns) * static_cast<std::size_t>(host.row_stride);
        set.signed_patterns =
            DeviceBuffer<std::int8_t>(static_cast<std::size_t>(rows) * static_cast<std::size_t>(host.row_stride));
        set.signed_patterns.clear();
        set.signed_patterns.upload({host.signed_patterns, used});
        set.targets = DeviceBuffer<std::int8_t>(std::span(host.targets, static_cast<std::size_t>(n_patterns)));
        set.signed_sums = DeviceBuffer<std::int32_t>(std::span(host.signed_sums, static_cast<std::size_t>(n_patterns)));
        set.gram = make_gram(set.signed_patterns.data(), rows, host.row_stride);
        set.view = {set.signed_patterns.data(),
                    set.gram.data(),
                    set.targets.data(),
                    set.signed_sums.data(),
                    host.inputs,
                    host.row_stride,
                    rows};
        sets_.emplace(name, std::move(set));
    }

    const PatternView& view(const std::string& name) const { return sets_.at(name).view; }

    std::vector<std::int16_t> gram(const std::string& name) const {
        const Set& set = sets_.at(name);
        const std::vector<std::int16_t> padded = set.gram.download();
        const std::size_t n = static_cast<std::size_t>(set.n_patterns),
                          stride = static_cast<std::size_t>(set.view.gram_stride);
        std::vector<std::int16_t> result;
        for (std::size_t q = 0; q < n; ++q) {
            result.insert(result.end(), padded.begin() + static_cast<std::ptrdiff_t>(q * stride),
                          padded.begin() + static_cast<std::ptrdiff_t>(q * stride + n));
        }
        return result;
    }

  private:
    struct Set {
        int n_patterns = 0;
        DeviceBuffer<std::int8_t> signed_patterns;
        DeviceBuffer<std::int8_t> targets;
        DeviceBuffer<std::int32_t> signed_sums;
        DeviceBuffer<std::int16_t> gram;
        PatternView view{};
    };

    // Z Z^T by int8 products summed in 32-bit integers: exact.
    DeviceBuffer<std::int16_t> make_gram(const std::int8_t* patterns, int rows, int row_stride) {
        DeviceBuffer<std::int16_t> gram(static_cast<std::size_t>(rows) * static_cast<std::size_t>(rows));
        if (options_.gram == GramProduct::cublas) {
            multiply_by_cublas(patterns, rows, row_stride, gram);
        } else {
            const auto tiles = static_cast<unsigned>(rows / gram_tile);
            launch(gram_kernel, dim3(tiles, tiles), dim3(gram_threads), 0, nullptr, patterns, row_stride, rows,
                   gram.data());
        }
        SYNCACHE_CHECK(cudaStreamSynchronize(nullptr));
        return gram;
    }

    void prepare_cublas() {
        if (cublas_ != nullptr) {
            return;
        }
        // The patterns are on the device already: what cannot be initialized for want of a driver would have failed
        // before, so memory is what lacks.
        const cublasStatus_t status = cublas().create(&cublas_);
        SYNCACHE_CHECK_CUBLAS(status == CUBLAS_STATUS_NOT_INITIALIZED ? CUBLAS_STATUS_ALLOC_FAILED : status);
        SYNCACHE_CHECK_CUBLAS(cublas().set_stream(cublas_, cudaStreamPerThread));
    }

    // Column q of what cuBLAS computes is row q of the matrix.
    void multiply_by_cublas(const std::int8_t* patterns, int rows, int row_stride, DeviceBuffer<std::int16_t>& gram) {
        prepare_cublas();
        const int panel = gram_panel(rows, options_.most_products);
        const DeviceBuffer<std::int32_t> wide(static_cast<std::size_t>(rows) * static_cast<std::size_t>(panel));
        const std::int32_t one = 1, zero = 0;
        for (int q = 0; q < rows; q += panel) {
            const int n = std::min(panel, rows - q);
            const std::int8_t* of_panel = patterns + static_cast<std::size_t>(q) * static_cast<std::size_t>(row_stride);
            SYNCACHE_CHECK_CUBLAS(cublas().gemm(
                cublas_, CUBLAS_OP_T, CUBLAS_OP_N, rows, n, row_stride, &one, patterns, CUDA_R_8I, row_stride, of_panel,
                CUDA_R_8I, row_stride, &zero, wide.data(), CUDA_R_32I, rows, CUBLAS_COMPUTE_32I, CUBLAS_GEMM_DEFAULT));
            const std::size_t stride = static_cast<std::size_t>(rows);
            launch(narrow_kernel, dim3(1024), dim3(256), 0, nullptr, static_cast<const std::int32_t*>(wide.data()),
                   gram.data() + static_cast<std::size_t>(q) * stride, static_cast<std::size_t>(n) * stride);
        }
        SYNCACHE_CHECK(cudaStreamSynchronize(nullptr));  // before `wide` is freed
    }

    PerceptronCudaOptions options_;
    cublasHandle_t cublas_ = nullptr;
    std::map<std::string, Set> sets_;
};

}  // namespace syncache
