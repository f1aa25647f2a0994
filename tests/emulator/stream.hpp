#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <utility>

#include "tests/emulator/include/cuda_runtime.h"

namespace emulator {

// What a stream does one after the other. It runs only when somebody waits for it or asks, as late as is legal, on the
// thread that waits.
struct Work {
    std::function<bool(std::int64_t budget)> step;  // true: done
    bool needs_a_wait = false;                      // a copy to or from the host that goes on behind its back
};

class Stream {
  public:
    explicit Stream(int device) : device_(device) {}
    ~Stream();
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    void add(Work work) { work_.push_back(std::move(work)); }
    void add(std::function<void()> work);

    enum class Why { waited_for, in_passing };
    cudaError_t drain(Why why);
    cudaError_t query();  // runs a slice; cudaErrorNotReady: there is more
    int device() const { return device_; }

  private:
    bool step(std::int64_t budget, Why why);

    int device_;
    std::deque<Work> work_;
};

// The stream of a handle, for the calling thread and its device.
Stream& stream_at(cudaStream_t handle);

// Does all that is left in the calling thread's own streams.
void finish_own_streams();

// The device that the calling thread has chosen.
int current_device();
void choose_device(int device);

// An error that stays: after it nothing works on the device any more.
cudaError_t lost(int device);
void lose(int device, cudaError_t error);
void revive_devices();

// Keeps an error for cudaGetLastError, unless it is cudaSuccess.
cudaError_t fail(cudaError_t error);
cudaError_t last_error(bool forget);

// Streams and cuBLAS handles that somebody made and that are alive.
int& n_handles();

}  // namespace emulator
