#include "host/models/mlp/model.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "datasets/array_file.hpp"
#include "datasets/digit_files.hpp"
#include "host/models/mlp/cuda_trainer.hpp"
#include "host/models/mlp/image_description_impl.hpp"
#include "host/models/mlp/recording.hpp"
#include "host/models/mlp/settings.hpp"
#include "host/models/policy.hpp"
#include "host/models/threshold_parameters.hpp"
#include "host/models/traced.hpp"
#include "host/settings/settings.hpp"

namespace syncache {
namespace {

constexpr std::int64_t synthetic_train_count = 60000, synthetic_test_count = 10000;  // as MNIST has

// Parameters by name while they are completed.
class Completion {
  public:
    Completion(const Model& model, std::vector<Value>& values, const std::vector<bool>& is_set)
        : model_(model), values_(values), is_set_(is_set) {}
    bool set(std::string_view key) const { return is_set_[at(key)]; }
    Value& value(std::string_view key) { return values_[at(key)]; }
    const std::string& text(std::string_view key) { return std::get<std::string>(value(key)); }
    std::int64_t integer(std::string_view key) { return std::get<std::int64_t>(value(key)); }
    double real(std::string_view key) { return std::get<double>(value(key)); }

  private:
    std::size_t at(std::string_view key) const { return static_cast<std::size_t>(find_parameter(model_, key)); }
    const Model& model_;
    std::vector<Value>& values_;
    const std::vector<bool>& is_set_;
};

constexpr std::array<std::string_view, 4> file_keys{"train_images", "train_labels", "test_images", "test_labels"};

void complete_data(Completion& values) {
    const auto given =
        std::ranges::count_if(file_keys, [&](std::string_view key) { return !values.text(key).empty(); });
    if (given > 0 && !values.set("data")) {
        values.value("data") = std::string("files");
    }
    const bool files = values.text("data") == "files";
    for (const std::string_view key : file_keys) {
        if (files && values.text(key).empty()) {
            throw std::invalid_argument(
                fmt::format("{}: missing; data = \"files\" needs train_images, train_labels, "
                            "test_images and test_labels",
                            key));
        }
        if (!files && !values.text(key).empty()) {
            throw std::invalid_argument(fmt::format(
                "{} is given together with data = \"{}\"; allowed: data = \"files\"", key, values.text("data")));
        }
    }
}

// Where no count is given, all images from the offset on; a slice must lie within the file.
void complete_slice(Completion& values, const std::string& part, const std::filesystem::path& images,
                    const std::filesystem::path& labels, std::int64_t synthetic_count) {
    const bool synthetic = values.text("data") == "synthetic";
    const std::int64_t offset = values.integer(part + "_offset");
    Value& count = values.value(part + "_count");
    const std::int64_t there = synthetic ? offset + synthetic_count : image_file_sizes(images, labels).n_images;
    if (std::get<std::int64_t>(count) == 0) {
        count = std::max<std::int64_t>(0, there - offset);
    }
    const std::int64_t n = std::get<std::int64_t>(count);
    if (n < 1 || (!synthetic && (offset > there || n > there - offset))) {
        throw std::invalid_argument(fmt::format("{0}_offset = {1}, {0}_count = {2}: {3} holds {4} images", part, offset,
                                                n, images.string(), there));
    }
}

void refuse_unless(bool good, const std::string& message) {
    if (!good) {
        throw std::invalid_argument(message);
    }
}

void check_threshold_factors(Completion& values, std::size_t n_layers) {
    const std::string& text = values.text("layer_threshold_factors");
    const std::string& variant = values.text("variant");
    const std::vector<double> factors = real_items(text);
    refuse_unless(factors.size() == 1 || factors.size() == n_layers,
                  fmt::format("layer_threshold_factors = {}: {} numbers; allowed: 1, or {}, one for each layer", text,
                              factors.size(), n_layers));
    const bool by_layer = variant != "none" && variant != "global-global";
    refuse_unless(by_layer || std::ranges::all_of(factors, [](double factor) { return factor == 1.0; }),
                  fmt::format("layer_threshold_factors = {}; allowed with variant = \"{}\", where no layer has a "
                              "threshold: 1",
                              text, variant));
}

// A list has one number for all layers, where that is allowed, or one for each.
void check_length(Completion& values, std::string_view key, std::size_t n_layers, bool one_for_all) {
    const std::string& text = values.text(key);
    const std::size_t n = list_items(text).size();
    refuse_unless(text.empty() || n == n_layers || (one_for_all && n == 1),
                  fmt::format("{} = {}: {} numbers; allowed: {}{}, one for each layer", key, text, n,
                              one_for_all ? "1, or " : "", n_layers));
}

// The networks of docs/model.md, section 11.
void check_general(Completion& values, std::size_t n_layers) {
    check_length(values, "layer_learning_rates", n_layers, false);
    check_length(values, "layer_initial_sds", n_layers, false);
    check_length(values, "fraction", n_layers, true);
    for (const auto& [list, number] :
         {std::pair{"layer_learning_rates", "learning_rate"}, std::pair{"layer_initial_sds", "initial_sd"}}) {
        refuse_unless(values.text(list).empty() || !values.set(number),
                      fmt::format("{} is given together with {}; allowed: one of them", list, number));
    }
    const std::string &activation = values.text("activation"), &output = values.text("output");
    const std::string& cost = values.text("cost");
    const bool exact = values.text("backprop") == "exact";
    refuse_unless(exact || activation == "logistic",
                  fmt::format("activation = \"{}\" with backprop = \"published\", which is of logistic units; allowed: "
                              "backprop = \"exact\"",
                              activation));
    refuse_unless(exact || output == "logistic",
                  fmt::format("output = \"{}\" with backprop = \"published\", which is of logistic units; allowed: "
                              "backprop = \"exact\"",
                              output));
    const char* const cost_of_output = output == "linear" ? "mse" : "cross-entropy";
    refuse_unless(
        output == "logistic" || cost == cost_of_output,
        fmt::format("cost = \"{}\" with output = \"{}\"; allowed: cost = \"{}\"", cost, output, cost_of_output));
    const std::string& competition = values.text("competition");
    refuse_unless(competition != "first-units" || n_layers == 2,
                  fmt::format("competition = \"first-units\" with hidden = {}; allowed: one hidden layer",
                              values.text("hidden")));
}

void check_dynamics(Completion& values) {
    const bool caching = values.text("variant") != "none";
    refuse_unless(!caching || values.real("momentum") == 0.0,
                  fmt::format("momentum = {}: only with variant = \"none\"; allowed with {}: 0",
                              values.real("momentum"), values.text("variant")));
    refuse_unless(values.text("decay_form") != "linear" || values.real("tau") >= 1.0,
                  fmt::format("tau = {}; allowed with decay_form = \"linear\": a number >= 1", values.real("tau")));
    const std::size_t n_hidden = hidden_units(values.text("hidden")).size();
    refuse_unless(n_hidden < max_mlp_layers, fmt::format("hidden = {}: {} layers; allowed: 1 to {}",
                                                         values.text("hidden"), n_hidden, max_mlp_layers - 1));
    check_threshold_factors(values, n_hidden + 1);
    check_general(values, n_hidden + 1);
    const std::size_t n_files = list_items(values.text("initial_weights")).size();
    refuse_unless(n_files == 0 || n_files == n_hidden + 1,
                  fmt::format("initial_weights: {} files; allowed: {}, one for each layer", n_files, n_hidden + 1));
}

// Places of synapses are 32-bit numbers; units are padded to whole packs of 16.
void check_size(Completion& values, std::int64_t n_inputs) {
    constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
    std::int64_t inputs = n_inputs;
    for (const int units : hidden_units(values.text("hidden"))) {
        const std::int64_t n_synapses = inputs * ((std::int64_t{units} + 15) / 16 * 16);
        refuse_unless(n_synapses <= most, fmt::format("hidden = {}: {} x {} synapses in a layer; allowed: up to {}",
                                                      values.text("hidden"), inputs, units, most));
        inputs = units;
    }
}

// Each file [units][inputs]; inputs of the first are the network's, outputs at least ten.
void check_initial_weights(Completion& values, const std::filesystem::path& folder, std::int64_t n_inputs) {
    const std::vector<std::string> files = list_items(values.text("initial_weights"));
    const std::vector<int> hidden = hidden_units(values.text("hidden"));
    for (std::size_t k = 0; k < files.size(); ++k) {
        const std::filesystem::path path = folder / files[k];
        const ArrayHeader header = read_array_header(path);
        const std::int64_t inputs = k == 0 ? n_inputs : hidden[k - 1];
        const bool output = k == hidden.size();
        const bool good = header.sizes.size() == 2 && header.sizes[1] == inputs &&
                          (output ? header.sizes[0] >= 10 : header.sizes[0] == hidden[k]);
        refuse_unless(good,
                      fmt::format("{}: sizes {}; allowed: {} x {} (units, inputs)", path.string(),
                                  fmt::join(header.sizes, " x "), output ? "10" : std::to_string(hidden[k]), inputs));
    }
}

class MlpModel : public Model {
  public:
    std::string_view name() const override { return "mlp"; }
    std::string_view description() const override {
        return "A multilayer perceptron: pixels – one to four hidden layers – ten outputs or more, one image at a "
               "time, by default with logistic units and no bias (`docs/model.md`, sections 3 and 11).";
    }
    std::span<const Parameter> parameters() const override { return parameters_; }
    std::span<const std::string> extra_columns() const override { return mlp_extra_columns(); }
    std::span<const std::string> recordable() const override { return recordable_; }

    void complete(std::vector<Value>& values, const std::vector<bool>& is_set,
                  const std::filesystem::path& folder) const override {
        Completion completion(*this, values, is_set);
        complete_data(completion);
        check_dynamics(completion);
        check_threshold_schedule(*this, values, completion.text("variant") != "none");
        std::array<std::filesystem::path, 4> files;
        std::int64_t n_pixels = 28 * 28;
        if (completion.text("data") == "files") {
            std::ranges::transform(file_keys, files.begin(),
                                   [&](std::string_view key) { return folder / completion.text(key); });
        } else if (completion.text("data") != "synthetic") {
            files = image_files(find_collection(completion.text("data")));
        }
        complete_slice(completion, "train", files[0], files[1], synthetic_train_count);
        complete_slice(completion, "test", files[2], files[3], synthetic_test_count);
        if (completion.text("data") != "synthetic") {
            const ImageFileSizes sizes = image_file_sizes(files[0], files[1]);
            n_pixels = std::int64_t{sizes.rows} * sizes.columns;
        }
        const std::int64_t n_inputs = n_pixels + (std::get<bool>(completion.value("input_bias")) ? 1 : 0);
        check_size(completion, n_inputs);
        check_initial_weights(completion, folder, n_inputs);
    }

    // Reads the user's own files once for a sweep, so that a wrong value is refused before anything is trained or
    // written; the collections are known by their checksums.
    void check(const Trial& trial, const Tallies& tallies) const override {
        const MlpSettings s = mlp_settings(trial);
        if (tallies.records("traces") && s.traced.empty()) {
            throw std::invalid_argument(
                "traced: missing; record = [\"traces\"] needs the synapses to trace, as traced = [0, 784]");
        }
        if (!s.traced.empty()) {
            check_traced(trial, number_of_synapses(sizes_of(s)) - 1, tallies);
        }
        if (s.images.data != "files" && s.initial_weights.empty()) {
            return;
        }
        const std::lock_guard lock(mutex_);
        if (checked_files_
                .insert(
                    fmt::format("{} {} {}", s.images.name(), fmt::join(s.hidden, " "), trial.text("initial_weights")))
                .second) {
            const auto images = shared_images<double>(s.images);
            if (!s.initial_weights.empty()) {
                initial_weights(s, layer_sizes(s, images->train.inputs(), images->train.n_classes));
            }
        }
    }

    Need need_of_records(const Trial& trial, const Tallies& tallies) const override {
        Need need;
        if (tallies.records("changes")) {
            const MlpSettings s = mlp_settings(trial);
            need.state_bytes = static_cast<double>(number_of_synapses(sizes_of(s))) * (sizeof(double) + 4);
        }
        if (tallies.records("traces") || tallies.records("checkpoint_weights")) {
            const MlpSettings s = mlp_settings(trial);
            const double presentations = static_cast<double>(s.images.train_count) * static_cast<double>(s.max_epochs);
            need.state_bytes += MlpRecording::bytes(s, sizes_of(s), tallies, presentations);
        }
        return need;
    }

    std::span<const std::string_view> without_effect(const Trial& trial) const override {
        static const std::array<std::vector<std::string_view>, 8> lists = [] {
            std::array<std::vector<std::string_view>, 8> all;
            for (std::size_t i = 0; i < all.size(); ++i) {
                const auto of_variant = without_effect_in((i & 1) != 0 ? "none" : "local-neuron");
                all[i].assign(of_variant.begin(), of_variant.end());
                all[i].insert(all[i].end(), (i & 2) / 2, "fraction");
                all[i].insert(all[i].end(), (i & 4) / 4, "confidence");
            }
            return all;
        }();
        const std::string& competition = trial.text("competition");
        const bool has_fraction = competition != "none" && competition != "static-input";
        return lists[(trial.text("variant") == "none" ? 1u : 0u) + (has_fraction ? 0u : 2u) +
                     (trial.text("gate") == "low-confidence" ? 0u : 4u)];
    }

    Need need(const Trial& trial) const override {
        constexpr double pixels = 784.0;  // of typical images
        constexpr double active = 0.2;
        Need need;
        double synapses = 0.0, inputs = pixels;
        double inactive = 0.0;  // synapses that nothing reads; centred inputs all change theirs
        for (const int units : hidden_units(trial.text("hidden"))) {
            inactive += inputs == pixels ? (1.0 - active) * inputs * units : 0.0;
            synapses += inputs * units;
            inputs = units;
        }
        synapses += inputs * 10.0;
        const double read = synapses - inactive, changed = trial.text("input_centring") == "none" ? read : synapses;
        const double bytes = trial.text("precision") == "single" ? 4.0 : 8.0;
        const auto n_train = static_cast<double>(trial.integer("train_count"));
        const auto n_test = static_cast<double>(trial.integer("test_count"));
        need.data = fmt::format("{} {}", trial.text("precision"), mlp_settings(trial).images.name());
        need.data_bytes = (n_train + n_test) * active * pixels * (bytes + 2.0);
        need.data_work = (n_train + n_test) * pixels * 10.0;
        const double masks = trial.text("competition") == "fixed-synapses" ? 1.0 : 0.0;
        need.state_bytes = synapses * bytes * (4.0 + masks);
        need.state_bytes += trial.text("competition") != "none" || trial.text("gate") != "none" ? n_train : 0.0;
        const double presentations = n_train * static_cast<double>(trial.integer("max_epochs"));
        const double evaluations = presentations / static_cast<double>(trial.integer("checkpoint_every"));
        const double caching = trial.text("variant") == "none" ? 3.0 : 5.0;
        need.is_bound = trial.real("target_accuracy") < 1.0;
        need.work = presentations * (read + changed * (caching - 1.0)) + evaluations * (n_test * read + 3.0 * synapses);
        return need;
    }

    std::vector<std::string> describe_data(const Trial& trial) const override {
        ImageSource source = mlp_settings(trial).images;
        source.has_bias = source.is_centred = false;  // the files as they are
        return source.data == "files" ? describe(source, *shared_images<double>(source)) : std::vector<std::string>();
    }

    std::unique_ptr<Trainer> cpu_trainer() const override { return mlp_cpu_trainer(); }
    bool has_cuda_trainer() const override { return true; }
    std::unique_ptr<Trainer> cuda_trainer(int device) const override { return mlp_cuda_trainer(device); }

  private:
    // Of a network on the trial's images, which are read once for a sweep.
    std::vector<int> sizes_of(const MlpSettings& s) const {
        const std::lock_guard lock(mutex_);
        const auto [known, is_new] = image_sizes_.try_emplace(s.images.name());
        if (is_new) {
            const auto images = shared_images<double>(s.images);
            known->second = {images->train.inputs(), images->train.n_classes};
        }
        return layer_sizes(s, known->second.first, known->second.second);
    }

    mutable std::mutex mutex_;
    mutable std::set<std::string> checked_files_;
    mutable std::map<std::string, std::pair<int, int>> image_sizes_;  // of a source: pixels and classes
    std::vector<Parameter> parameters_ = parameters_of<MlpSettings>();
    std::vector<std::string> recordable_{"traces", "weights", "checkpoint_weights", "changes"};
};

}  // namespace

const Model& mlp_model() {
    static const MlpModel model;
    return model;
}

}  // namespace syncache
