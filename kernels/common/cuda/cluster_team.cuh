#pragma once

#include "kernels/common/cuda/cluster.cuh"
#include "kernels/common/cuda/team.cuh"

namespace syncache::inline SYNCACHE_ISA {

// One block of a cluster, the team of one part of a network; see team.hpp. Collectives are the block's own, but for
// those below, which all blocks of the cluster call together. Each of them begins with a barrier, so that no block
// writes what another has not done with, and ends with one, so that no block ends while another writes to its shared
// memory.
class ClusterTeam : public CudaTeam {
  public:
    struct Scratch {
        CudaTeam::Scratch of_block;
        double from_first;
        bool predicates[most_cluster_blocks];
    };

    __device__ explicit ClusterTeam(Scratch& scratch) : CudaTeam(scratch.of_block), scratch_(&scratch) {}

    __device__ int part() const { return cluster_rank(); }
    __device__ int n_parts() const { return cluster_blocks(); }

    // values: in shared memory.
    template <class T>
    __device__ void share(T* values, int first, int n) const {
        cluster_sync();
        for (int rank = 0; rank < n_parts(); ++rank) {
            T* there = cluster_map(values, rank);
            for (int i = first + thread(); i < first + n && rank != part(); i += n_threads) {
                there[i] = values[i];
            }
        }
        cluster_sync();
    }

    __device__ bool in_any_part(bool predicate) const {
        cluster_sync();
        for (int rank = 0; rank < n_parts() && leader(); ++rank) {
            cluster_map(scratch_->predicates, rank)[part()] = predicate;
        }
        cluster_sync();
        bool any = false;
        for (int rank = 0; rank < n_parts(); ++rank) {
            any = any || scratch_->predicates[rank];
        }
        return any;
    }

    // The value of the first block's leader, in all threads of all blocks.
    template <class T>
    __device__ T broadcast(T value) const {
        static_assert(sizeof(T) <= sizeof(double));
        cluster_sync();
        for (int rank = 0; rank < n_parts() && leader() && part() == 0; ++rank) {
            memcpy(cluster_map(&scratch_->from_first, rank), &value, sizeof(T));
        }
        cluster_sync();
        T received;
        memcpy(&received, &scratch_->from_first, sizeof(T));
        return received;
    }

  private:
    Scratch* scratch_;
};

}  // namespace syncache::inline SYNCACHE_ISA
