#pragma once

#include "kernels/mlp/mlp_cpu.hpp"

namespace syncache::test {

// The GPU's executor with a cluster of so many blocks for each network, on emulated threads (emulated_block.hpp);
// trainings only, the rest is what `others` has. n_parts: 2 or 3.
MlpCpuKernels emulated_mlp_cluster(int n_parts, const MlpCpuKernels& others);

}  // namespace syncache::test
