#pragma once

#include <cstddef>
#include <cstdio>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "kernels/common/cuda/check.cuh"

namespace syncache {

// Device memory for n values, in the order of the calling thread's stream: freeing it waits for nobody else's kernels.
// Move-only; freeing never throws.
template <class T>
class DeviceBuffer {
    static_assert(std::is_trivially_copyable_v<T>);

  public:
    DeviceBuffer() = default;
    explicit DeviceBuffer(std::size_t n) : size_(n) {
        if (n > 0) {
            SYNCACHE_CHECK(cudaMallocAsync(reinterpret_cast<void**>(&data_), n * sizeof(T), cudaStreamPerThread));
        }
    }
    explicit DeviceBuffer(std::span<const T> values) : DeviceBuffer(values.size()) { upload(values); }
    explicit DeviceBuffer(const std::vector<T>& values) : DeviceBuffer(std::span<const T>(values)) {}
    DeviceBuffer(DeviceBuffer&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    DeviceBuffer& operator=(DeviceBuffer&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~DeviceBuffer() {
        if (data_ != nullptr && cudaFreeAsync(data_, cudaStreamPerThread) != cudaSuccess) {
            std::fprintf(stderr, "syncache: a device buffer could not be freed\n");
        }
    }

    T* data() const { return data_; }
    std::size_t size() const { return size_; }
    std::size_t bytes() const { return size_ * sizeof(T); }

    void upload(std::span<const T> values) {
        SYNCACHE_CHECK(cudaMemcpy(data_, values.data(), values.size_bytes(), cudaMemcpyHostToDevice));
    }
    std::vector<T> download() const {
        std::vector<T> values(size_);
        download(values);
        return values;
    }
    // Into `values`, which hold as many.
    void download(std::vector<T>& values) const {
        SYNCACHE_CHECK(cudaMemcpy(values.data(), data_, bytes(), cudaMemcpyDeviceToHost));
    }
    void clear() { SYNCACHE_CHECK(cudaMemset(data_, 0, bytes())); }

  private:
    T* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace syncache
