#include "kernels/common/cuda/cluster_team.cuh"
#include "kernels/common/cuda/shared_memory.cuh"
#include "kernels/common/guard.hpp"
#include "kernels/mlp/mlp_kernel.cuh"
#include "kernels/mlp/part.hpp"

namespace syncache {
namespace {

// The part's task, laid out in the block's shared memory.
template <class Number>
__device__ void make_part(MlpTask<Number>& part, std::byte* chip, const MlpRound<Number>& round, int slot,
                          const ClusterTeam& team) {
    const MlpTask<Number>& whole = round.tasks[slot];
    part = whole;
    begin_layout(chip, round.chip_bytes);
    lay_out_part(part, chip, whole, team.part(), team.n_parts());
    if (round.by_synapse != nullptr && whole.layers[0].account.by_synapse != nullptr) {
        const MlpLayer<Number>& first = part.layers[0];
        part.layers[0].account.by_synapse = round.by_synapse + static_cast<std::size_t>(slot) * round.weight_stride +
                                            static_cast<std::size_t>(first.first_unit) * first.inputs;
    }
}

// A multiprocessor's shared memory holds one block.
template <class Number>
__global__ void __launch_bounds__(lanes, 1) train_cluster_kernel(MlpRound<Number> round) {
    __shared__ ClusterTeam::Scratch scratch;
    __shared__ MlpTask<Number> part;
    ClusterTeam team(scratch);
    const int slot = round.active[static_cast<int>(blockIdx.x) / team.n_parts()];
    const MlpTask<Number>& whole = round.tasks[slot];
    if (team.leader()) {
        make_part(part, dynamic_shared(), round, slot, team);
    }
    __syncthreads();
    take_part(team, part, whole);
    train<false>(team, part, round.n[slot]);
    give_part_back(team, part, whole, team.part());
    cluster_sync();  // all parts are back
    if (team.part() != 0) {
        return;
    }
    if (team.leader()) {
        give_progress_back(part, round.tasks[slot]);
    }
    __syncthreads();
    close_round(team, whole, round, slot);
}

}  // namespace

template <class Number>
auto cluster_kernel() -> void (*)(MlpRound<Number>) {
    return train_cluster_kernel<Number>;
}

template auto cluster_kernel<float>() -> void (*)(MlpRound<float>);
template auto cluster_kernel<double>() -> void (*)(MlpRound<double>);

}  // namespace syncache
