#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "host/models/mlp/recording.hpp"
#include "host/models/mlp/settings.hpp"
#include "tests/support/golden_mlp.hpp"
#include "tests/support/mlp_cases.hpp"
#include "tests/support/near.hpp"

// What a multilayer perceptron records on its way.
namespace syncache::test {
namespace {

const RecordedTable& traces_of(const Outcome& outcome) { return outcome.tables.at(1); }

// 784-17-10: some active pixels of the first, the last and another unit, and outputs.
MlpSettings traced_mlp(const std::string& variant) {
    MlpSettings s = small_mlp(variant);
    s.traced = {406, 16 * 784 + 380, 5 * 784 + 407, 17 * 784, 17 * 784 + 169};
    return s;
}

// After each presentation: s before its decay, l, and the sum, of the settings' synapses.
std::vector<double> reference_traces(const MlpSettings& s) {
    const ReferenceMlpData data = reference_data(s.images);
    const std::vector<int> sizes = layer_sizes(s, static_cast<int>(data.pixels), 10);
    ReferenceMlp reference(reference_settings(s), sizes, initial_weights(s, sizes));
    const auto n_images = static_cast<std::int64_t>(data.train_labels.size());
    std::vector<double> rows;
    for (std::int64_t t = 0; t < s.max_epochs * n_images; ++t) {
        const std::int64_t image = t % n_images;
        reference.present(data.train_images.data() + image * data.pixels,
                          data.train_labels[static_cast<std::size_t>(image)]);
        for (const std::int64_t place : s.traced) {
            const std::int64_t first = std::int64_t{sizes[0]} * sizes[1];
            const ReferenceLayer& layer = reference.layers()[place < first ? 0 : 1];
            const auto synapse = static_cast<std::size_t>(place < first ? place : place - first);
            const double transient = s.rule == MlpRule::caching ? layer.transient[synapse] / s.decay : 0.0;
            const double persistent = layer.persistent[synapse];
            rows.insert(rows.end(), {static_cast<double>(t), static_cast<double>(place), transient, persistent,
                                     transient + persistent});
        }
    }
    return rows;
}

TEST(MlpRecording, TracesAreTheReference) {
    Tallies tallies;
    tallies.record = {"traces"};
    for (const std::string& variant : mlp_variants) {
        MlpSettings s = traced_mlp(variant);
        std::vector<MlpSettings> dynamics(2, s);
        dynamics[1].decay = s.rule == MlpRule::caching ? std::exp(-1.0 / 30.0) : 1.0;
        if (s.rule != MlpRule::caching) {
            dynamics[1].rule = MlpRule::momentum;
            dynamics[1].momentum = 0.7;
        }
        for (const MlpSettings& settings : dynamics) {
            const Outcome outcome = train_mlp(settings, tallies);
            ASSERT_EQ(outcome.presentations, settings.max_epochs * settings.images.train_count);
            // Rounding over some hundred presentations of weights of size 1.
            EXPECT_TRUE(all_near(traces_of(outcome).rows, reference_traces(settings), 1e-9, 1e-11)) << variant;
        }
    }
}

// What is traced moves, and caches are used: otherwise the test above would not see much.
TEST(MlpRecording, TracedSynapsesLearn) {
    Tallies tallies;
    tallies.record = {"traces"};
    const RecordedTable table = traces_of(train_mlp(traced_mlp("local-neuron"), tallies));
    for (std::size_t k = 0; k < 5; ++k) {
        int steps = 0;
        for (std::size_t row = k + 5; row < table.rows.size() / 5; row += 5) {
            steps += cell(table, row, "persistent") != cell(table, row - 5, "persistent") ? 1 : 0;
        }
        EXPECT_GT(steps, 0) << k;
        EXPECT_LT(steps, 170) << k;
    }
}

TEST(MlpRecording, LeavesTheTrainingAsItIs) {
    Tallies tallies;
    tallies.record = {"traces", "checkpoint_weights"};
    for (const std::string& variant : mlp_variants) {
        const Outcome plain = train_mlp(small_mlp(variant)), recorded = train_mlp(traced_mlp(variant), tallies);
        EXPECT_EQ(plain.tables.at(0).rows, recorded.tables.at(0).rows) << variant;
        EXPECT_EQ(plain.tables.size(), 1u);
        EXPECT_TRUE(plain.weights.empty());
    }
}

TEST(MlpRecording, WeightsAtCheckpointsEndInTheFinalOnes) {
    Tallies tallies;
    tallies.record = {"weights", "checkpoint_weights"};
    for (const std::string& variant : mlp_variants) {
        MlpSettings s = small_mlp(variant);
        s.checkpoint_every = 45;  // 180 presentations
        const Outcome outcome = train_mlp(s, tallies);
        ASSERT_EQ(outcome.weights.size(), 5u);
        for (std::size_t k = 0; k < 2; ++k) {
            const RecordedArray &last = outcome.weights[k], &all = outcome.weights[3 + k];
            EXPECT_EQ(all.name, "checkpoint_weights_layer" + std::to_string(k + 1));
            ASSERT_EQ(all.shape, (std::vector<std::int64_t>{4, last.shape[0], last.shape[1]}));
            const auto n = static_cast<std::ptrdiff_t>(last.values.size());
            EXPECT_EQ(std::vector<double>(all.values.end() - n, all.values.end()), last.values) << variant;
        }
        s.max_epochs = 1;  // 60 presentations: the first checkpoint is passed, the end is none
        const Outcome shorter = train_mlp(s, tallies);
        EXPECT_EQ(shorter.weights[3].shape[0], 1);
        const auto n = static_cast<std::ptrdiff_t>(shorter.weights[3].values.size());
        EXPECT_EQ(shorter.weights[3].values,
                  std::vector<double>(outcome.weights[3].values.begin(), outcome.weights[3].values.begin() + n));
    }
}

TEST(MlpRecording, CountsWhatItTakes) {
    Tallies tallies;
    const MlpSettings s = traced_mlp("none");
    const std::vector<int> sizes{784, 17, 10};
    EXPECT_EQ(MlpRecording::bytes(s, sizes, tallies, 180), 0.0);
    tallies.record = {"traces"};
    Outcome outcome = train_mlp(s, tallies);
    EXPECT_EQ(MlpRecording::bytes(s, sizes, tallies, 180), 8.0 * static_cast<double>(traces_of(outcome).rows.size()));
    tallies.record = {"checkpoint_weights"};
    outcome = train_mlp(s, tallies);
    const double taken = 8.0 * static_cast<double>(outcome.weights[0].values.size() + outcome.weights[1].values.size());
    EXPECT_NEAR(MlpRecording::bytes(s, sizes, tallies, 180), taken, 0.05 * taken);  // 7 checkpoints in 7.2 intervals
}

}  // namespace
}  // namespace syncache::test
