#include "tests/emulator/stream.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "tests/emulator/report.hpp"
#include "tests/emulator/settings.hpp"

namespace emulator {
namespace {

constexpr std::int64_t slice = 1 << 20;        // of switches, where somebody waits
constexpr std::int64_t query_slice = 2000000;  // where somebody asks

struct Lost {
    std::mutex lock;
    std::map<int, cudaError_t> errors;
};
Lost& lost_devices() {
    static Lost& all = *new Lost;
    return all;
}

thread_local int chosen_device = 0;
thread_local cudaError_t kept_error = cudaSuccess;

// The calling thread's streams, by device. They are done with when the thread ends; what comes after that, at the end
// of the program, finds none.
using Streams = std::map<int, std::unique_ptr<Stream>>;
thread_local Streams* own_streams = nullptr;
struct EndOfThread {
    ~EndOfThread() { delete std::exchange(own_streams, nullptr); }
};
thread_local EndOfThread end_of_thread;

Streams& streams_of_thread() {
    (void)&end_of_thread;  // from now on it has something to do
    if (own_streams == nullptr) {
        own_streams = new Streams;
    }
    return *own_streams;
}

}  // namespace

Stream::~Stream() { (void)drain(Why::in_passing); }

void Stream::add(std::function<void()> work) {
    add(Work{[work = std::move(work)](std::int64_t) {
        work();
        return true;
    }});
}

bool Stream::step(std::int64_t budget, Why why) {
    while (!work_.empty()) {
        if (!work_.front().step(budget)) {
            return false;
        }
        if (work_.front().needs_a_wait && why == Why::in_passing) {
            report("asynchronous copy", "a copy to or from the host that nobody has waited for");
        }
        work_.pop_front();
    }
    return true;
}

cudaError_t Stream::drain(Why why) {
    while (!step(slice, why)) {
    }
    return lost(device_);
}

cudaError_t Stream::query() { return step(query_slice, Why::waited_for) ? lost(device_) : cudaErrorNotReady; }

Stream& stream_at(cudaStream_t handle) {
    if (reinterpret_cast<std::uintptr_t>(handle) == 1) {
        give_up("cudaStreamLegacy: the emulator knows the default stream of each thread only");
    }
    if (handle != nullptr && handle != cudaStreamPerThread) {
        return *reinterpret_cast<Stream*>(handle);
    }
    std::unique_ptr<Stream>& own = streams_of_thread()[chosen_device];
    if (own == nullptr) {
        own = std::make_unique<Stream>(chosen_device);
    }
    return *own;
}

void finish_own_streams() {
    for (const auto& [device, stream] : streams_of_thread()) {
        (void)stream->drain(Stream::Why::in_passing);
    }
}

int current_device() { return chosen_device; }
void choose_device(int device) { chosen_device = device; }

cudaError_t lost(int device) {
    const std::lock_guard guard(lost_devices().lock);
    const auto place = lost_devices().errors.find(device);
    return place == lost_devices().errors.end() ? cudaSuccess : place->second;
}
void lose(int device, cudaError_t error) {
    const std::lock_guard guard(lost_devices().lock);
    lost_devices().errors.emplace(device, error);
}
void revive_devices() {
    const std::lock_guard guard(lost_devices().lock);
    lost_devices().errors.clear();
}

cudaError_t fail(cudaError_t error) {
    if (error != cudaSuccess) {
        kept_error = error;
    }
    return error;
}
cudaError_t last_error(bool forget) { return forget ? std::exchange(kept_error, cudaSuccess) : kept_error; }

int& n_handles() {
    static int n = 0;
    return n;
}

}  // namespace emulator
