// What the device can do at most, timed by CUDA events, the median of 20 launches after a warm-up. Fractions that the
// engine's kernels achieve are of these, not of the vendor's figures.
//   copy      device memory, bytes read plus bytes written
//   l2        reading 16 MiB over and over
//   shared    reading shared memory, 16 bytes a thread
//   fma       single precision, a fused multiply-add counts as two operations
//   int32     32-bit multiply-add, counted as two operations
#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

#include "kernels/common/cuda/device_buffer.cuh"

namespace syncache {
namespace {

constexpr int repeats = 20;
constexpr int threads = 256;

struct Event {
    cudaEvent_t event = nullptr;
    Event() { SYNCACHE_CHECK(cudaEventCreate(&event)); }
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;
    ~Event() { cudaEventDestroy(event); }
};

// Times work() and reports `amount` a second as `unit`.
template <class Work>
void measure(benchmark::State& state, double amount, const char* unit, Work work) {
    const Event begin, end;
    std::vector<float> milliseconds;
    work();
    for (int i = 0; i < repeats; ++i) {
        SYNCACHE_CHECK(cudaEventRecord(begin.event));
        work();
        SYNCACHE_CHECK(cudaEventRecord(end.event));
        SYNCACHE_CHECK(cudaEventSynchronize(end.event));
        float elapsed = 0.0f;
        SYNCACHE_CHECK(cudaEventElapsedTime(&elapsed, begin.event, end.event));
        milliseconds.push_back(elapsed);
    }
    std::sort(milliseconds.begin(), milliseconds.end());
    const double median = 0.5e-3 * (milliseconds[repeats / 2 - 1] + milliseconds[repeats / 2]);
    state.SetIterationTime(median);
    state.counters[unit] = amount / median;
    state.counters["seconds"] = median;
    state.counters["seconds_low"] = 1e-3 * milliseconds.front();
    state.counters["seconds_high"] = 1e-3 * milliseconds.back();
    state.counters["repeats"] = repeats;
}

int blocks_of_a_full_device() {
    int device = 0, multiprocessors = 0;
    SYNCACHE_CHECK(cudaGetDevice(&device));
    SYNCACHE_CHECK(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device));
    return 8 * multiprocessors;  // of 256 threads: all that a multiprocessor holds
}

void copy(benchmark::State& state) {
    constexpr std::size_t bytes = std::size_t{2} << 30;
    const DeviceBuffer<std::byte> from(bytes), to(bytes);
    SYNCACHE_CHECK(cudaMemset(from.data(), 0x5a, bytes));
    measure(state, 2.0 * bytes, "bytes_per_second",
            [&] { SYNCACHE_CHECK(cudaMemcpyAsync(to.data(), from.data(), bytes, cudaMemcpyDeviceToDevice, nullptr)); });
}

__global__ void __launch_bounds__(threads) l2_kernel(const uint4* data, int n, int rounds, unsigned* out) {
    unsigned found = 0;
    for (int round = 0; round < rounds; ++round) {
        for (int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x); i < n;
             i += static_cast<int>(gridDim.x * blockDim.x)) {
            const uint4 value = __ldcg(data + ((i + round * 4096) & (n - 1)));
            found ^= value.x ^ value.y ^ value.z ^ value.w;
        }
    }
    out[blockIdx.x * blockDim.x + threadIdx.x] = found;
}

void l2(benchmark::State& state) {
    constexpr int n = (16 << 20) / sizeof(uint4), rounds = 64;  // n: a power of two
    const int blocks = blocks_of_a_full_device();
    const DeviceBuffer<uint4> data(n);
    SYNCACHE_CHECK(cudaMemset(data.data(), 0x5a, n * sizeof(uint4)));
    const DeviceBuffer<unsigned> out(static_cast<std::size_t>(blocks) * threads);
    measure(state, static_cast<double>(n) * sizeof(uint4) * rounds, "bytes_per_second", [&] {
        launch(l2_kernel, dim3(static_cast<unsigned>(blocks)), dim3(threads), 0, nullptr,
               static_cast<const uint4*>(data.data()), n, rounds, out.data());
    });
}

__global__ void __launch_bounds__(threads) shared_kernel(int rounds, unsigned* out) {
    __shared__ uint4 data[4 * threads];
    for (int k = 0; k < 4; ++k) {
        data[k * threads + threadIdx.x] = make_uint4(threadIdx.x, k, 1, 2);
    }
    __syncthreads();
    unsigned found = 0;
    const auto mine = static_cast<unsigned>(__cvta_generic_to_shared(data + threadIdx.x));
    for (int round = 0; round < rounds; ++round) {
#pragma unroll
        for (int k = 0; k < 4; ++k) {
            unsigned x, y, z, w;
            asm volatile("ld.volatile.shared.v4.u32 {%0, %1, %2, %3}, [%4];"
                         : "=r"(x), "=r"(y), "=r"(z), "=r"(w)
                         : "r"(mine + static_cast<unsigned>(k * threads * sizeof(uint4))));
            found ^= x ^ y ^ z ^ w;
        }
    }
    out[blockIdx.x * blockDim.x + threadIdx.x] = found;
}

void shared(benchmark::State& state) {
    constexpr int rounds = 4096;
    const int blocks = blocks_of_a_full_device();
    const DeviceBuffer<unsigned> out(static_cast<std::size_t>(blocks) * threads);
    measure(state, static_cast<double>(blocks) * threads * rounds * 4 * sizeof(uint4), "bytes_per_second", [&] {
        launch(shared_kernel, dim3(static_cast<unsigned>(blocks)), dim3(threads), 0, nullptr, rounds, out.data());
    });
}

__device__ float multiply_add(float a, float b, float c) { return fmaf(a, b, c); }
__device__ unsigned multiply_add(unsigned a, unsigned b, unsigned c) { return a * b + c; }

// Eight independent chains a thread, so that latency is hidden.
template <class T>
__global__ void __launch_bounds__(threads) arithmetic_kernel(T factor, T term, int rounds, T* out) {
    T value[8];
    for (int k = 0; k < 8; ++k) {
        value[k] = static_cast<T>(threadIdx.x + k);
    }
    for (int round = 0; round < rounds; ++round) {
#pragma unroll
        for (int k = 0; k < 8; ++k) {
            value[k] = multiply_add(value[k], factor, term);
        }
    }
    T sum = 0;
    for (int k = 0; k < 8; ++k) {
        sum += value[k];
    }
    out[blockIdx.x * blockDim.x + threadIdx.x] = sum;
}

template <class T>
void arithmetic(benchmark::State& state) {
    constexpr int rounds = 1 << 14;
    const int blocks = blocks_of_a_full_device();
    const DeviceBuffer<T> out(static_cast<std::size_t>(blocks) * threads);
    measure(state, static_cast<double>(blocks) * threads * rounds * 8 * 2, "operations_per_second", [&] {
        launch(arithmetic_kernel<T>, dim3(static_cast<unsigned>(blocks)), dim3(threads), 0, nullptr,
               static_cast<T>(0.999), static_cast<T>(3), rounds, out.data());
    });
}

void add(const char* name, void (*ceiling)(benchmark::State&)) {
    benchmark::RegisterBenchmark(name,
                                 [ceiling](benchmark::State& state) {
                                     for (auto _ : state) {
                                         try {
                                             ceiling(state);
                                         } catch (const std::exception& error) {
                                             state.SkipWithError(error.what());
                                             return;
                                         }
                                     }
                                 })
        ->UseManualTime()
        ->Iterations(1)
        ->Unit(benchmark::kMillisecond);
}

}  // namespace
}  // namespace syncache

int main(int argc, char** argv) {
    syncache::add("copy", syncache::copy);
    syncache::add("l2", syncache::l2);
    syncache::add("shared", syncache::shared);
    syncache::add("fma", syncache::arithmetic<float>);
    syncache::add("int32", syncache::arithmetic<unsigned>);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return 1;
    }
    benchmark::RunSpecifiedBenchmarks();
}
