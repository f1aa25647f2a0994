#pragma once

#include <atomic>
#include <cstddef>
#include <cstdio>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "kernels/common/cuda/occupancy.cuh"

namespace syncache {

// Says that device memory could not be given back. After a lost device that goes for every buffer, so it is said once.
inline void tell_that_memory_is_lost(cudaError_t code) {
    static std::atomic_flag told;
    if (!told.test_and_set()) {
        std::fprintf(stderr, "syncache: device memory could not be freed: %s\n", cudaGetErrorString(code));
    }
}

// Device memory for n values, in the order of the calling thread's stream: freeing it waits for nobody else's kernels.
// Devices without memory pools (some virtual GPUs) have no such order: there it waits for all of the device's.
// Move-only; freeing never throws.
template <class T>
class DeviceBuffer {
    static_assert(std::is_trivially_copyable_v<T>);

  public:
    DeviceBuffer() = default;
    explicit DeviceBuffer(std::size_t n) : size_(n) {
        if (n == 0) {
            return;
        }
        pooled_ = device_attribute(cudaDevAttrMemoryPoolsSupported) != 0;
        const auto place = reinterpret_cast<void**>(&data_);
        if (pooled_) {
            SYNCACHE_CHECK(cudaMallocAsync(place, n * sizeof(T), cudaStreamPerThread));
        } else {
            SYNCACHE_CHECK(cudaMalloc(place, n * sizeof(T)));
        }
    }
    explicit DeviceBuffer(std::span<const T> values) : DeviceBuffer(values.size()) { upload(values); }
    explicit DeviceBuffer(const std::vector<T>& values) : DeviceBuffer(std::span<const T>(values)) {}
    DeviceBuffer(DeviceBuffer&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)), pooled_(other.pooled_) {}
    DeviceBuffer& operator=(DeviceBuffer&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(pooled_, other.pooled_);
        return *this;
    }
    ~DeviceBuffer() {
        if (data_ == nullptr) {
            return;
        }
        const cudaError_t code = pooled_ ? cudaFreeAsync(data_, cudaStreamPerThread) : cudaFree(data_);
        if (code != cudaSuccess) {
            tell_that_memory_is_lost(code);
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
    bool pooled_ = false;
};

}  // namespace syncache
