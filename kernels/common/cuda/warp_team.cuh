#pragma once

#include "kernels/common/cuda/warp.cuh"
#include "kernels/common/team.hpp"

namespace syncache::inline SYNCACHE_ISA {

// One warp; see team.hpp. Several such teams share a thread block and never wait for each other. Each thread stands in
// for four of the virtual lanes, so that sums have the order of a whole block's.
class WarpTeam {
  public:
    static constexpr int n_threads = warp_threads;
    static constexpr int per_block = lanes / warp_threads;
    struct Scratch {};

    __device__ explicit WarpTeam(Scratch&) : thread_(static_cast<int>(threadIdx.x) % n_threads) {}

    __device__ int thread() const { return thread_; }
    __device__ bool leader() const { return thread_ == 0; }

    template <class F>
    __device__ void for_each(int n, F f) const {
        for (int i = thread_; i < n; i += n_threads) {
            f(i);
        }
        __syncwarp();
    }

    template <class T, class F>
    __device__ T sum(int n, F f) const {
        T lane[lanes_each] = {};
        each_lane(n, [&](int v, int i) { lane[v] += static_cast<T>(f(i)); });
        return fold(lane, [](T a, T b) { return a + b; });
    }

    template <int K, class T, class F>
    __device__ Sums<K, T> sums(int n, F f) const {
        T lane[K][lanes_each] = {};
        each_lane(n, [&](int v, int i) {
            const Sums<K, T> term = f(i);
            SYNCACHE_UNROLL
            for (int j = 0; j < K; ++j) {
                lane[j][v] += term.value[j];
            }
        });
        Sums<K, T> result;
        SYNCACHE_UNROLL
        for (int j = 0; j < K; ++j) {
            result.value[j] = fold(lane[j], [](T a, T b) { return a + b; });
        }
        return result;
    }

    template <class T, class F>
    __device__ SumAndMax<T> sum_and_max(int n, F f) const {
        T lane[lanes_each] = {}, largest[lanes_each] = {};
        each_lane(n, [&](int v, int i) {
            const T term = f(i);
            lane[v] += term;
            largest[v] = term > largest[v] ? term : largest[v];
        });
        return {fold(lane, [](T a, T b) { return a + b; }), fold(largest, [](T a, T b) { return b > a ? b : a; })};
    }

    template <class F>
    __device__ int first_index(int begin, int end, F f) const {
        int first = end;
        for (int base = begin; base < end && first == end; base += n_threads) {
            const int i = base + thread_;
            const unsigned hits = __ballot_sync(whole_warp, i < end && f(i));
            first = hits != 0 ? base + __ffs(static_cast<int>(hits)) - 1 : end;
        }
        __syncwarp();
        return first;
    }

    template <class F>
    __device__ void tally(int n, unsigned long long* counts, unsigned long long amount, F f) const {
        for (int i = thread_; i < n; i += n_threads) {
            atomicAdd(counts + f(i), amount);
        }
        __syncwarp();
    }

    // The smallest of all threads' values; T: int or TwoSmallest.
    template <class T>
    __device__ T smallest(T mine) const {
        const T result = smallest_in_warp(mine);
        __syncwarp();
        return result;
    }

    template <class T>
    __device__ T broadcast(T value) const {
        const T result = static_cast<T>(__shfl_sync(whole_warp, value, 0));
        __syncwarp();
        return result;
    }

  private:
    static constexpr int lanes_each = lanes / n_threads;

    // f(v, i) for the indices of lane thread_ + v * n_threads, ascending in i.
    template <class F>
    __device__ void each_lane(int n, F f) const {
        for (int base = thread_; base < n; base += lanes) {
            SYNCACHE_UNROLL
            for (int v = 0; v < lanes_each; ++v) {
                const int i = base + v * n_threads;
                if (i < n) {
                    f(v, i);
                }
            }
        }
    }

    // Folds the lanes in halves, as CpuTeam does: 128 -> 64 -> 32 within each thread, the rest between them.
    template <class T, class Combine>
    __device__ T fold(const T (&lane)[lanes_each], Combine combine) const {
        static_assert(lanes_each == 4);
        const T folded = fold_in_warp(combine(combine(lane[0], lane[2]), combine(lane[1], lane[3])), combine);
        return broadcast(folded);
    }

    int thread_;
};

}  // namespace syncache::inline SYNCACHE_ISA
