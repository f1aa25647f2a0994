#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/mlp/train.hpp"

// Test images, in blocks: on the CPU a tile's weights stay in the cache while a block of images passes through it, and
// on the GPU a block has work for every thread. Sums have the order of training's forward pass, so accuracies do not
// depend on who counts.
namespace syncache::inline SYNCACHE_ISA {

inline constexpr int evaluation_block = 64;

// Numbers of a task's whole weights, all layers one after the other.
template <class Number>
SYNCACHE_HD std::size_t weight_numbers(const MlpTask<Number>& task) {
    std::size_t n = 0;
    for (int k = 0; k < task.n_layers; ++k) {
        n += static_cast<std::size_t>(task.layers[k].n_synapses);
    }
    return n;
}

// Numbers of one activity of a block of images.
template <class Number>
SYNCACHE_HD std::size_t activity_numbers(const MlpTask<Number>& task) {
    std::int32_t widest = 0;
    for (int k = 0; k < task.n_layers; ++k) {
        widest = task.layers[k].stride > widest ? task.layers[k].stride : widest;
    }
    return static_cast<std::size_t>(evaluation_block) * static_cast<std::size_t>(widest);
}

// Sums of one layer where a thread has single units: four of them at once, which share the reading of the inputs.
// Neighbouring threads have neighbouring units. put(unit, sum, to): stores it.
template <bool dense, class Team, class Number, class Inputs, class Put>
SYNCACHE_TEAM_CODE void evaluate_units(Team& team, const MlpLayer<Number>& layer, const Number* weights, int n,
                                       Inputs inputs, Number* out, Put put) {
    constexpr int together = 4, at_once = 4;
    const int units = layer.units, stride = layer.stride, n_groups = (units + together - 1) / together;
    team.for_each(n_groups * n, [=, &layer](int i) {
        const int first = i % n_groups, m = i / n_groups;
        const auto unit = [=](int k) { return first + k * n_groups < units ? first + k * n_groups : first; };
        const Number* const of_unit[together] = {weights + unit(0), weights + unit(1), weights + unit(2),
                                                 weights + unit(3)};
        const WeightedSums<dense, together, Number, at_once> sums(layer, of_unit, inputs(m));
        SYNCACHE_UNROLL
        for (int k = 0; k < together; ++k) {  // of what no unit is left for, the first one again
            put(unit(k), sums[k], out + m * stride + unit(k));
        }
    });
}

// Activities of one layer for `n` images; inputs(m) are those of image m, of which `mean` is taken off. out:
// [image][stride].
template <bool dense, class Team, class Number, class Inputs>
SYNCACHE_TEAM_CODE void evaluate_layer(Team& team, const MlpTask<Number>& task, const MlpLayer<Number>& layer,
                                       const Number* weights, int n, Inputs inputs, double mean, Number* out) {
    const bool centred = !dense && has_centred_inputs(layer);
    const auto put = [=, &task, &layer](int tile, Pack<Number> sum, Number* to) {
        if (centred) {
            sum = sum - field_of_mean(task, layer, tile, mean, task.scale);
        }
        store(to, sum);
    };
    if constexpr (pack_width == 1) {
        evaluate_units<dense>(team, layer, weights, n, inputs, out, put);
    } else {
        for (int tile = 0; tile < layer.n_tiles; ++tile) {
            team.for_each(n, [=, &layer](int m) {
                const WeightedSums<dense, 1, Number> sums(layer, {weights + tile * layer.tile_stride}, inputs(m));
                put(tile, sums[0], out + m * layer.stride + tile * pack_width);
            });
        }
    }
    const int numbers = n * layer.stride, stride = layer.stride;
    if (&layer != task.layers + task.n_layers - 1) {
        const Activation kind = task.activation;
        if (kind == Activation::logistic) {
            team.for_each(numbers, [=](int i) { out[i] = logistic(out[i]); });
        } else {
            team.for_each(numbers, [=](int i) { out[i] = activity_of(kind, out[i]); });
        }
        if (task.bias_unit != 0) {
            team.for_each(n, [=](int m) { out[m * stride] = Number{1}; });
        }
    } else if (task.output == Output::logistic) {
        team.for_each(numbers, [=](int i) { out[i] = logistic(out[i]); });
    } else if (task.output == Output::softmax) {  // the largest field has the largest output
        team.for_each(numbers, [=](int i) { out[i] = cut_field(out[i]); });
    }
}

// How many of the `n` images from `first` on have their label's output as the largest; the first of equal ones counts.
// weights: weight_numbers, n <= evaluation_block, room: 2 * activity_numbers.
template <class Team, class Number>
SYNCACHE_TEAM_CODE int n_correct_in_block(Team& team, const MlpTask<Number>& task, const Number* weights,
                                          const ImageView<Number>& images, std::int64_t first, int n, Number* room) {
    Number* const activity[2] = {room, room + activity_numbers(task)};
    const ImageView<Number> view = images;
    evaluate_layer<false>(
        team, task, task.layers[0], weights, n, [=](int m) { return image_inputs(view, first + m); }, view.mean,
        activity[0]);
    for (int k = 1; k < task.n_layers; ++k) {
        weights += task.layers[k - 1].n_synapses;
        const int units = task.layers[k - 1].units, stride = task.layers[k - 1].stride;
        const Number* in = activity[(k - 1) % 2];
        evaluate_layer<true>(
            team, task, task.layers[k], weights, n,
            [=](int m) { return ActiveInputs<Number>{nullptr, in + m * stride, units}; }, 0.0, activity[k % 2]);
    }
    const MlpLayer<Number>& last = task.layers[task.n_layers - 1];
    const int units = last.units, stride = last.stride;
    const Number* outputs = activity[(task.n_layers - 1) % 2];
    return team.template sum<int>(n, [=](int m) {
        const Number* y = outputs + m * stride;
        int best = 0;
        for (int k = 1; k < units; ++k) {
            best = y[k] > y[best] ? k : best;
        }
        return best == view.labels[first + m] ? 1 : 0;
    });
}

// The weights of all layers as they stand. weights: weight_numbers.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void all_whole_weights(Team& team, const MlpTask<Number>& task, Number* weights) {
    for (int k = 0; k < task.n_layers; ++k) {
        whole_weights(team, task, task.layers[k], weights);
        weights += task.layers[k].n_synapses;
    }
}

}  // namespace syncache::inline SYNCACHE_ISA
