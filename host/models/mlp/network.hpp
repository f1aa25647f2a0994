#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "host/models/aligned_buffer.hpp"
#include "host/models/mlp/settings.hpp"
#include "kernels/mlp/layout.hpp"
#include "kernels/mlp/mlp_cpu.hpp"
#include "kernels/mlp/order.hpp"

// Internal to host/: one MLP in this machine's memory, with the CPU's kernels. Included by .cpp files only.
namespace syncache {

// What of a task follows from settings alone.
template <class Number>
MlpTask<Number> mlp_task(const MlpSettings& settings, int n_layers) {
    MlpTask<Number> task{};
    task.rule = settings.rule;
    task.policy = settings.policy;
    task.group = settings.group;
    task.backprop = settings.backprop;
    task.cost = settings.cost;
    task.order = settings.order;
    task.seed = settings.seed;
    task.threshold = settings.threshold;
    task.schedule = settings.schedule;
    task.error_rate = 1.0;
    task.decay = settings.rule == MlpRule::momentum ? settings.momentum : settings.decay;
    task.coupling = settings.rule == MlpRule::momentum ? -1.0 / (1.0 - settings.momentum) : 1.0;
    task.target_low = static_cast<Number>(settings.target_low);
    task.target_high = static_cast<Number>(settings.target_high);
    task.n_layers = n_layers;
    for (int k = 0; k < n_layers; ++k) {
        const auto layer = static_cast<std::size_t>(k);
        task.layers[k].threshold_factor = settings.threshold_factor(layer);
        task.layers[k].learning_rate = settings.learning_rate_of(layer);
        task.layers[k].competition.fraction = settings.fraction(layer);
    }
    task.activation = settings.activation;
    task.output = settings.output;
    task.bias_unit = settings.bias_unit ? 1 : 0;
    task.competition = competes(settings.competition, settings.fractions) ? settings.competition : Competition::none;
    task.gate = settings.gate;
    task.confidence = static_cast<Number>(settings.confidence);
    task.scale = 1.0;
    return task;
}

// What of a task is tallied and recorded, and by that and the training images, whether the network is a general one.
template <class Number>
void set_tallies(MlpTask<Number>& task, const MlpSettings& settings, const Tallies& tallies, std::size_t n_prices,
                 const ImageView<Number>& train) {
    const bool general = settings.is_general() || train.is_signed != 0 || tallies.records("changes");
    task.general = general ? 1 : 0;
    task.n_seen = general ? train.n_images : 0;
    task.centres = settings.images.is_centred ? 1 : 0;
    task.n_prices = static_cast<std::int32_t>(n_prices);
    task.tally_persistent = tallies.persistent_sum ? 1 : 0;
    if (tallies.records("traces")) {
        task.n_traced = static_cast<std::int32_t>(settings.traced.size());
        task.trace_rows = std::min(settings.checkpoint_every, settings.images.train_count);  // no round is longer
    }
}

// Lays out all layers and the room for traces at `base` (null: only measures) and returns the bytes that they take.
// width: the kernels' pack width.
template <class Number>
std::size_t lay_out_network(MlpTask<Number>& task, std::byte* base, const std::vector<int>& sizes,
                            const Tallies& tallies, int width) {
    MlpLayout layout(base);
    for (int k = 0; k < task.n_layers; ++k) {
        LayerShape shape{sizes[static_cast<std::size_t>(k)], sizes[static_cast<std::size_t>(k) + 1], width,
                         task.n_prices, tallies.persistent_sum};
        shape.general = task.general != 0;
        shape.n_unit_choices = task.competition == Competition::fixed_units            ? 1
                               : task.competition == Competition::fixed_units_by_label ? sizes.back()
                                                                                       : 0;
        shape.chooses_synapses = task.competition == Competition::fixed_synapses;
        shape.counts_changes = tallies.records("changes");
        shape.centres = task.centres != 0 && k == 0;
        lay_out_layer(task.layers[k], layout, shape, tallies.records("weights") && k == 0);
    }
    task.centred = layout.take<Number>(task.centres != 0 ? 2 * static_cast<std::size_t>(sizes[0]) : 0);
    task.seen = layout.take<std::uint8_t>(static_cast<std::size_t>(task.n_seen));
    const auto n_traced = static_cast<std::size_t>(task.n_traced);
    task.traced = layout.take<TracedSynapse>(n_traced);
    task.traces = layout.take<TracedWeight>(n_traced * static_cast<std::size_t>(task.trace_rows));
    return layout.used();
}

// Puts the synapses to trace, as many as the task has, into a network laid out in this machine's memory.
template <class Number>
void place_traced(MlpTask<Number>& task, const MlpSettings& settings, const std::vector<int>& sizes) {
    if (task.n_traced > 0) {
        std::ranges::copy(traced_synapses(settings, sizes), const_cast<TracedSynapse*>(task.traced));
    }
}

// Puts the initial weights, [layer][unit][input], into a network laid out in this machine's zeroed memory, and their
// sums where they are kept.
template <class Number>
void place_initial_weights(MlpTask<Number>& task, const std::vector<std::vector<double>>& initial, int width) {
    for (int k = 0; k < task.n_layers; ++k) {
        MlpLayer<Number>& layer = task.layers[k];
        auto* start = const_cast<Number*>(layer.initial);
        std::size_t from = 0;
        for (int j = 0; j < layer.units; ++j) {
            double total = 0.0;
            for (int i = 0; i < layer.inputs; ++i) {
                const int synapse = synapse_index(layer, i, j, width);
                start[synapse] = layer.fixed[synapse] =
                    static_cast<Number>(initial[static_cast<std::size_t>(k)][from++]);
                total += static_cast<double>(start[synapse]);
            }
            if (double* totals = layer.competition.total[0]; totals != nullptr) {
                totals[j] = total;
            }
        }
    }
}

// The rank of the number that the others of a layer are compared with, by the rule and its fraction, halves to even.
template <class Number>
std::int64_t rank_to_compare(Competition rule, const MlpLayer<Number>& layer) {
    const std::int64_t n_synapses = std::int64_t{layer.units} * layer.inputs;
    const auto rank_from_below = [&](std::int64_t n) {
        return std::llrint((1.0 - layer.competition.fraction) * static_cast<double>(n - 1));
    };
    switch (rule) {
        case Competition::largest_error:
            return rank_from_below(layer.units);
        case Competition::smallest_error:
            return layer.units - 1 - rank_from_below(layer.units);
        case Competition::largest_change:
        case Competition::largest_weight:
            return rank_from_below(n_synapses);
        case Competition::smallest_change:
        case Competition::smallest_weight:
            return n_synapses - 1 - rank_from_below(n_synapses);
        case Competition::largest_change_unit:
        case Competition::largest_weight_unit:
            return rank_from_below(layer.inputs);
        default:
            return 0;
    }
}

// Sets what the task's competition compares with, and puts what it draws once into a network laid out in this machine's
// zeroed memory.
template <class Number>
void place_competition(MlpTask<Number>& task, int width) {
    for (int k = 0; k < task.n_layers; ++k) {
        MlpLayer<Number>& layer = task.layers[k];
        LayerCompetition<Number>& rule = layer.competition;
        rule.cut = rank_to_compare(task.competition, layer);
        rule.n_first =
            static_cast<std::int32_t>(std::lrint(task.layers[0].competition.fraction * task.layers[0].units));
        const auto draw_for = [&](int label, std::int64_t i, std::int64_t n) {
            const auto number = static_cast<std::uint64_t>(k) * 1024 + static_cast<std::uint64_t>(label);
            const std::int64_t n_chosen = std::llrint(rule.fraction * static_cast<double>(n));
            return permuted_for(task.seed, Purpose::fixed_choice, number, i, n) < n_chosen;
        };
        const bool by_label = task.competition == Competition::fixed_units_by_label;
        if (by_label || task.competition == Competition::fixed_units) {
            auto* units = const_cast<std::uint8_t*>(rule.units);
            for (int label = 0; label < (by_label ? task.layers[task.n_layers - 1].units : 1); ++label) {
                for (int j = 0; j < layer.units; ++j) {
                    units[label * layer.stride + j] = draw_for(label, j, layer.units) ? 1 : 0;
                }
            }
        }
        if (task.competition == Competition::fixed_synapses) {
            auto* synapses = const_cast<Number*>(rule.synapses);
            const std::int64_t n = std::int64_t{layer.units} * layer.inputs;
            for (std::int64_t i = 0; i < n; ++i) {
                const int place =
                    synapse_index(layer, static_cast<int>(i % layer.inputs), static_cast<int>(i / layer.inputs), width);
                synapses[place] = draw_for(0, i, n) ? Number{1} : Number{};
            }
        }
    }
}

// [unit][input] from the engine's order.
template <class Number, class Value>
std::vector<double> by_unit(const MlpLayer<Number>& layer, const Value* synapses, int width) {
    std::vector<double> values;
    for (int j = 0; j < layer.units; ++j) {
        for (int i = 0; i < layer.inputs; ++i) {
            values.push_back(static_cast<double>(synapses[synapse_index(layer, i, j, width)]));
        }
    }
    return values;
}

// How many presentations learned, and how many images those had. Without a gate all did, in an order that has each
// image once in an epoch.
template <class Number>
void set_learned(MlpCheckpoint& point, const MlpTask<Number>& task) {
    point.n_learned = task.general != 0 ? task.n_learned : point.presentations;
    point.n_distinct = task.general != 0 ? task.n_distinct : std::min(point.presentations, task.images.n_images);
}

// [input]: sum over the first layer's units of the changes of persistent weights, as if all of s were consolidated now;
// only if weights are recorded.
template <class Number>
std::vector<double> consolidation_by_input(const MlpTask<Number>& task, int width) {
    const MlpLayer<Number>& first = task.layers[0];
    std::vector<double> sums(static_cast<std::size_t>(first.inputs));
    for (int i = 0; i < first.inputs; ++i) {
        for (int j = 0; j < first.units; ++j) {
            const int synapse = synapse_index(first, i, j, width);
            const double pending =
                task.rule == MlpRule::caching ? task.scale * static_cast<double>(first.fading[synapse]) : 0.0;
            sums[static_cast<std::size_t>(i)] += first.account.by_synapse[synapse] + std::fabs(pending);
        }
    }
    return sums;
}

// [layer][unit][input]: how often each synapse changed; only if changes are recorded.
template <class Number>
std::vector<std::vector<double>> changes_by_synapse(const MlpTask<Number>& task, int width) {
    std::vector<std::vector<double>> all;
    for (int k = 0; k < task.n_layers; ++k) {
        const MlpLayer<Number>& layer = task.layers[k];
        all.push_back(by_unit(layer, layer.account.n_by_synapse, width));
    }
    return all;
}

template <class Number>
class MlpNetwork {
  public:
    // initial: [layer][unit][input]. The views must outlive the network.
    MlpNetwork(const MlpSettings& settings, const Tallies& tallies, const std::vector<int>& sizes,
               const std::vector<std::vector<double>>& initial, const ImageView<Number>& train,
               const ImageView<Number>& test, const std::vector<Price>& prices,
               const MlpCpuKernels& kernels = mlp_cpu_kernels())
        : kernels_(mlp_kernels_of<Number>(kernels)),
          width_(kernels.pack_width),
          prices_(prices),
          test_(test),
          task_(mlp_task<Number>(settings, static_cast<int>(sizes.size()) - 1)) {
        task_.images = train;
        task_.prices = prices_.data();
        set_tallies(task_, settings, tallies, prices_.size(), train);
        memory_ = AlignedBuffer<std::byte>(lay_out_network(task_, nullptr, sizes, tallies, width_));
        std::memset(memory_.data(), 0, memory_.bytes());
        lay_out_network(task_, memory_.data(), sizes, tallies, width_);
        room_ = AlignedBuffer<Number>(kernels_.evaluation_numbers(task_));
        place_initial_weights(task_, initial, width_);
        place_competition(task_, width_);
        place_traced(task_, settings, sizes);
    }
    MlpNetwork(const MlpNetwork&) = delete;
    MlpNetwork& operator=(const MlpNetwork&) = delete;

    // False if it was stopped.
    bool train(std::int64_t n, const std::atomic<bool>& stop) {
        if (task_.n_traced > 0 && n > task_.trace_rows) {
            throw std::logic_error("traces of " + std::to_string(n) + " presentations in room for " +
                                   std::to_string(task_.trace_rows));
        }
        task_.stop = &stop;
        kernels_.train(task_, n);
        return task_.stopped == 0;
    }

    // Of the n presentations that were trained last, [presentation][traced synapse].
    std::span<const TracedWeight> traces(std::int64_t n) const {
        return {task_.traces, static_cast<std::size_t>(n * task_.n_traced)};
    }

    MlpCheckpoint checkpoint() {
        MlpCheckpoint point;
        point.presentations = task_.presentations;
        point.accuracy = accuracy(test_);
        set_learned(point, task_);
        const auto n_layers = static_cast<std::size_t>(task_.n_layers);
        std::vector<LayerPriced> priced(n_layers * prices_.size());
        point.sums.resize(n_layers);
        kernels_.summarise(task_, point.sums.data(), priced.data());
        for (std::size_t k = 0; k < n_layers; ++k) {
            const auto first = priced.begin() + static_cast<std::ptrdiff_t>(k * prices_.size());
            point.priced.emplace_back(first, first + static_cast<std::ptrdiff_t>(prices_.size()));
        }
        return point;
    }

    double accuracy(const ImageView<Number>& images) {
        return static_cast<double>(kernels_.n_correct(task_, images, room_.data())) /
               static_cast<double>(images.n_images);
    }

    // [unit][input], as they stand; and of all layers.
    std::vector<double> weights(int layer) {
        kernels_.whole_weights(task_, layer, room_.data());
        return by_unit(task_.layers[layer], room_.data(), width_);
    }
    std::vector<std::vector<double>> weights() {
        std::vector<std::vector<double>> all;
        for (int k = 0; k < task_.n_layers; ++k) {
            all.push_back(weights(k));
        }
        return all;
    }

    std::vector<double> consolidation_by_input() const { return syncache::consolidation_by_input(task_, width_); }
    std::vector<std::vector<double>> changes() const { return changes_by_synapse(task_, width_); }

    // Minus the gradient of the cost for one training image: [unit][input].
    std::vector<double> negative_gradient(int layer, std::int64_t image) {
        kernels_.propagate(task_, image);
        const MlpLayer<Number>& of = task_.layers[layer];
        std::vector<double> x(static_cast<std::size_t>(of.inputs));
        if (layer == 0) {
            std::ranges::fill(x, -task_.images.mean);
            for (std::int64_t k = task_.images.begin[image]; k < task_.images.begin[image + 1]; ++k) {
                x[task_.images.pixel[k]] += static_cast<double>(task_.images.value[k]);
            }
        } else {
            std::copy_n(task_.layers[layer - 1].activity, of.inputs, x.begin());
        }
        std::vector<double> gradient;
        for (int j = 0; j < of.units; ++j) {
            for (const double value : x) {
                gradient.push_back(static_cast<double>(of.delta[j]) * value);
            }
        }
        return gradient;
    }

  private:
    const MlpCpuKernelsOf<Number>& kernels_;
    int width_;
    std::vector<Price> prices_;
    ImageView<Number> test_;
    MlpTask<Number> task_;
    AlignedBuffer<std::byte> memory_;
    AlignedBuffer<Number> room_;
};

}  // namespace syncache
