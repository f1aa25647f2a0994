#pragma once

#include <atomic>
#include <chrono>
#include <thread>

#include "kernels/common/cuda/check.cuh"

namespace syncache {

// A flag that the host can set while a kernel of the calling thread's stream runs. At its end it stops that kernel and
// waits for it, since CUDA does not promise that a kernel may still look at memory that is given back: it should be the
// first of its owner's members that ends, which is the last one declared.
class MappedFlag {
  public:
    MappedFlag() {
        SYNCACHE_CHECK(cudaHostAlloc(reinterpret_cast<void**>(&host_), sizeof(bool), cudaHostAllocMapped));
        *host_ = false;
        SYNCACHE_CHECK(cudaHostGetDevicePointer(reinterpret_cast<void**>(&device_), host_, 0));
    }
    MappedFlag(const MappedFlag&) = delete;
    MappedFlag& operator=(const MappedFlag&) = delete;
    ~MappedFlag() {
        set(true);
        (void)cudaStreamSynchronize(cudaStreamPerThread);  // a failure has been told where it happened
        (void)cudaFreeHost(host_);
    }
    void set(bool value) { *static_cast<volatile bool*>(host_) = value; }
    const bool* device() const { return device_; }

  private:
    bool* host_ = nullptr;
    bool* device_ = nullptr;
};

// Waits for what was launched on the stream, and hands `stop` on to its kernels.
inline void wait_for(cudaStream_t stream, const std::atomic<bool>& stop, MappedFlag& flag) {
    for (;;) {
        const cudaError_t state = cudaStreamQuery(stream);
        if (state == cudaSuccess) {
            return;
        }
        if (state != cudaErrorNotReady) {
            SYNCACHE_CHECK(state);
        }
        flag.set(stop);
        std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
}

}  // namespace syncache
