#pragma once

#include "kernels/common/target.hpp"

// What the threads of a warp do together: all of them, always, so that every operation's mask is the
// whole warp.
namespace syncache::inline SYNCACHE_ISA {

inline constexpr int warp_threads = 32;
inline constexpr unsigned whole_warp = 0xffffffffu;

// Folds 32 lanes in halves; the first thread gets the result.
template <class T, class Combine>
__device__ inline T fold_in_warp(T value, Combine combine) {
    for (int width = warp_threads / 2; width > 0; width /= 2) {
        value = combine(value, __shfl_down_sync(whole_warp, value, width));
    }
    return value;
}

// The smallest and the second smallest of some numbers. No number but `none`, one above all others, comes twice.
struct TwoSmallest {
    int first, second;
};

SYNCACHE_HD int smaller_of(int a, int b) { return b < a ? b : a; }
SYNCACHE_HD TwoSmallest smaller_of(TwoSmallest a, TwoSmallest b) {
    return b.first < a.first ? TwoSmallest{b.first, smaller_of(a.first, b.second)}
                             : TwoSmallest{a.first, smaller_of(a.second, b.first)};
}

__device__ inline int smallest_in_warp(int mine) { return __reduce_min_sync(whole_warp, mine); }
__device__ inline TwoSmallest smallest_in_warp(TwoSmallest mine) {
    const int first = smallest_in_warp(mine.first);
    return {first, smallest_in_warp(mine.first == first ? mine.second : mine.first)};
}

}  // namespace syncache::inline SYNCACHE_ISA
