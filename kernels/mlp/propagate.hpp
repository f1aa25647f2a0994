#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/common/team.hpp"
#include "kernels/mlp/activation.hpp"
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

// How many inputs a thread loads before it uses the first: the GPU waits for memory, the CPU for its arithmetic.
inline constexpr int inputs_at_once = pack_width > 1 ? 2 : 8;

// Calls use(j, row, value, read(row)) for the active inputs k = first ... first + n, ascending, j = k - first, n <=
// `most`. row: where the input has its synapses within a tile. On the GPU all are read before any is used.
template <bool dense, int most, class Number, class Read, class Use>
SYNCACHE_INLINE void for_inputs_from(const ActiveInputs<Number>& x, int first, int n, int row_length, const Read& read,
                                     const Use& use) {
    const auto row_of = [&](int j) {
        return (dense ? first + j : static_cast<int>(constant(x.index + first + j))) * row_length;
    };
    const auto value_of = [&](int j) { return dense ? x.value[first + j] : constant(x.value + first + j); };
    if constexpr (pack_width > 1) {
        for (int j = 0; j < most; ++j) {
            if (j < n) {
                const int row = row_of(j);
                use(j, row, value_of(j), read(row));
            }
        }
        return;
    }
    int row[most] = {};  // set, although only those that are read are used: else each takes a register for good
    Number value[most] = {};
    decltype(read(0)) loaded[most] = {};
    SYNCACHE_UNROLL
    for (int j = 0; j < most; ++j) {
        if (j < n) {
            row[j] = row_of(j);
            value[j] = value_of(j);
        }
    }
    SYNCACHE_UNROLL
    for (int j = 0; j < most; ++j) {
        if (j < n) {
            loaded[j] = read(row[j]);
        }
    }
    SYNCACHE_UNROLL
    for (int j = 0; j < most; ++j) {
        if (j < n) {
            use(j, row[j], value[j], loaded[j]);
        }
    }
}

// The same for all active inputs, `at_once` of them at once.
template <bool dense, int at_once, class Number, class Read, class Use>
SYNCACHE_INLINE void for_inputs(const MlpLayer<Number>& layer, const ActiveInputs<Number>& x, Read read, Use use) {
    const int row_length = pack_width > 1 ? pack_width : layer.input_stride;
    int k = 0;
    for (; k + at_once <= x.n; k += at_once) {
        for_inputs_from<dense, at_once>(x, k, at_once, row_length, read, use);
    }
    if constexpr (at_once > 1) {
        for_inputs_from<dense, at_once - 1>(x, k, x.n - k, row_length, read, use);
    }
}

// A pack of each of n arrays.
template <int n, class Number>
struct Packs {
    Pack<Number> of[n];
};

// Sum over the active inputs of weight * value, in two interleaved partial sums, for each of n arrays of a tile's
// weights; at_once: inputs that are loaded at once.
template <bool dense, int n, class Number, int at_once = inputs_at_once>
struct WeightedSums {
    Pack<Number> even[n], odd[n];

    SYNCACHE_HD WeightedSums(const MlpLayer<Number>& layer, const Number* const (&weights)[n],
                             const ActiveInputs<Number>& x) {
        for (int j = 0; j < n; ++j) {
            even[j] = odd[j] = splat(Number{});
        }
        const auto read = [&](int row) {
            Packs<n, Number> weight;
            SYNCACHE_UNROLL
            for (int j = 0; j < n; ++j) {
                // hot loop: weighted-sum
                weight.of[j] = load(weights[j] + row);
            }
            return weight;
        };
        const auto add = [&](int k, int, Number value, const Packs<n, Number>& weight) {
            SYNCACHE_UNROLL
            for (int j = 0; j < n; ++j) {
                Pack<Number>& sum = k % 2 == 0 ? even[j] : odd[j];
                sum = sum + weight.of[j] * splat(value);
            }
        };
        static_assert(at_once % 2 == 0);
        for_inputs<dense, at_once>(layer, x, read, add);
    }
    SYNCACHE_HD Pack<Number> operator[](int j) const { return even[j] + odd[j]; }
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

// Whether a layer's inputs are centred. All of them differ from 0 then, most by the same number, and a field is the sum
// over the few others less the mean times the sum of all weights, which learning keeps.
template <class Number>
SYNCACHE_HD bool has_centred_inputs(const MlpLayer<Number>& layer) {
    return layer.competition.total[0] != nullptr;
}

// What the mean of a tile's inputs takes off its fields.
template <class Number>
SYNCACHE_HD Pack<Number> field_of_mean(const MlpTask<Number>& task, const MlpLayer<Number>& layer, int tile,
                                       double mean, double scale) {
    const double factor = task.rule == MlpRule::plain ? 0.0 : task.coupling * scale;
    const double *fixed = layer.competition.total[0], *fading = layer.competition.total[1];
    alignas(64) Number fields[pack_width];
    for (int lane = 0; lane < pack_width; ++lane) {
        const int unit = tile * pack_width + lane;
        fields[lane] = static_cast<Number>(mean * (fixed[unit] + factor * fading[unit]));
    }
    return load(fields);
}

template <bool general, bool dense, class Team, class Number>
SYNCACHE_TEAM_CODE void forward_layer(Team& team, const MlpTask<Number>& task, const MlpLayer<Number>& layer,
                                      const ActiveInputs<Number>& x, double scale) {
    if (task.rule == MlpRule::plain) {
        fields_of_fixed<dense>(team, layer, x);
    } else {
        fields_with_fading<dense>(team, layer, x, static_cast<Number>(task.coupling * scale));
    }
    Number* activity = layer.activity;
    if (general && !dense && has_centred_inputs(layer)) {
        team.for_each(layer.n_tiles, [=, &task, &layer](int tile) {
            Number* field = activity + tile * pack_width;
            store(field, load(field) - field_of_mean(task, layer, tile, task.images.mean, scale));
        });
    }
    if constexpr (!general) {
        team.for_each(layer.stride, [=](int j) { activity[j] = logistic(activity[j]); });
    } else if (&layer == task.layers + task.n_layers - 1) {
        activate_outputs(team, task.output, activity, layer.handed, layer.units, layer.stride);
    } else {
        activate_hidden(team, task, activity, layer.stride, layer.first_unit);
    }
    share_units(team, layer, layer.all_activity);
}

// delta of the output units, and the error that they hand down: delta, or, as published, the raw error.
template <bool general, class Team, class Number>
SYNCACHE_TEAM_CODE void output_errors(Team& team, const MlpTask<Number>& task, const MlpLayer<Number>& layer,
                                      int label) {
    team.for_each(layer.stride, [=, &task, &layer](int k) {
        const Number y = layer.activity[k];
        const Number error = k < layer.units ? (k == label ? task.target_high : task.target_low) - y : Number{};
        const bool sloped = task.cost == Cost::mse && (!general || task.output == Output::logistic);
        const Number delta = sloped ? error * y * (Number{1} - y) : error;
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
    for (int step = 0; step < 4; ++step) {
        const int width = 8 >> step;
        SYNCACHE_UNROLL
        for (int k = 0; k < 8; ++k) {  // a bound that does not change: all of it is unrolled
            if (k < width) {
                partial[k] += partial[k + width];
            }
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
template <bool general, class Team, class Number>
SYNCACHE_TEAM_CODE void hidden_errors(Team& team, const MlpTask<Number>& task, const MlpLayer<Number>& layer,
                                      const MlpLayer<Number>& above, double scale) {
    const bool fades = task.rule != MlpRule::plain;
    const bool half_derivative = task.cost == Cost::cross_entropy && task.backprop == Backprop::published;
    const auto factor = static_cast<Number>(task.coupling * scale);
    team.for_each(layer.n_tiles, [=, &layer, &above](int tile) {
        const int first = tile * pack_width, input = layer.first_unit + first;
        const Pack<Number> error =
            fades ? errors_at<true>(above, input, factor) : errors_at<false>(above, input, factor);
        const Pack<Number> h = load(layer.activity + first);
        Pack<Number> slope = h;
        if (!half_derivative) {
            slope = general ? slope_at(task.activation, h) : h * (splat(Number{1}) - h);
        }
        Pack<Number> delta = error * slope;
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

// The inputs of a layer that learns. All active ones are either listed once more or have one value.
template <class Number>
struct InputsToLearn {
    ActiveInputs<Number> all;
    ActiveInputs<Number> different;
    Number alike;  // of those that are not in `different`
};

// Those of the first layer. x: the pixels of the image.
template <class Team, class Number>
SYNCACHE_TEAM_CODE InputsToLearn<Number> inputs_to_learn(Team& team, const MlpTask<Number>& task,
                                                         const ActiveInputs<Number>& x) {
    if (task.centres == 0) {
        return {x, x, Number{}};
    }
    const int n = task.layers[0].inputs;
    Number *all = task.centred, *different = task.centred + n;
    const double mean = task.images.mean;
    const auto background = static_cast<Number>(-mean);
    team.for_each(n, [=](int i) { all[i] = background; });
    team.for_each(x.n, [=](int k) {
        all[x.index[k]] = different[k] = static_cast<Number>(static_cast<double>(x.value[k]) - mean);
    });
    return {{nullptr, all, n}, {x.index, different, x.n}, background};
}

template <class Number>
SYNCACHE_HD ActiveInputs<Number> inputs_from(const MlpLayer<Number>& below) {
    return {nullptr, below.all_activity, below.all_units};
}

template <class Number>
SYNCACHE_HD InputsToLearn<Number> inputs_to_learn(const MlpLayer<Number>& below) {
    const ActiveInputs<Number> all = inputs_from(below);
    return {all, all, Number{}};
}

// Activities of all layers for one image.
template <bool general, class Team, class Number>
SYNCACHE_TEAM_CODE void forward(Team& team, const MlpTask<Number>& task, const ActiveInputs<Number>& image,
                                double scale) {
    forward_layer<general, false>(team, task, task.layers[0], image, scale);
    for (int k = 1; k < task.n_layers; ++k) {
        forward_layer<general, true>(team, task, task.layers[k], inputs_from(task.layers[k - 1]), scale);
    }
}

// From them, the deltas of all layers.
template <bool general, class Team, class Number>
SYNCACHE_TEAM_CODE void backward(Team& team, const MlpTask<Number>& task, int label, double scale) {
    output_errors<general>(team, task, task.layers[task.n_layers - 1], label);
    for (int k = task.n_layers - 1; k > 0; --k) {
        hidden_errors<general>(team, task, task.layers[k - 1], task.layers[k], scale);
    }
}

}  // namespace syncache::inline SYNCACHE_ISA
