#include "host/models/mlp/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <numbers>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "datasets/array_file.hpp"
#include "datasets/digit_files.hpp"
#include "host/models/mlp/model.hpp"
#include "host/models/threshold_parameters.hpp"
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

void set_variant(MlpSettings& s, const std::string& variant) {
    if (variant == "none") {
        s.rule = s.momentum == 0.0 ? MlpRule::plain : MlpRule::momentum;
        return;
    }
    s.rule = MlpRule::caching;
    s.policy = variant == "local-local"     ? Policy::local_local
               : variant == "global-global" ? Policy::global_global
                                            : Policy::local_global;
    s.group = variant == "local-layer" ? Group::layer : variant == "global-global" ? Group::network : Group::neuron;
}

}  // namespace

MlpSettings mlp_settings(const Trial& trial) {
    MlpSettings s;
    s.seed = static_cast<std::uint64_t>(trial.integer("seed"));
    s.single = trial.text("precision") == "single";
    s.momentum = trial.real("momentum");
    set_variant(s, trial.text("variant"));
    s.backprop = trial.text("backprop") == "exact" ? Backprop::exact : Backprop::published;
    s.cost = trial.text("cost") == "mse" ? Cost::mse : Cost::cross_entropy;
    s.hidden = hidden_units(trial.text("hidden"));
    s.learning_rate = trial.real("learning_rate");
    s.threshold = trial.real("threshold");
    s.schedule = threshold_schedule(trial);
    s.threshold_factors = real_items(trial.text("layer_threshold_factors"));
    s.threshold_factors.resize(s.hidden.size() + 1, s.threshold_factors.front());
    const double tau = trial.real("tau");
    if (s.rule == MlpRule::caching && !std::isinf(tau)) {
        s.decay = trial.text("decay_form") == "linear" ? 1.0 - 1.0 / tau : std::exp(-1.0 / tau);
    }
    s.initial_sd = trial.real("initial_sd");
    s.target_low = trial.real("target_low");
    s.target_high = trial.real("target_high");
    s.shuffled = trial.text("order") == "shuffled";
    s.checkpoint_every = trial.integer("checkpoint_every");
    s.target_accuracy = trial.real("target_accuracy");
    s.stop_at_checkpoint = trial.text("stop_at") == "checkpoint";
    s.patience = trial.integer("patience");
    s.max_epochs = trial.integer("max_epochs");
    s.images = image_source(trial);
    s.initial_weights = trial.paths("initial_weights");
    return s;
}

ImageSource image_source(const Trial& trial) {
    ImageSource source;
    source.data = trial.text("data");
    source.train_offset = trial.integer("train_offset");
    source.train_count = trial.integer("train_count");
    source.test_offset = trial.integer("test_offset");
    source.test_count = trial.integer("test_count");
    if (source.data == "files") {
        source.files = {trial.path("train_images"), trial.path("train_labels"), trial.path("test_images"),
                        trial.path("test_labels")};
    } else if (source.data != "synthetic") {
        source.files = image_files(find_collection(source.data));
    }
    return source;
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
        std::vector<double>& layer = weights.emplace_back(static_cast<std::size_t>(units * inputs));
        for (std::size_t i = 0; i < layer.size(); ++i) {
            layer[i] = settings.initial_sd * normal(settings.seed, k, static_cast<std::uint32_t>(i));
        }
    }
    return weights;
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
    if (last_.presentations % checkpoint_every_ == 0) {
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
