#pragma once

#include "kernels/common/cuda/batch.cuh"
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
        Sums<K, T> lane[lanes_each] = {};
        each_lane(n, [&](int v, int i) { add_to(lane[v], f(i)); });
        return folded(lane);
    }

    template <class T, class F>
    __device__ SumAndMax<T> sum_and_max(int n, F f) const {
        SumAndMax<T> lane[lanes_each] = {};
        each_lane(n, [&](int v, int i) { add_to(lane[v], f(i)); });
        return folded(lane);
    }

    template <class Read, class F>
    __device__ void for_each(int n, Read read, F f) const {
        in_batches<n_threads>(thread_, n, read, [&](int, int i, const auto& value) { f(i, value); });
        __syncwarp();
    }

    template <class T, class Read, class F>
    __device__ T sum(int n, Read read, F f) const {
        T lane[lanes_each] = {};
        in_batches<n_threads>(thread_, n, read, [&](int k, int i, const auto& value) {
            lane[k % lanes_each] += static_cast<T>(f(i, value));
        });
        return fold(lane, [](T a, T b) { return a + b; });
    }

    template <int K, class T, class Read, class F>
    __device__ Sums<K, T> sums(int n, Read read, F f) const {
        Sums<K, T> lane[lanes_each] = {};
        add_batches(lane, n, read, f);
        return folded(lane);
    }

    template <class T, class Read, class F>
    __device__ SumAndMax<T> sum_and_max(int n, Read read, F f) const {
        SumAndMax<T> lane[lanes_each] = {};
        add_batches(lane, n, read, f);
        return folded(lane);
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
    static_assert(lanes_each == 4);  // which divides batches, so the k-th of a batch belongs to lane k % lanes_each

    template <class Lane, class Read, class F>
    __device__ void add_batches(Lane (&lane)[lanes_each], int n, Read read, F f) const {
        in_batches<n_threads>(thread_, n, read,
                              [&](int k, int i, const auto& value) { add_to(lane[k % lanes_each], f(i, value)); });
    }

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

    template <int K, class T>
    __device__ Sums<K, T> folded(const Sums<K, T> (&lane)[lanes_each]) const {
        Sums<K, T> result;
        SYNCACHE_UNROLL
        for (int j = 0; j < K; ++j) {
            const T values[lanes_each] = {lane[0].value[j], lane[1].value[j], lane[2].value[j], lane[3].value[j]};
            result.value[j] = fold(values, [](T a, T b) { return a + b; });
        }
        return result;
    }
    template <class T>
    __device__ SumAndMax<T> folded(const SumAndMax<T> (&lane)[lanes_each]) const {
        const T sums[lanes_each] = {lane[0].sum, lane[1].sum, lane[2].sum, lane[3].sum};
        const T largest[lanes_each] = {lane[0].max, lane[1].max, lane[2].max, lane[3].max};
        return {fold(sums, [](T a, T b) { return a + b; }), fold(largest, [](T a, T b) { return b > a ? b : a; })};
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
