#pragma once

#include "kernels/perceptron/cuda_variant.hpp"
#include "kernels/perceptron/perceptron_cpu.hpp"

namespace syncache::test {

// What a variant of the GPU's executor does, on emulated threads (emulated_block.hpp); trainings only.
PerceptronCpuKernels emulated_perceptrons(PerceptronCudaVariant variant);

}  // namespace syncache::test
