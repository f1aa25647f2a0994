#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "datasets/idx.hpp"
#include "host/models/mlp/network.hpp"
#include "tests/support/golden_mlp.hpp"
#include "tests/support/mlp_cases.hpp"
#include "tests/support/near.hpp"
#include "tests/support/scratch.hpp"

// Networks of awkward sizes on images of few pixels, with every combination of what decides how they learn, against the
// plain reference.
namespace syncache::test {
namespace {

// Images of 4 x 3 pixels from files: one without an active pixel, one with all, the others with some.
class MlpNetworks : public ::testing::Test {
  protected:
    static constexpr int n_train = 60, n_test = 37, n_pixels = 12;

    void SetUp() override {
        write_images("train", n_train, 11);
        write_images("test", n_test, 5);
    }

    void write_images(const std::string& name, int n, unsigned step) {
        std::vector<std::uint8_t> pixels, labels;
        unsigned state = step;
        for (int image = 0; image < n; ++image) {
            labels.push_back(static_cast<std::uint8_t>((image * 7 + image / 10) % 10));
            for (int i = 0; i < n_pixels; ++i) {
                state = state * 1664525u + 1013904223u;
                const bool active = image == 1 || (image != 0 && (state >> 16) % 3 == 0);
                pixels.push_back(active ? static_cast<std::uint8_t>(1 + (state >> 24) % 255) : 0);
            }
        }
        write_idx<std::uint8_t>(scratch / (name + ".idx3"), {n, 4, 3}, pixels);
        write_idx<std::uint8_t>(scratch / (name + ".idx1"), {n}, labels);
    }

    MlpSettings few_pixels(const std::string& variant) const {
        MlpSettings s = small_mlp(variant);
        s.images = {
            "files", {scratch / "train.idx3", scratch / "train.idx1", scratch / "test.idx3", scratch / "test.idx1"},
            0,       n_train,
            0,       n_test};
        s.initial_sd = 1.0;       // so that errors reach the first of five layers
        s.checkpoint_every = 36;  // does not divide an epoch, but the whole
        return s;
    }

    Scratch scratch;
};

const std::vector<std::vector<int>> shapes{{1}, {15}, {16, 17}, {33, 1, 16}, {15, 17, 2, 33}};

// Linear decay, exponential decay, and none; without a cache, momentum or none.
std::vector<MlpSettings> dynamics_of(const MlpSettings& s) {
    std::vector<MlpSettings> list(s.rule == MlpRule::caching ? 3 : 2, s);
    if (s.rule == MlpRule::caching) {
        list[1].decay = std::exp(-1.0 / 30.0);
        list[2].decay = 1.0 - 1.0 / 7.0;
    } else {
        list[1].rule = MlpRule::momentum;
        list[1].momentum = 0.7;
        list[1].learning_rate = 0.1;
    }
    return list;
}

TEST_F(MlpNetworks, EveryCombinationIsTheReference) {
    for (const std::string& variant : mlp_variants) {
        for (const std::vector<int>& hidden : shapes) {
            for (const Backprop backprop : {Backprop::exact, Backprop::published}) {
                for (const Cost cost : {Cost::mse, Cost::cross_entropy}) {
                    for (MlpSettings s : dynamics_of(few_pixels(variant))) {
                        SCOPED_TRACE(testing::Message()
                                     << variant << " " << testing::PrintToString(hidden) << ", exact "
                                     << (backprop == Backprop::exact) << ", mse " << (cost == Cost::mse) << ", decay "
                                     << s.decay << ", momentum " << s.momentum);
                        s.hidden = hidden;
                        s.backprop = backprop;
                        s.cost = cost;
                        s.order = hidden.size() % 2 == 0 ? Order::shuffled : Order::file;
                        expect_like_reference(s);
                    }
                }
            }
        }
    }
}

TEST_F(MlpNetworks, ThresholdsThatChangeAreTheReference) {
    for (const std::string variant : {"local-local", "local-neuron", "local-layer", "global-global"}) {
        for (const std::vector<int>& hidden : shapes) {
            for (const MlpSettings& dynamics : dynamics_of(few_pixels(variant))) {
                for (MlpSettings s : with_changing_thresholds(dynamics)) {
                    SCOPED_TRACE(testing::Message()
                                 << variant << " " << testing::PrintToString(hidden) << ", decay " << s.decay
                                 << ", schedule " << static_cast<int>(s.schedule.kind) << " to " << s.schedule.end);
                    s.hidden = hidden;
                    expect_like_reference(s);
                }
            }
        }
    }
}

TEST_F(MlpNetworks, ThresholdsOfLayersAreTheReference) {
    for (const std::string variant : {"local-local", "local-neuron", "local-layer"}) {
        for (const std::vector<int>& hidden : shapes) {
            for (MlpSettings s : dynamics_of(few_pixels(variant))) {
                s.hidden = hidden;
                s.threshold_factors = {0.3, 2.1, 0.7, 1.9, 1.1};
                s.threshold_factors.resize(hidden.size() + 1);
                for (const MlpSettings& scheduled : {s, with_changing_thresholds(s)[2]}) {
                    SCOPED_TRACE(testing::Message()
                                 << variant << " " << testing::PrintToString(hidden) << ", decay " << s.decay
                                 << ", schedule " << static_cast<int>(scheduled.schedule.kind));
                    expect_like_reference(scheduled);
                }
            }
        }
    }
}

// What the thresholds above are worth: every variant consolidates some synapses, and not all at once.
TEST_F(MlpNetworks, CachesAreUsed) {
    const double at_once = train_mlp(few_pixels("none")).sums[0].uncached;
    for (const std::string variant : {"local-local", "local-neuron", "local-layer", "global-global"}) {
        const Outcome outcome = train_mlp(few_pixels(variant));
        EXPECT_LT(outcome.sums[0].consolidation, 0.99 * at_once) << variant;
        EXPECT_GT(outcome.sums[0].consolidation, 1.01 * outcome.sums[0].minimal) << variant;
    }
}

TEST_F(MlpNetworks, LayersAddUpToTheWhole) {
    for (const std::string& variant : mlp_variants) {
        for (const bool single : {false, true}) {
            MlpSettings s = few_pixels(variant);
            s.single = single;
            s.hidden = {9, 17, 5, 3};
            const Outcome outcome = train_mlp(s);
            const auto whole = [&](std::size_t part) {
                double sum = 0.0;
                for (std::size_t k = 0; k < 5; ++k) {
                    sum += outcome.extras.at(3 + 4 * k + part);
                }
                return sum;
            };
            SCOPED_TRACE(variant);
            EXPECT_TRUE(near(whole(0), outcome.sums[0].uncached, 1e-14));
            EXPECT_TRUE(near(whole(1), outcome.sums[0].minimal, 1e-14));
            EXPECT_TRUE(near(whole(2), outcome.sums[0].consolidation, 1e-14));
            EXPECT_TRUE(near(whole(3), outcome.maintenance_sum, 1e-14));
        }
    }
}

// Minus the gradient of training image 2, as the engine and as the reference have it.
struct Gradients {
    std::vector<std::vector<double>> engine, reference;
};

Gradients gradients_of(const MlpSettings& s) {
    const auto images = shared_images<double>(s.images);
    const ReferenceMlpData data = reference_data(s.images);
    const auto n_pixels = static_cast<int>(data.pixels);
    const std::vector<int> sizes = layer_sizes(s, n_pixels, 10);
    const std::vector<std::vector<double>> weights = initial_weights(s, sizes);
    MlpNetwork<double> engine(s, {}, sizes, weights, images->train.view(), images->test.view(), {{1.0, 0}});
    ReferenceMlp reference(reference_settings(s), sizes, weights);
    Gradients gradients;
    for (std::size_t k = 0; k < weights.size(); ++k) {
        gradients.engine.push_back(engine.negative_gradient(static_cast<int>(k), 2));
    }
    gradients.reference = reference.negative_gradient(data.train_images.data() + 2 * data.pixels, data.train_labels[2]);
    return gradients;
}

TEST_F(MlpNetworks, PublishedGradientIsAnotherOneBelowTheOutputs) {
    for (const Cost cost : {Cost::mse, Cost::cross_entropy}) {
        for (const std::vector<int>& hidden : shapes) {
            MlpSettings s = few_pixels("none");
            s.hidden = hidden;
            s.cost = cost;
            s.backprop = Backprop::exact;
            const Gradients exact = gradients_of(s);
            s.backprop = Backprop::published;
            const Gradients published = gradients_of(s);
            for (std::size_t k = 0; k < exact.engine.size(); ++k) {
                SCOPED_TRACE(testing::Message() << testing::PrintToString(hidden) << ", layer " << k + 1);
                EXPECT_TRUE(all_near(exact.engine[k], exact.reference[k], 1e-12, 1e-15));
                EXPECT_TRUE(all_near(published.engine[k], published.reference[k], 1e-12, 1e-15));
                EXPECT_EQ(bool(all_near(published.engine[k], exact.engine[k], 1e-3)), k + 1 == exact.engine.size());
            }
        }
    }
}

// A synapse whose momentum has become too small to keep is still one synapse when its input returns.
TEST_F(MlpNetworks, MomentumCountsASynapseOnce) {
    constexpr int n = 1500;  // of which the first image alone has the first pixel
    std::vector<std::uint8_t> pixels(2 * n);
    for (int image = 0; image < n; ++image) {
        pixels[2 * static_cast<std::size_t>(image) + (image == 0 ? 0 : 1)] = 255;
    }
    write_idx<std::uint8_t>(scratch / "train.idx3", {n, 1, 2}, pixels);
    write_idx<std::uint8_t>(scratch / "train.idx1", {n}, std::vector<std::uint8_t>(n, 3));
    write_idx<std::uint8_t>(scratch / "test.idx3", {2, 1, 2}, std::vector<std::uint8_t>{255, 0, 0, 255});
    write_idx<std::uint8_t>(scratch / "test.idx1", {2}, std::vector<std::uint8_t>{3, 3});
    MlpSettings s = few_pixels("none");
    s.images.train_count = n;
    s.images.test_count = 2;
    s.hidden = {1};
    s.rule = MlpRule::momentum;
    s.momentum = 0.5;
    s.max_epochs = 4;
    s.checkpoint_every = n * s.max_epochs;
    for (const bool single : {false, true}) {
        s.single = single;
        const double changes = train_mlp(s).extras.at(1);
        EXPECT_LE(changes, static_cast<double>(n * s.max_epochs) * (2 + 10)) << "more than there are synapses";
        // The second pixel's synapse and the outputs' change always; how long the first one's does is a matter of
        // where numbers end.
        EXPECT_GE(changes, static_cast<double>(n * s.max_epochs) * (1 + 10) * 0.99);
    }
}

}  // namespace
}  // namespace syncache::test
