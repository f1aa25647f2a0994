#pragma once

#include "kernels/mlp/train.hpp"

// Test images on the CPU: in blocks, tile by tile, so that a tile's weights stay in the cache while a block passes
// through.
namespace syncache::inline SYNCACHE_ISA {

inline constexpr int evaluation_block = 64;

// Room that `n_correct` needs: whole weights of all layers, and two activities of a block.
template <class Number>
std::size_t evaluation_numbers(const MlpTask<Number>& task) {
    std::size_t n_weights = 0;
    std::int32_t widest = 0;
    for (int k = 0; k < task.n_layers; ++k) {
        n_weights += static_cast<std::size_t>(task.layers[k].n_synapses);
        widest = task.layers[k].stride > widest ? task.layers[k].stride : widest;
    }
    return n_weights + 2 * static_cast<std::size_t>(evaluation_block * widest);
}

// Activities of one layer for `n` images; inputs(m) are those of image m. out: [image][stride].
template <bool dense, class Number, class Inputs>
void evaluate_layer(const MlpLayer<Number>& layer, const Number* weights, int n, Inputs inputs, Number* out) {
    for (int tile = 0; tile < layer.n_tiles; ++tile) {
        for (int m = 0; m < n; ++m) {
            const Pack<Number> field =
                weighted_sum<dense>(weights + tile * layer.tile_stride, layer.input_stride, inputs(m));
            store(out + m * layer.stride + tile * pack_width, field);
        }
    }
    CpuTeam().for_each(n * layer.stride, [=](int i) { out[i] = logistic(out[i]); });
}

// How many images have their label's output as the largest; the first of equal ones counts. room: evaluation_numbers.
template <class Number>
std::int64_t n_correct(const MlpTask<Number>& task, const ImageView<Number>& images, Number* room) {
    CpuTeam team;
    Number* weights[max_mlp_layers];
    for (int k = 0; k < task.n_layers; ++k) {
        weights[k] = room;
        whole_weights(team, task, task.layers[k], weights[k]);
        room += task.layers[k].n_synapses;
    }
    std::int32_t widest = 0;
    for (int k = 0; k < task.n_layers; ++k) {
        widest = task.layers[k].stride > widest ? task.layers[k].stride : widest;
    }
    Number* activity[2] = {room, room + evaluation_block * widest};
    std::int64_t correct = 0;
    for (std::int64_t first = 0; first < images.n_images; first += evaluation_block) {
        const int n =
            static_cast<int>(images.n_images - first < evaluation_block ? images.n_images - first : evaluation_block);
        evaluate_layer<false>(
            task.layers[0], weights[0], n, [&](int m) { return image_inputs(images, first + m); }, activity[0]);
        for (int k = 1; k < task.n_layers; ++k) {
            const MlpLayer<Number>& below = task.layers[k - 1];
            const Number* in = activity[(k - 1) % 2];
            evaluate_layer<true>(
                task.layers[k], weights[k], n,
                [&](int m) {
                    return ActiveInputs<Number>{nullptr, in + m * below.stride, below.units};
                },
                activity[k % 2]);
        }
        const MlpLayer<Number>& last = task.layers[task.n_layers - 1];
        for (int m = 0; m < n; ++m) {
            const Number* y = activity[(task.n_layers - 1) % 2] + m * last.stride;
            int best = 0;
            for (int k = 1; k < last.units; ++k) {
                best = y[k] > y[best] ? k : best;
            }
            correct += best == images.labels[first + m] ? 1 : 0;
        }
    }
    return correct;
}

}  // namespace syncache::inline SYNCACHE_ISA
