#include "kernels/mlp/mlp_cpu.hpp"

#include <cstddef>
#include <cstdint>

#include "kernels/mlp/evaluate.hpp"

namespace syncache {
inline namespace SYNCACHE_ISA {
namespace {

template <class Number>
void train_one(MlpTask<Number>& task, std::int64_t n) {
    CpuTeam team;
    if (task.general != 0) {
        train<true>(team, task, n);
    } else {
        train<false>(team, task, n);
    }
}

template <class Number>
void summarise_all(const MlpTask<Number>& task, LayerSums* sums, LayerPriced* priced) {
    CpuTeam team;
    for (int k = 0; k < task.n_layers; ++k) {
        summarise(team, task, task.layers[k], sums + k, priced + k * task.n_prices);
    }
}

template <class Number>
std::size_t evaluation_numbers(const MlpTask<Number>& task) {
    return weight_numbers(task) + 2 * activity_numbers(task);
}

template <class Number>
std::int64_t n_correct(const MlpTask<Number>& task, const ImageView<Number>& images, Number* room) {
    CpuTeam team;
    all_whole_weights(team, task, room);
    std::int64_t correct = 0;
    for (std::int64_t first = 0; first < images.n_images; first += evaluation_block) {
        const std::int64_t left = images.n_images - first;
        const int n = left < evaluation_block ? static_cast<int>(left) : evaluation_block;
        correct += n_correct_in_block(team, task, room, images, first, n, room + weight_numbers(task));
    }
    return correct;
}

template <class Number>
void weights_of(const MlpTask<Number>& task, int layer, Number* weights) {
    CpuTeam team;
    whole_weights(team, task, task.layers[layer], weights);
}

template <class Number>
void propagate_one(const MlpTask<Number>& task, std::int64_t image) {
    CpuTeam team;
    forward<true>(team, task, image_inputs(task.images, image), task.scale);
    backward<true>(team, task, task.images.labels[image], task.scale);
}

template <class Number>
void logistic_all(const Number* x, Number* y, int n) {
    CpuTeam().for_each(n, [=](int i) { y[i] = logistic(x[i]); });
}

template <class Number>
constexpr MlpCpuKernelsOf<Number> kernels_of{train_one<Number>,          summarise_all<Number>, n_correct<Number>,
                                             evaluation_numbers<Number>, weights_of<Number>,    propagate_one<Number>,
                                             logistic_all<Number>};

}  // namespace

extern const MlpCpuKernels mlp_kernels;
const MlpCpuKernels mlp_kernels{pack_width, kernels_of<float>, kernels_of<double>, permuted};

}  // namespace SYNCACHE_ISA
}  // namespace syncache
