#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/mlp/task.hpp"

// The MLP's CPU executor: one thread trains one network. Compiled once for each instruction set.
namespace syncache {

template <class Number>
struct MlpCpuKernelsOf {
    // The next n presentations of the task.
    void (*train)(MlpTask<Number>& task, std::int64_t n);

    // The sums of each layer as if all of s were consolidated now. sums: [layer], priced: [layer][price].
    void (*summarise)(const MlpTask<Number>& task, LayerSums* sums, LayerPriced* priced);

    // How many images are classified right; room: evaluation_numbers numbers.
    std::int64_t (*n_correct)(const MlpTask<Number>& task, const ImageView<Number>& images, Number* room);
    std::size_t (*evaluation_numbers)(const MlpTask<Number>& task);

    // The weights of one layer as they stand: [synapse].
    void (*whole_weights)(const MlpTask<Number>& task, int layer, Number* weights);

    // Activities and deltas for one image, without learning.
    void (*propagate)(const MlpTask<Number>& task, std::int64_t image);

    // y[i] = logistic(x[i])
    void (*logistic)(const Number* x, Number* y, int n);
};

struct MlpCpuKernels {
    int pack_width;  // of the tiled layout, see MlpLayer
    MlpCpuKernelsOf<float> in_single;
    MlpCpuKernelsOf<double> in_double;
    std::int64_t (*permuted)(std::uint64_t seed, std::uint64_t epoch, std::int64_t i, std::int64_t n);
};

// The kernels of the chosen instruction set (isa.hpp).
const MlpCpuKernels& mlp_cpu_kernels();

// Those of one number type.
template <class Number>
const MlpCpuKernelsOf<Number>& mlp_kernels_of(const MlpCpuKernels& kernels);
template <>
inline const MlpCpuKernelsOf<float>& mlp_kernels_of<float>(const MlpCpuKernels& kernels) {
    return kernels.in_single;
}
template <>
inline const MlpCpuKernelsOf<double>& mlp_kernels_of<double>(const MlpCpuKernels& kernels) {
    return kernels.in_double;
}

}  // namespace syncache
