#pragma once

#include <cstdint>

#include "kernels/common/team.hpp"
#include "kernels/mlp/logistic.hpp"
#include "kernels/mlp/pack.hpp"
#include "kernels/mlp/task.hpp"

// Forward and backward through the layers (model.md, section 3, steps 1 and 2).
namespace syncache::inline SYNCACHE_ISA {

// The inputs of a layer that may differ from 0: active pixels, or all units of the layer below (`index` null).
template <class Number>
struct ActiveInputs {
    const std::uint16_t* index;
    const Number* value;
    int n;
};

template <bool dense, class Number>
SYNCACHE_HD int input_of(const ActiveInputs<Number>& x, int k) {
    if constexpr (dense) {
        return k;
    } else {
        return x.index[k];
    }
}

// Sum over the active inputs of weight * value, in two interleaved partial sums.
template <bool dense, class Number>
SYNCACHE_HD Pack<Number> weighted_sum(const Number* weights, int input_stride, const ActiveInputs<Number>& x) {
    Pack<Number> even = splat(Number{}), odd = even;
    int k = 0;
    for (; k + 1 < x.n; k += 2) {
        even = even + load(weights + input_of<dense>(x, k) * input_stride) * splat(x.value[k]);
        odd = odd + load(weights + input_of<dense>(x, k + 1) * input_stride) * splat(x.value[k + 1]);
    }
    if (k < x.n) {
        even = even + load(weights + input_of<dense>(x, k) * input_stride) * splat(x.value[k]);
    }
    return even + odd;
}

// After it, an array of all of a layer's units is complete in every part of a network.
template <class Team, class Number, class T>
SYNCACHE_TEAM_CODE void share_units(Team& team, const MlpLayer<Number>& layer, T* values) {
    if (layer.units != layer.all_units) {
        team.share(values, layer.first_unit, layer.units);
    }
}

template <bool dense, class Team, class Number>
SYNCACHE_TEAM_CODE void forward_layer(Team& team, const MlpTask<Number>& task, const MlpLayer<Number>& layer,
                                      const ActiveInputs<Number>& x, double scale) {
    const bool fades = task.rule != MlpRule::plain;
    const Pack<Number> factor = splat(static_cast<Number>(task.coupling * scale));
    team.for_each(layer.n_tiles, [=, &layer](int tile) {
        const int begin = tile * layer.tile_stride;
        Pack<Number> field = weighted_sum<dense>(layer.fixed + begin, layer.input_stride, x);
        if (fades) {
            field = field + factor * weighted_sum<dense>(layer.fading + begin, layer.input_stride, x);
        }
        store(layer.activity + tile * pack_width, field);
    });
    Number* activity = layer.activity;
    team.for_each(layer.stride, [=](int j) { activity[j] = logistic(activity[j]); });
    share_units(team, layer, layer.all_activity);
}

// delta of the output units, and the error that they hand down: delta, or, as published, the raw error.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void output_errors(Team& team, const MlpTask<Number>& task, const MlpLayer<Number>& layer,
                                      int label) {
    team.for_each(layer.stride, [=, &task, &layer](int k) {
        const Number y = layer.activity[k];
        const Number error = k < layer.units ? (k == label ? task.target_high : task.target_low) - y : Number{};
        const Number delta = task.cost == Cost::mse ? error * y * (Number{1} - y) : error;
        layer.delta[k] = delta;
        layer.handed[k] = task.backprop == Backprop::published ? error : delta;
    });
}

#ifdef SYNCACHE_ONE_LANE

// Sum over units of weight * handed, in the order of the CPU's packs: 16 partial sums, folded in halves.
template <bool fades, class Number>
SYNCACHE_TEAM_CODE Number error_at(const MlpLayer<Number>& above, int input, Number factor) {
    Number partial[16] = {};
    for (int base = 0; base < above.units; base += 16) {
        SYNCACHE_UNROLL
        for (int k = 0; k < 16; ++k) {
            if (base + k < above.units) {
                const int synapse = input * above.input_stride + base + k;
                const Number weight =
                    fades ? above.fixed[synapse] + factor * above.fading[synapse] : above.fixed[synapse];
                partial[k] += weight * above.handed[base + k];
            }
        }
    }
    SYNCACHE_UNROLL
    for (int width = 8; width > 0; width /= 2) {
        SYNCACHE_UNROLL
        for (int k = 0; k < width; ++k) {
            partial[k] += partial[k + width];
        }
    }
    return partial[0];
}

#else

template <bool fades, class Number>
inline Number error_at(const MlpLayer<Number>& above, int input, Number factor) {
    Pack<Number> sum = splat(Number{});
    for (int tile = 0; tile < above.n_tiles; ++tile) {
        const int synapse = tile * above.tile_stride + input * above.input_stride;
        Pack<Number> weight = load(above.fixed + synapse);
        if constexpr (fades) {
            weight = weight + splat(factor) * load(above.fading + synapse);
        }
        sum = sum + weight * load(above.handed + tile * pack_width);
    }
    return fold(sum);
}

#endif

// delta of a hidden layer from what the layer above hands down. The published cross-entropy leaves out the factor 1 -
// h.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void hidden_errors(Team& team, const MlpTask<Number>& task, const MlpLayer<Number>& layer,
                                      const MlpLayer<Number>& above, double scale) {
    const bool fades = task.rule != MlpRule::plain;
    const bool half_derivative = task.cost == Cost::cross_entropy && task.backprop == Backprop::published;
    const Number factor = static_cast<Number>(task.coupling * scale);
    team.for_each(layer.units, [=, &layer, &above](int j) {
        const int input = layer.first_unit + j;
        const Number error = fades ? error_at<true>(above, input, factor) : error_at<false>(above, input, factor);
        const Number h = layer.activity[j];
        layer.delta[j] = error * (half_derivative ? h : h * (Number{1} - h));
        layer.handed[j] = layer.delta[j];
    });
}

template <class Number>
SYNCACHE_HD ActiveInputs<Number> image_inputs(const ImageView<Number>& images, std::int64_t image) {
    const std::int64_t begin = images.begin[image];
    return {images.pixel + begin, images.value + begin, static_cast<int>(images.begin[image + 1] - begin)};
}

template <class Number>
SYNCACHE_HD ActiveInputs<Number> inputs_from(const MlpLayer<Number>& below) {
    return {nullptr, below.all_activity, below.all_units};
}

// Activities and deltas of all layers for one image.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void propagate(Team& team, const MlpTask<Number>& task, const ActiveInputs<Number>& image, int label,
                                  double scale) {
    forward_layer<false>(team, task, task.layers[0], image, scale);
    for (int k = 1; k < task.n_layers; ++k) {
        forward_layer<true>(team, task, task.layers[k], inputs_from(task.layers[k - 1]), scale);
    }
    output_errors(team, task, task.layers[task.n_layers - 1], label);
    for (int k = task.n_layers - 1; k > 0; --k) {
        hidden_errors(team, task, task.layers[k - 1], task.layers[k], scale);
    }
}

}  // namespace syncache::inline SYNCACHE_ISA
