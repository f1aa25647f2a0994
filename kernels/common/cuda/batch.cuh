#pragma once

#include "kernels/common/team.hpp"

namespace syncache::inline SYNCACHE_ISA {

// Adds a term to a lane's partial sums.
template <int K, class T>
__device__ inline void add_to(Sums<K, T>& partial, const Sums<K, T>& term) {
    SYNCACHE_UNROLL
    for (int j = 0; j < K; ++j) {
        partial.value[j] += term.value[j];
    }
}
template <class T>
__device__ inline void add_to(SumAndMax<T>& partial, T term) {
    partial.sum += term;
    partial.max = term > partial.max ? term : partial.max;
}

// How many elements of this kind a thread reads before it uses the first: as many loads, or several times as many, are
// on their way at once. At most 32 registers.
template <class Value>
inline constexpr int batch_size = sizeof(Value) <= 16 ? 8 : 4;

// use(k, i, read(i)) for i = first, first + stride, ... below n, ascending; k: which of its batch i is. All of a batch
// is read before any of it is used.
template <int stride, class Read, class Use>
__device__ void in_batches(int first, int n, Read read, Use use) {
    using Value = decltype(read(0));
    constexpr int size = batch_size<Value>;
    int base = first;
    for (; base + (size - 1) * stride < n; base += size * stride) {
        Value value[size];
        SYNCACHE_UNROLL
        for (int k = 0; k < size; ++k) {
            value[k] = read(base + k * stride);
        }
        SYNCACHE_UNROLL
        for (int k = 0; k < size; ++k) {
            use(k, base + k * stride, value[k]);
        }
    }
    Value value[size] = {};  // set, although only those that are read are used: else it takes registers for good
    SYNCACHE_UNROLL
    for (int k = 0; k < size - 1; ++k) {
        if (base + k * stride < n) {
            value[k] = read(base + k * stride);
        }
    }
    SYNCACHE_UNROLL
    for (int k = 0; k < size - 1; ++k) {
        if (base + k * stride < n) {
            use(k, base + k * stride, value[k]);
        }
    }
}

}  // namespace syncache::inline SYNCACHE_ISA
