#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/common/cuda/shared_memory.cuh"
#include "kernels/mlp/evaluate.hpp"

// What the kernels that train MLPs share: a launch trains a round of presentations of many networks.
namespace syncache {

template <class Number>
struct MlpRound {
    MlpTask<Number>* tasks;  // [slot]
    const int* active;       // slots of the networks of this launch
    const std::int64_t* n;   // [slot]: presentations
    std::size_t chip_bytes;  // of each block's shared memory for weights
    double* by_synapse;      // [slot][weight_stride]: room for parts' energies by synapse, or null
    LayerSums* sums;         // [slot][max_mlp_layers]
    LayerPriced* priced;     // [slot][max_mlp_layers][n_prices]
    Number* weights;         // [slot][weight_stride]
    std::size_t weight_stride;
};

static_assert(may_be_shared<MlpTask<float>> && may_be_shared<MlpTask<double>>);

// A network's sums and whole weights at the end of its round.
template <class Team, class Number>
__device__ void close_round(Team& team, const MlpTask<Number>& task, const MlpRound<Number>& round, int slot) {
    for (int k = 0; k < task.n_layers; ++k) {
        const std::size_t row = static_cast<std::size_t>(slot) * max_mlp_layers + static_cast<std::size_t>(k);
        summarise(team, task, task.layers[k], round.sums + row,
                  round.priced + row * static_cast<std::size_t>(task.n_prices));
    }
    all_whole_weights(team, task, round.weights + static_cast<std::size_t>(slot) * round.weight_stride);
}

// The kernel in which a cluster of blocks trains each network: block b the part b % size of network b / size.
template <class Number>
auto cluster_kernel() -> void (*)(MlpRound<Number>);

}  // namespace syncache
