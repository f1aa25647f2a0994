#pragma once

#ifdef __CUDACC__
#include <cooperative_groups.h>
#endif

#include "kernels/common/target.hpp"

// Clusters of thread blocks that reach each other's shared memory: of Hopper and later GPUs. On older ones this
// compiles but must not run; the executors refuse it.
namespace syncache::inline SYNCACHE_ISA {

inline constexpr int most_cluster_blocks = 8;  // that every GPU with clusters has

#ifdef __CUDACC__
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
__device__ inline int cluster_rank() { return static_cast<int>(cooperative_groups::this_cluster().block_rank()); }
__device__ inline int cluster_blocks() { return static_cast<int>(cooperative_groups::this_cluster().num_blocks()); }

// A barrier of all threads of the cluster. What was written before, to any memory, is seen after.
__device__ inline void cluster_sync() { cooperative_groups::this_cluster().sync(); }

// Where block `rank` has what this block has at `mine`, in shared memory.
template <class T>
__device__ T* cluster_map(T* mine, int rank) {
    return cooperative_groups::this_cluster().map_shared_rank(mine, static_cast<unsigned>(rank));
}
#else
__device__ inline int cluster_rank() { return 0; }
__device__ inline int cluster_blocks() { return 1; }
__device__ inline void cluster_sync() { __trap(); }
template <class T>
__device__ T* cluster_map(T* mine, int) {
    return mine;
}
#endif
#endif

}  // namespace syncache::inline SYNCACHE_ISA
