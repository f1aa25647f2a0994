#include "tests/support/golden_mlp.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/digit_files.hpp"
#include "kernels/mlp/mlp_cpu.hpp"
#include "tests/support/source_folder.hpp"

namespace syncache::test {
namespace {

std::vector<std::string> cells(const std::string& line) {
    std::vector<std::string> list;
    std::istringstream in(line);
    for (std::string cell; std::getline(in, cell, ',');) {
        list.push_back(cell);
    }
    return list;
}

void add_dense(const ImageView<double>& images, std::int64_t pixels, std::vector<double>& dense,
               std::vector<int>& labels) {
    for (std::int64_t n = 0; n < images.n_images; ++n) {
        std::vector<double> image(static_cast<std::size_t>(pixels));
        for (std::int64_t k = images.begin[n]; k < images.begin[n + 1]; ++k) {
            image[images.pixel[k]] = images.value[k];
        }
        dense.insert(dense.end(), image.begin(), image.end());
        labels.push_back(images.labels[n]);
    }
}

std::string variant_of(const MlpSettings& s) {
    if (s.rule != MlpRule::caching) {
        return "none";
    }
    if (s.policy == Policy::local_local) {
        return "local-local";
    }
    return s.group == Group::neuron ? "local-neuron" : s.group == Group::layer ? "local-layer" : "global-global";
}

}  // namespace

std::string GoldenMlpRun::name() const {
    return cost + "_" + variant + (decay_rate != 0.0 ? "_decay" : "") + (momentum != 0.0 ? "_momentum" : "") + "_h" +
           std::to_string(hidden);
}

std::vector<GoldenMlpRun> golden_mlp_runs(const std::string& set) {
    const std::string folder = source_folder().string() + "/tests/golden/mlp/" + set;
    std::ifstream in(folder + "/expected.csv");
    std::string line;
    std::getline(in, line);
    std::vector<GoldenMlpRun> runs;
    std::string last;
    while (std::getline(in, line)) {
        const std::vector<std::string> c = cells(line);
        if (c.size() != 17) {
            throw std::runtime_error(folder + "/expected.csv: " + line);
        }
        const auto number = [&](std::size_t i) { return std::stod(c[i]); };
        const auto whole = [&](std::size_t i) { return std::stoll(c[i]); };
        std::string key;
        for (std::size_t i = 0; i < 12; ++i) {
            key += c[i] + ",";
        }
        if (key != last) {
            // The column `variant` says "momentum" where the rule is variant none with momentum.
            runs.push_back({folder,
                            c[0],
                            c[1] == "momentum" ? "none" : c[1],
                            number(2),
                            number(3),
                            number(4),
                            number(5),
                            number(6),
                            static_cast<int>(whole(7)),
                            whole(8),
                            whole(9),
                            whole(10),
                            whole(11),
                            {}});
            last = key;
        }
        runs.back().checkpoints.push_back({whole(12), number(13), number(14), number(15), number(16)});
    }
    return runs;
}

std::array<std::filesystem::path, 4> golden_images() {
    std::array<std::filesystem::path, 4> files;
    std::ranges::transform(find_collection("mnist").images, files.begin(),
                           [](std::string_view name) { return source_folder() / "tests/golden/mlp/mnist" / name; });
    return files;
}

bool mnist_is_there() { return locate(find_collection("mnist")).has_value(); }

MlpSettings golden_settings(const GoldenMlpRun& run) {
    MlpSettings s;
    s.cost = run.cost == "mse" ? Cost::mse : Cost::cross_entropy;
    s.momentum = run.momentum;
    s.rule = run.variant != "none" ? MlpRule::caching : run.momentum != 0.0 ? MlpRule::momentum : MlpRule::plain;
    s.policy = run.variant == "local-local" ? Policy::local_local : Policy::local_global;
    s.group = run.variant == "local-layer" ? Group::layer : Group::neuron;
    s.hidden = {run.hidden};
    s.learning_rate = run.learning_rate;
    s.threshold = run.threshold;
    s.decay = s.rule == MlpRule::caching ? std::exp(-run.decay_rate) : 1.0;
    s.checkpoint_every = run.checkpoints[0].presentations;
    s.max_epochs = run.checkpoints.back().presentations / run.train_count;
    s.images.data = "files";
    s.images.files = golden_images();
    s.images.train_offset = run.train_offset;
    s.images.train_count = run.train_count;
    s.images.test_offset = run.test_offset;
    s.images.test_count = run.test_count;
    s.initial_weights = {run.folder + "/w_input_hidden.idx2", run.folder + "/w_hidden_output.idx2"};
    return s;
}

ReferenceMlpSettings reference_settings(const MlpSettings& s) {
    ReferenceMlpSettings r;
    r.variant = variant_of(s);
    r.backprop = s.backprop == Backprop::exact ? "exact" : "published";
    r.cost = s.cost == Cost::mse ? "mse" : "cross-entropy";
    r.learning_rate = s.learning_rate;
    r.momentum = s.momentum;
    r.threshold = s.threshold;
    r.schedule = s.schedule.kind == Schedule::constant      ? "constant"
                 : s.schedule.kind == Schedule::exponential ? "exponential"
                                                            : "error-rate";
    for (std::size_t layer = 0; layer <= s.hidden.size(); ++layer) {
        r.threshold_factors.push_back(s.threshold_factor(layer));
    }
    r.threshold_end = s.schedule.end;
    r.threshold_time = -1.0 / std::log(s.schedule.factor);
    r.decay_factor = s.decay;
    r.target_low = s.target_low;
    r.target_high = s.target_high;
    r.target_accuracy = s.target_accuracy;
    r.checkpoint_every = s.checkpoint_every;
    r.patience = s.patience;
    r.max_epochs = s.max_epochs;
    if (s.order == Order::shuffled) {
        r.order = [seed = s.seed, n = s.images.train_count](std::int64_t epoch, std::int64_t i) {
            return mlp_cpu_kernels().permuted(seed, static_cast<std::uint64_t>(epoch), i, n);
        };
    }
    return r;
}

ReferenceMlpData reference_data(const ImageSource& source) {
    const auto images = shared_images<double>(source);
    ReferenceMlpData data;
    data.pixels = images->train.rows * images->train.columns;
    add_dense(images->train.view(), data.pixels, data.train_images, data.train_labels);
    add_dense(images->test.view(), data.pixels, data.test_images, data.test_labels);
    return data;
}

ReferenceMlpResult train_reference(const MlpSettings& settings) {
    const ReferenceMlpData data = reference_data(settings.images);
    const std::vector<int> sizes = layer_sizes(settings, static_cast<int>(data.pixels), 10);
    return train_reference_mlp(reference_settings(settings), sizes, initial_weights(settings, sizes), data);
}

}  // namespace syncache::test
