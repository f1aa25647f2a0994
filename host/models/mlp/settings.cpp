#include "host/models/mlp/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <numbers>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "datasets/array_file.hpp"
#include "datasets/digit_files.hpp"
#include "host/models/mlp/model.hpp"
#include "kernels/common/random.hpp"

namespace syncache {
namespace {

// Box and Muller's transform of two uniform numbers, the first of them in (0, 1].
double normal(std::uint64_t seed, std::uint64_t layer, std::uint32_t synapse) {
    const RandomWords words = draw(seed, Purpose::initial_weight, layer, synapse);
    const double u = 1.0 - uniform(words.word[0], words.word[1]);
    const double v = uniform(words.word[2], words.word[3]);
    return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v);
}

void refuse_infinite(const std::filesystem::path& file, const std::vector<double>& values) {
    const auto bad = std::ranges::find_if_not(values, [](double value) { return std::isfinite(value); });
    if (bad != values.end()) {
        throw std::invalid_argument(
            fmt::format("{}: value {} is {}; allowed: finite numbers", file.string(), bad - values.begin(), *bad));
    }
}

}  // namespace

Group group_of(const std::string& variant) {
    return variant == "local-layer" ? Group::layer : variant == "global-global" ? Group::network : Group::neuron;
}

MlpRule rule_of(const std::string& variant, double momentum) {
    return variant != "none" ? MlpRule::caching : momentum == 0.0 ? MlpRule::plain : MlpRule::momentum;
}

Order order_of(const std::string& order) {
    return order == "file" ? Order::file : order == "shuffled" ? Order::shuffled : Order::random;
}

Activation activation_of(const std::string& activation) {
    return activation == "logistic" ? Activation::logistic
           : activation == "relu"   ? Activation::relu
           : activation == "elu"    ? Activation::elu
                                    : Activation::leaky_relu;
}

Output output_of(const std::string& output) {
    return output == "logistic" ? Output::logistic : output == "linear" ? Output::linear : Output::softmax;
}

Competition competition_of(const std::string& competition) {
    static const std::map<std::string, Competition> rules{{"none", Competition::none},
                                                          {"random-units", Competition::random_units},
                                                          {"fixed-units", Competition::fixed_units},
                                                          {"fixed-units-by-label", Competition::fixed_units_by_label},
                                                          {"largest-error", Competition::largest_error},
                                                          {"smallest-error", Competition::smallest_error},
                                                          {"largest-change", Competition::largest_change},
                                                          {"smallest-change", Competition::smallest_change},
                                                          {"largest-weight", Competition::largest_weight},
                                                          {"smallest-weight", Competition::smallest_weight},
                                                          {"largest-change-unit", Competition::largest_change_unit},
                                                          {"largest-weight-unit", Competition::largest_weight_unit},
                                                          {"fixed-synapses", Competition::fixed_synapses},
                                                          {"first-units", Competition::first_units},
                                                          {"static-input", Competition::static_input}};
    return rules.at(competition);
}

Gate gate_of(const std::string& gate) {
    return gate == "none"                 ? Gate::none
           : gate == "mistakes"           ? Gate::mistakes
           : gate == "memorised-mistakes" ? Gate::memorised_mistakes
                                          : Gate::low_confidence;
}

bool competes(Competition rule, const std::vector<double>& fractions) {
    const auto all = [](double fraction) { return fraction == 1.0; };
    switch (rule) {
        case Competition::none:
            return false;
        case Competition::static_input:
            return true;
        case Competition::first_units:
            return !all(fractions[0]);
        default:
            return !std::ranges::all_of(fractions, all);
    }
}

bool MlpSettings::is_general() const {
    return activation != Activation::logistic || output != Output::logistic || bias_unit || gate != Gate::none ||
           order == Order::random || images.is_centred || competes(competition, fractions);
}

ImageSource image_source(Settings& s) {
    return {
        s.choice("data", "mnist", {"mnist", "synthetic", "fashion-mnist", "emnist", "files"},
                 "images: a collection (see `syncache data`), digits drawn by procedure, or the four files below"),
        {s.file("train_images", "IDX or NumPy file [images][rows][columns]; unsigned bytes are divided by 255"),
         s.file("train_labels", "IDX or NumPy file [images] of whole numbers from 0 on"),
         s.file("test_images", "as train_images"), s.file("test_labels", "as train_labels")},
        s.integer("train_offset", 0, 0, most_images, "first training image"),
        s.integer("train_count", 0, 0, most_images, "training images; 0: all that follow (synthetic: 60000)"),
        s.integer("test_offset", 0, 0, most_images, "first test image"),
        s.integer("test_count", 0, 0, most_images, "test images; 0: all that follow (synthetic: 10000)"),
        s.later_boolean("input_bias", false, "one more input, the last, with value 0.99"),
        s.later_choice("input_centring", "none", {"none", "mean"},
                       "mean: the mean of all numbers of the training images, input_bias included, is taken off each "
                       "of them, and that of the test images off those") == "mean"};
}

MlpSettings mlp_settings(const Trial& trial) {
    MlpSettings s(trial);
    if (s.images.data != "files" && s.images.data != "synthetic") {
        s.images.files = image_files(find_collection(s.images.data));
    }
    return s;
}

std::vector<int> hidden_units(std::string_view text) {
    std::vector<int> units;
    for (const std::string& item : list_items(text)) {
        units.push_back(std::stoi(item));
    }
    return units;
}

std::vector<int> layer_sizes(const MlpSettings& settings, int n_pixels, int n_classes) {
    std::vector<int> sizes{n_pixels};
    sizes.insert(sizes.end(), settings.hidden.begin(), settings.hidden.end());
    sizes.push_back(std::max(10, n_classes));
    return sizes;
}

std::vector<std::vector<double>> initial_weights(const MlpSettings& settings, const std::vector<int>& sizes) {
    std::vector<std::vector<double>> weights;
    for (std::size_t k = 0; k + 1 < sizes.size(); ++k) {
        const std::int64_t units = sizes[k + 1], inputs = sizes[k];
        if (!settings.initial_weights.empty()) {
            ArrayHeader header;
            weights.push_back(read_array<double>(settings.initial_weights[k], header));
            if (header.sizes != std::vector<std::int64_t>{units, inputs}) {
                throw std::invalid_argument(fmt::format("{}: {} values; allowed: {} units x {} inputs",
                                                        settings.initial_weights[k].string(), header.count(), units,
                                                        inputs));
            }
            refuse_infinite(settings.initial_weights[k], weights.back());
            continue;
        }
        const double sd = settings.initial_sd_of(k);
        std::vector<double>& layer = weights.emplace_back(static_cast<std::size_t>(units * inputs));
        for (std::size_t i = 0; i < layer.size(); ++i) {
            layer[i] = sd * normal(settings.seed, k, static_cast<std::uint32_t>(i));
        }
    }
    return weights;
}

std::int64_t number_of_synapses(const std::vector<int>& sizes) {
    std::int64_t n = 0;
    for (std::size_t k = 0; k + 1 < sizes.size(); ++k) {
        n += std::int64_t{sizes[k]} * sizes[k + 1];
    }
    return n;
}

std::vector<TracedSynapse> traced_synapses(const MlpSettings& settings, const std::vector<int>& sizes) {
    std::vector<TracedSynapse> synapses;
    for (std::int64_t place : settings.traced) {
        std::size_t k = 0;
        for (; place >= std::int64_t{sizes.at(k)} * sizes.at(k + 1); ++k) {
            place -= std::int64_t{sizes[k]} * sizes[k + 1];
        }
        synapses.push_back({static_cast<std::int32_t>(k), static_cast<std::int32_t>(place / sizes[k]),
                            static_cast<std::int32_t>(place % sizes[k])});
    }
    return synapses;
}

MlpCourse::MlpCourse(const MlpSettings& settings, std::int64_t n_train)
    : checkpoint_every_(settings.checkpoint_every),
      patience_(settings.patience),
      max_epochs_(settings.max_epochs),
      n_train_(n_train),
      target_accuracy_(settings.target_accuracy),
      stop_at_checkpoint_(settings.stop_at_checkpoint) {}

std::int64_t MlpCourse::next() const {
    const std::int64_t done = last_.presentations;
    return std::min(checkpoint_every_ - done % checkpoint_every_, n_train_ - done % n_train_);
}

void MlpCourse::arrive(MlpCheckpoint checkpoint) {
    last_ = std::move(checkpoint);
    last_.epoch = (last_.presentations - 1) / n_train_;
    if (at_checkpoint()) {
        checkpoints_.push_back(last_);
        converged_ = finished_ = stop_at_checkpoint_ && last_.accuracy > target_accuracy_;
    }
    if (last_.presentations % n_train_ != 0) {
        return;
    }
    accuracies_.push_back(last_.accuracy);
    converged_ = last_.accuracy > target_accuracy_;
    const bool patient = epochs() <= patience_ + 1;
    const auto before = accuracies_.end() - 1;
    const bool stuck = !patient && last_.accuracy <= *std::min_element(before - patience_, before);
    finished_ = converged_ || stuck || epochs() >= max_epochs_;
}

}  // namespace syncache
