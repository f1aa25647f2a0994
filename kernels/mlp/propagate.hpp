#pragma once

#include <algorithm>
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

// Where active input k has its synapses within a tile.
template <bool dense, class Number>
SYNCACHE_HD int row_of(const MlpLayer<Number>& layer, const ActiveInputs<Number>& x, int k) {
    return input_of<dense>(x, k) * (pack_width > 1 ? pack_width : layer.input_stride);
}

// Sum over the active inputs of weight * value, in two interleaved partial sums, for each of n arrays of a tile's
// weights.
template <bool dense, int n, class Number>
struct WeightedSums {
    Pack<Number> even[n], odd[n];

    SYNCACHE_HD WeightedSums(const MlpLayer<Number>& layer, const Number* const (&weights)[n],
                             const ActiveInputs<Number>& x) {
        for (int j = 0; j < n; ++j) {
            even[j] = odd[j] = splat(Number{});
        }
        int k = 0;
        for (; k + 1 < x.n; k += 2) {
            add(even, weights, row_of<dense>(layer, x, k), x.value[k]);
            add(odd, weights, row_of<dense>(layer, x, k + 1), x.value[k + 1]);
        }
        if (k < x.n) {
            add(even, weights, row_of<dense>(layer, x, k), x.value[k]);
        }
    }
    SYNCACHE_HD Pack<Number> operator[](int j) const { return even[j] + odd[j]; }

  private:
    static SYNCACHE_HD void add(Pack<Number> (&sums)[n], const Number* const (&weights)[n], int row, Number value) {
        for (int j = 0; j < n; ++j) {
            // hot loop: weighted-sum
            sums[j] = sums[j] + load(weights[j] + row) * splat(value);
        }
    }
};

// After it, an array of all of a layer's units is complete in every part of a network.
template <class Team, class Number, class T>
SYNCACHE_TEAM_CODE void share_units(Team& team, const MlpLayer<Number>& layer, T* values) {
    if (layer.units != layer.all_units) {
        team.share(values, layer.first_unit, layer.units);
    }
}

// Of one layer, before the logistic function: fixed + factor * fading.
template <bool dense, class Team, class Number>
SYNCACHE_TEAM_CODE void fields_with_fading(Team& team, const MlpLayer<Number>& layer, const ActiveInputs<Number>& x,
                                           Number factor) {
    team.for_each(layer.n_tiles, [=, &layer](int tile) {
        const int begin = tile * layer.tile_stride;
        const WeightedSums<dense, 2, Number> sums(layer, {layer.fixed + begin, layer.fading + begin}, x);
        store(layer.activity + tile * pack_width, sums[0] + splat(factor) * sums[1]);
    });
}

// Without fading. Two packs at once, which share the reading of the inputs.
template <bool dense, class Team, class Number>
SYNCACHE_TEAM_CODE void fields_of_fixed(Team& team, const MlpLayer<Number>& layer, const ActiveInputs<Number>& x) {
    constexpr int together = pack_width > 1 ? 2 : 1;
    team.for_each((layer.n_tiles + together - 1) / together, [=, &layer](int group) {
        const int tile = group * together;
        const Number* weights = layer.fixed + tile * layer.tile_stride;
        Number* field = layer.activity + tile * pack_width;
        if (together == 2 && tile + 1 < layer.n_tiles) {
            const WeightedSums<dense, 2, Number> sums(layer, {weights, weights + layer.tile_stride}, x);
            store(field, sums[0]);
            store(field + pack_width, sums[1]);
        } else {
            store(field, WeightedSums<dense, 1, Number>(layer, {weights}, x)[0]);
        }
    });
}

template <bool dense, class Team, class Number>
SYNCACHE_TEAM_CODE void forward_layer(Team& team, const MlpTask<Number>& task, const MlpLayer<Number>& layer,
                                      const ActiveInputs<Number>& x, double scale) {
    if (task.rule == MlpRule::plain) {
        fields_of_fixed<dense>(team, layer, x);
    } else {
        fields_with_fading<dense>(team, layer, x, static_cast<Number>(task.coupling * scale));
    }
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

// What the layer above hands down to the unit that is its input `input`.
template <bool fades, class Number>
SYNCACHE_TEAM_CODE Pack<Number> errors_at(const MlpLayer<Number>& above, int input, Number factor) {
    return {error_at<fades>(above, input, factor)};
}

#else

// What the layer above hands down to the units that are its inputs from `input` on. Beyond its last input: anything.
template <bool fades, class Number>
inline Pack<Number> errors_at(const MlpLayer<Number>& above, int input, Number factor) {
    return folded<Number>([&](int lane) {
        const int row = std::min(input + lane, above.inputs - 1) * pack_width;
        Pack<Number> sum = splat(Number{});
        for (int tile = 0; tile < above.n_tiles; ++tile) {
            const int synapse = tile * above.tile_stride + row;
            Pack<Number> weight = load(above.fixed + synapse);
            if constexpr (fades) {
                weight = weight + splat(factor) * load(above.fading + synapse);
            }
            sum = sum + weight * load(above.handed + tile * pack_width);
        }
        return sum;
    });
}

#endif

// delta of a hidden layer from what the layer above hands down. The published cross-entropy leaves out the factor 1 -
// h.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void hidden_errors(Team& team, const MlpTask<Number>& task, const MlpLayer<Number>& layer,
                                      const MlpLayer<Number>& above, double scale) {
    const bool fades = task.rule != MlpRule::plain;
    const bool half_derivative = task.cost == Cost::cross_entropy && task.backprop == Backprop::published;
    const auto factor = static_cast<Number>(task.coupling * scale);
    team.for_each(layer.n_tiles, [=, &layer, &above](int tile) {
        const int first = tile * pack_width, input = layer.first_unit + first;
        const Pack<Number> error =
            fades ? errors_at<true>(above, input, factor) : errors_at<false>(above, input, factor);
        const Pack<Number> h = load(layer.activity + first), one = splat(Number{1});
        Pack<Number> delta = error * (half_derivative ? h : h * (one - h));
        delta = first_lanes(delta, layer.units - first);
        store(layer.delta + first, delta);
        store(layer.handed + first, delta);
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
