#pragma once

#include <climits>

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
        double lane[lanes];
        double result;
        double broadcast;
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
    __device__ T sum(int n, F f) const {
        T partial{};
        for (int i = lane_; i < n; i += lanes) {
            partial += static_cast<T>(f(i));
        }
        return fold(partial, [](T a, T b) { return a + b; });
    }

    template <int K, class T, class F>
    __device__ Sums<K, T> sums(int n, F f) const {
        Sums<K, T> partial{};
        for (int i = lane_; i < n; i += lanes) {
            const Sums<K, T> term = f(i);
            SYNCACHE_UNROLL
            for (int j = 0; j < K; ++j) {
                partial.value[j] += term.value[j];
            }
        }
        SYNCACHE_UNROLL
        for (int j = 0; j < K; ++j) {
            partial.value[j] = fold(partial.value[j], [](T a, T b) { return a + b; });
        }
        return partial;
    }

    template <class T, class F>
    __device__ SumAndMax<T> sum_and_max(int n, F f) const {
        SumAndMax<T> partial{};
        for (int i = lane_; i < n; i += lanes) {
            const T term = f(i);
            partial.sum += term;
            partial.max = term > partial.max ? term : partial.max;
        }
        return {fold(partial.sum, [](T a, T b) { return a + b; }),
                fold(partial.max, [](T a, T b) { return b > a ? b : a; })};
    }

    template <class F>
    __device__ int first_index(int begin, int end, F f) {
        const int warp = lane_ / warp_threads;
        for (int base = begin; base < end; base += lanes) {
            const int i = base + lane_;
            const unsigned hits = __ballot_sync(whole_warp, i < end && f(i));
            // Two rows in turn: a fast warp's next search must not overwrite what a slow one still reads.
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
        row_ ^= 1;  // two rows in turn, as above
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
    __device__ T broadcast(T value) const {
        T* slot = reinterpret_cast<T*>(&scratch_->broadcast);
        if (leader()) {
            *slot = value;
        }
        __syncthreads();
        const T result = *slot;
        __syncthreads();
        return result;
    }

  private:
    // Folds the lanes in halves, as CpuTeam does: 128 -> 64 -> 32 through shared memory, the rest within one warp.
    template <class T, class Combine>
    __device__ T fold(T value, Combine combine) const {
        static_assert(lanes == 128 && sizeof(T) <= sizeof(double));
        T* lane = reinterpret_cast<T*>(scratch_->lane);
        T* result = reinterpret_cast<T*>(&scratch_->result);
        lane[lane_] = value;
        __syncthreads();
        if (lane_ < warp_threads) {
            value = fold_in_warp(
                combine(combine(lane[lane_], lane[lane_ + 64]), combine(lane[lane_ + 32], lane[lane_ + 96])), combine);
            if (lane_ == 0) {
                *result = value;
            }
        }
        __syncthreads();
        return *result;  // the next fold writes it behind a barrier of its own
    }

    Scratch* scratch_;
    int lane_;
    int row_ = 0;
};

}  // namespace syncache::inline SYNCACHE_ISA
