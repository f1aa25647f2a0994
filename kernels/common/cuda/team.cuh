#pragma once

#include <climits>

#include "kernels/common/cuda/batch.cuh"
#include "kernels/common/cuda/warp.cuh"
#include "kernels/common/team.hpp"

namespace syncache::inline SYNCACHE_ISA {

// One thread block of `lanes` threads; see team.hpp. Make one per kernel, in all threads.
class CudaTeam {
  public:
    static constexpr int n_threads = lanes;
    static constexpr int per_block = 1;

    // Shared memory that the block's collectives need, declared by the kernel: `__shared__ CudaTeam::Scratch scratch;`
    struct Scratch {
        // Each in two rows, used in turn: a fast warp's next collective must not overwrite what a slow one still reads,
        // and the barrier of the one between keeps it from the one after.
        double lane[2][2][lanes];                // [row][of two folds at once]
        double broadcast[2];                     // [row]
        int first[2][2 * lanes / warp_threads];  // [row][warp], one number or two
    };

    __device__ explicit CudaTeam(Scratch& scratch) : scratch_(&scratch), lane_(static_cast<int>(threadIdx.x)) {}

    __device__ int thread() const { return lane_; }
    __device__ bool leader() const { return lane_ == 0; }

    template <class T>
    __device__ void share(T*, int, int) const {}
    __device__ bool in_any_part(bool predicate) const { return predicate; }

    template <class F>
    __device__ void for_each(int n, F f) const {
        for (int i = lane_; i < n; i += lanes) {
            f(i);
        }
        __syncthreads();
    }

    template <class T, class F>
    __device__ T sum(int n, F f) {
        T partial{};
        for (int i = lane_; i < n; i += lanes) {
            partial += static_cast<T>(f(i));
        }
        return fold(partial, [](T a, T b) { return a + b; });
    }

    template <int K, class T, class F>
    __device__ Sums<K, T> sums(int n, F f) {
        Sums<K, T> partial{};
        for (int i = lane_; i < n; i += lanes) {
            add_to(partial, f(i));
        }
        return folded(partial);
    }

    template <class T, class F>
    __device__ SumAndMax<T> sum_and_max(int n, F f) {
        SumAndMax<T> partial{};
        for (int i = lane_; i < n; i += lanes) {
            add_to(partial, f(i));
        }
        return folded(partial);
    }

    template <class Read, class F>
    __device__ void for_each(int n, Read read, F f) const {
        in_batches<lanes>(lane_, n, read, [&](int, int i, const auto& value) { f(i, value); });
        __syncthreads();
    }

    template <class T, class Read, class F>
    __device__ T sum(int n, Read read, F f) {
        T partial{};
        in_batches<lanes>(lane_, n, read,
                          [&](int, int i, const auto& value) { partial += static_cast<T>(f(i, value)); });
        return fold(partial, [](T a, T b) { return a + b; });
    }

    template <int K, class T, class Read, class F>
    __device__ Sums<K, T> sums(int n, Read read, F f) {
        Sums<K, T> partial{};
        in_batches<lanes>(lane_, n, read, [&](int, int i, const auto& value) { add_to(partial, f(i, value)); });
        return folded(partial);
    }

    template <class T, class Read, class F>
    __device__ SumAndMax<T> sum_and_max(int n, Read read, F f) {
        SumAndMax<T> partial{};
        in_batches<lanes>(lane_, n, read, [&](int, int i, const auto& value) { add_to(partial, f(i, value)); });
        return folded(partial);
    }

    template <class F>
    __device__ int first_index(int begin, int end, F f) {
        const int warp = lane_ / warp_threads;
        for (int base = begin; base < end; base += lanes) {
            const int i = base + lane_;
            const unsigned hits = __ballot_sync(whole_warp, i < end && f(i));
            row_ ^= 1;
            if (lane_ % warp_threads == 0) {
                scratch_->first[row_][warp] =
                    hits != 0 ? base + warp * warp_threads + __ffs(static_cast<int>(hits)) - 1 : INT_MAX;
            }
            __syncthreads();
            int first = INT_MAX;
            SYNCACHE_UNROLL
            for (int w = 0; w < lanes / warp_threads; ++w) {
                first = smaller_of(first, scratch_->first[row_][w]);
            }
            if (first != INT_MAX) {
                return first;
            }
        }
        __syncthreads();
        return end;
    }

    template <class F>
    __device__ void tally(int n, unsigned long long* counts, unsigned long long amount, F f) const {
        for (int i = lane_; i < n; i += lanes) {
            atomicAdd(counts + f(i), amount);
        }
        __syncthreads();
    }

    // The smallest of all threads' values; T: int or TwoSmallest. One barrier.
    template <class T>
    __device__ T smallest(T mine) {
        const T of_warp = smallest_in_warp(mine);
        row_ ^= 1;
        T* first = reinterpret_cast<T*>(scratch_->first[row_]);
        if (lane_ % warp_threads == 0) {
            first[lane_ / warp_threads] = of_warp;
        }
        __syncthreads();
        T all = first[0];
        SYNCACHE_UNROLL
        for (int w = 1; w < lanes / warp_threads; ++w) {
            all = smaller_of(all, first[w]);
        }
        return all;
    }

    // The leader's value, in all threads.
    template <class T>
    __device__ T broadcast(T value) {
        row_ ^= 1;
        T* slot = reinterpret_cast<T*>(&scratch_->broadcast[row_]);
        if (leader()) {
            *slot = value;
        }
        __syncthreads();
        return *slot;
    }

  private:
    template <int K, class T>
    __device__ Sums<K, T> folded(Sums<K, T> partial) {
        const auto add = [](T a, T b) { return a + b; };
        SYNCACHE_UNROLL
        for (int j = 0; j + 1 < K; j += 2) {
            fold_both(partial.value[j], add, partial.value[j + 1], add);
        }
        if constexpr (K % 2 != 0) {
            partial.value[K - 1] = fold(partial.value[K - 1], add);
        }
        return partial;
    }
    template <class T>
    __device__ SumAndMax<T> folded(SumAndMax<T> partial) {
        fold_both(partial.sum, [](T a, T b) { return a + b; }, partial.max, [](T a, T b) { return b > a ? b : a; });
        return partial;
    }

    // Folds the lanes in halves, as CpuTeam does: 128 -> 64 -> 32 through shared memory, the rest within a warp. Every
    // warp does the same, so that one barrier is enough.
    template <class T, class Combine>
    __device__ T fold(T value, Combine combine) {
        T* lane = next_lanes<T>();
        lane[lane_] = value;
        __syncthreads();
        return fold_lanes(lane, combine);
    }
    template <class T, class CombineA, class CombineB>
    __device__ void fold_both(T& a, CombineA combine_a, T& b, CombineB combine_b) {
        T *lane_a = next_lanes<T>(), *lane_b = reinterpret_cast<T*>(scratch_->lane[row_][1]);
        lane_a[lane_] = a;
        lane_b[lane_] = b;
        __syncthreads();
        a = fold_lanes(lane_a, combine_a);
        b = fold_lanes(lane_b, combine_b);
    }

    template <class T>
    __device__ T* next_lanes() {
        static_assert(sizeof(T) <= sizeof(double));
        row_ ^= 1;
        return reinterpret_cast<T*>(scratch_->lane[row_][0]);
    }

    template <class T, class Combine>
    __device__ T fold_lanes(const T* lane, Combine combine) const {
        static_assert(lanes == 128);
        const T* mine = lane + lane_ % warp_threads;
        const T folded = fold_in_warp(combine(combine(mine[0], mine[64]), combine(mine[32], mine[96])), combine);
        return static_cast<T>(__shfl_sync(whole_warp, folded, 0));
    }

    Scratch* scratch_;
    int lane_;
    int row_ = 0;
};

}  // namespace syncache::inline SYNCACHE_ISA
