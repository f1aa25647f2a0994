#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "datasets/digit_files.hpp"
#include "host/models/mlp/network.hpp"
#include "tests/support/golden_mlp.hpp"
#include "tests/support/mlp_cases.hpp"
#include "tests/support/near.hpp"

// The multilayer perceptron's engine against the plain reference (tests/support/reference_mlp.hpp), against finite
// differences, and against what is known on paper. Synthetic digits; double precision unless said otherwise.
namespace syncache::test {
namespace {

TEST(MlpTraining, EveryVariantIsTheReference) {
    for (const std::string& variant : mlp_variants) {
        for (const double decay : {1.0, std::exp(-3.0 / 100.0), 1.0 - 1.0 / 7.0}) {
            SCOPED_TRACE(variant + " decay " + std::to_string(decay));
            MlpSettings s = small_mlp(variant);
            s.decay = s.rule == MlpRule::caching ? decay : 1.0;
            expect_like_reference(s);
        }
    }
}

TEST(MlpTraining, EveryGradientAndCostIsTheReference) {
    for (const Backprop backprop : {Backprop::exact, Backprop::published}) {
        for (const Cost cost : {Cost::mse, Cost::cross_entropy}) {
            for (const double momentum : {0.0, 0.7}) {
                MlpSettings s = small_mlp();
                s.backprop = backprop;
                s.cost = cost;
                s.momentum = momentum;
                s.rule = momentum == 0.0 ? MlpRule::plain : MlpRule::momentum;
                s.learning_rate = 0.1;
                s.target_low = 0.05;
                s.target_high = 0.9;
                SCOPED_TRACE(testing::Message() << "exact " << (backprop == Backprop::exact) << ", mse "
                                                << (cost == Cost::mse) << ", momentum " << momentum);
                expect_like_reference(s);
            }
        }
    }
}

TEST(MlpTraining, EveryShapeIsTheReference) {
    for (const std::vector<int>& hidden :
         std::vector<std::vector<int>>{{1}, {15}, {16}, {33}, {9, 17}, {20, 3, 18}, {12, 5, 33, 7}}) {
        for (const std::string variant : {"none", "local-neuron", "local-layer"}) {
            SCOPED_TRACE(testing::Message() << testing::PrintToString(hidden) << " " << variant);
            MlpSettings s = small_mlp(variant);
            s.hidden = hidden;
            s.decay = s.rule == MlpRule::caching ? 0.99 : 1.0;
            s.order = Order::shuffled;
            expect_like_reference(s);
        }
    }
}

// The scale in place of every synapse's decay, renewed some hundred times, against decay written out.
TEST(MlpTraining, LazyDecayIsEagerDecay) {
    for (const std::string variant : {"local-local", "local-neuron"}) {
        MlpSettings s = small_mlp(variant);
        s.decay = 1.0 - 1.0 / 3.0;  // 2^-24 after 41 presentations
        s.images.train_count = 1500;
        s.max_epochs = 2;
        s.checkpoint_every = 500;
        SCOPED_TRACE(variant);
        expect_like_reference(s);
    }
}

TEST(MlpTraining, PricesAreTheReferences) {
    std::vector<std::pair<std::string, MlpSettings>> cases{{"momentum", small_mlp()}};
    cases[0].second.rule = MlpRule::momentum;
    cases[0].second.momentum = 0.7;
    for (const std::string& variant : mlp_variants) {
        cases.emplace_back(variant, small_mlp(variant));
    }
    for (auto& [variant, s] : cases) {
        s.decay = s.rule == MlpRule::caching ? 0.97 : 1.0;
        Tallies tallies;
        tallies.pricings = {{1.0, false}, {2.0, false}, {0.5, true}, {1.0, true}, {0.0, false}};
        const Outcome got = train_mlp(s, tallies);
        const ReferenceMlpData data = reference_data(s.images);
        const std::vector<int> sizes = layer_sizes(s, static_cast<int>(data.pixels), 10);
        for (std::size_t p = 0; p < tallies.pricings.size(); ++p) {
            SCOPED_TRACE(testing::Message() << variant << " exponent " << tallies.pricings[p].exponent
                                            << " potentiation " << tallies.pricings[p].potentiation_only);
            ReferenceMlpSettings reference = reference_settings(s);
            reference.exponent = tallies.pricings[p].exponent;
            reference.potentiation_only = tallies.pricings[p].potentiation_only;
            reference.checkpoint_every = s.images.train_count * s.max_epochs;
            const ReferenceCheckpoint want =
                train_reference_mlp(reference, sizes, initial_weights(s, sizes), data).checkpoints.at(0);
            EXPECT_TRUE(near(got.sums[p].uncached, want.total(&ReferenceEnergies::uncached), sum_rounding));
            EXPECT_TRUE(near(got.sums[p].minimal, want.total(&ReferenceEnergies::minimal), sum_rounding));
            EXPECT_TRUE(near(got.sums[p].consolidation, want.total(&ReferenceEnergies::consolidation), sum_rounding));
            if (s.rule == MlpRule::caching) {
                EXPECT_TRUE(near(got.sums[p].transient_change_sum, want.total(&ReferenceEnergies::transient_change),
                                 sum_rounding));
            }
        }
    }
}

TEST(MlpTraining, LayersAndCountsAreTheReferences) {
    for (const std::string& variant : mlp_variants) {
        SCOPED_TRACE(variant);
        MlpSettings s = small_mlp(variant);
        s.checkpoint_every = s.images.train_count * s.max_epochs;
        Tallies tallies;
        tallies.persistent_sum = true;
        const Outcome got = train_mlp(s, tallies);
        const ReferenceCheckpoint want = train_reference(s).checkpoints.at(0);
        expect_layers(got, want);
    }
}

TEST(MlpTraining, RecordedWeightsAreTheReferences) {
    for (const std::string& variant : mlp_variants) {
        SCOPED_TRACE(variant);
        MlpSettings s = small_mlp(variant);
        s.decay = s.rule == MlpRule::caching ? 0.97 : 1.0;
        Tallies tallies;
        tallies.record = {"weights"};
        const Outcome got = train_mlp(s, tallies);
        const ReferenceMlpResult want = train_reference(s);
        ASSERT_EQ(got.weights.size(), 3u);
        for (std::size_t k = 0; k < 2; ++k) {
            const ReferenceLayer& layer = want.layers[k];
            std::vector<double> whole;
            for (std::size_t i = 0; i < layer.persistent.size(); ++i) {
                whole.push_back(layer.persistent[i] + layer.transient[i]);
            }
            EXPECT_EQ(got.weights[k].shape, (std::vector<std::int64_t>{layer.units, layer.inputs}));
            EXPECT_TRUE(all_near(got.weights[k].values, whole, sum_rounding, 1e-12));
        }
        const RecordedArray& picture = got.weights[2];
        EXPECT_EQ(picture.name, "input_consolidation");
        EXPECT_EQ(picture.shape, (std::vector<std::int64_t>{28, 28}));
        double sum = 0.0;
        for (const double pixel : picture.values) {
            sum += pixel;
        }
        EXPECT_TRUE(near(sum, got.extras.at(5), sum_rounding)) << "pixels add up to the first layer's consolidation";
    }
}

// Against central differences of the cost, in every layer. The gradient that the scripts publish is another one.
TEST(MlpTraining, ExactGradientIsThatOfTheCost) {
    for (const Cost cost : {Cost::mse, Cost::cross_entropy}) {
        for (const std::vector<int>& hidden : std::vector<std::vector<int>>{{6}, {6, 5}, {6, 5, 4}, {6, 5, 4, 7}}) {
            MlpSettings s = small_mlp();
            s.hidden = hidden;
            s.backprop = Backprop::exact;
            s.cost = cost;
            s.initial_sd = 0.7;
            const auto images = shared_images<double>(s.images);
            const std::vector<int> sizes = layer_sizes(s, 784, 10);
            std::vector<std::vector<double>> weights = initial_weights(s, sizes);
            const ReferenceMlpData data = reference_data(s.images);
            const int label = data.train_labels[3];
            const auto cost_now = [&] {
                ReferenceMlp network(reference_settings(s), sizes, weights);
                const std::vector<double>& y = network.outputs(data.train_images.data() + 3 * 784);
                double sum = 0.0;
                for (int k = 0; k < 10; ++k) {
                    const double t = k == label ? s.target_high : s.target_low;
                    sum += cost == Cost::mse ? 0.5 * (t - y[k]) * (t - y[k])
                                             : -t * std::log(y[k]) - (1.0 - t) * std::log(1.0 - y[k]);
                }
                return sum;
            };
            MlpNetwork<double> engine(s, {}, sizes, weights, images->train.view(), images->test.view(), {{1.0, 0}});
            for (std::size_t layer = 0; layer < weights.size(); ++layer) {
                const std::vector<double> minus_gradient = engine.negative_gradient(static_cast<int>(layer), 3);
                ASSERT_EQ(minus_gradient.size(), weights[layer].size());
                const std::size_t stride = std::max<std::size_t>(1, weights[layer].size() / 40);
                for (std::size_t i = stride / 2; i < weights[layer].size(); i += stride) {
                    constexpr double h = 1e-5;
                    const double kept = weights[layer][i];
                    weights[layer][i] = kept + h;
                    const double above = cost_now();
                    weights[layer][i] = kept - h;
                    const double below = cost_now();
                    weights[layer][i] = kept;
                    // Truncation h^2 and sum_rounding 1e-16 / h: both about 1e-10.
                    EXPECT_TRUE(near(minus_gradient[i], (below - above) / (2.0 * h), 1e-6, 1e-9))
                        << "layer " << layer << " of " << weights.size() << ", weight " << i;
                }
            }
        }
    }
}

TEST(MlpTraining, ThresholdZeroCostsWhatNoCacheCosts) {
    const Outcome plain = train_mlp(small_mlp("none"));
    for (const std::string variant : {"local-local", "local-neuron", "local-layer", "global-global"}) {
        MlpSettings s = small_mlp(variant);
        s.threshold = 0.0;
        const Outcome cached = train_mlp(s);
        EXPECT_EQ(cached.extras.at(0), plain.extras.at(0));
        EXPECT_TRUE(near(cached.sums[0].consolidation, plain.sums[0].consolidation, sum_rounding)) << variant;
        EXPECT_TRUE(near(cached.sums[0].uncached, plain.sums[0].uncached, sum_rounding)) << variant;
        EXPECT_EQ(cached.maintenance_sum, 0.0);
        EXPECT_TRUE(near(cached.sums[0].transient_change_sum, 0.0, 0.0, 1e-9)) << variant;
    }
}

// Where all is consolidated at once nothing stays in s but what the two sums round differently; never below 0.
TEST(MlpTraining, SumsOfMagnitudesAreNeverNegative) {
    for (MlpSettings s : {small_mlp("local-local"), small_mlp("local-neuron")}) {
        s.images.train_count = 1;
        s.threshold = 0.0;
        s.hidden = {1};
        s.max_epochs = 1;
        for (s.seed = 1; s.seed <= 100; ++s.seed) {
            const Outcome got = train_mlp(s);
            EXPECT_GE(got.sums[0].transient_change_sum, 0.0) << s.seed;
            EXPECT_LE(got.sums[0].transient_change_sum, 1e-12 * got.sums[0].uncached) << s.seed;
        }
    }
}

TEST(MlpTraining, InfiniteThresholdWithoutDecayCostsTheMinimum) {
    for (const std::string variant : {"local-local", "local-neuron", "local-layer", "global-global"}) {
        MlpSettings s = small_mlp(variant);
        s.threshold = std::numeric_limits<double>::infinity();
        const Outcome outcome = train_mlp(s);
        EXPECT_TRUE(near(outcome.sums[0].consolidation, outcome.sums[0].minimal, sum_rounding)) << variant;
        EXPECT_GT(outcome.sums[0].minimal, 0.0);
        EXPECT_LT(outcome.sums[0].minimal, outcome.sums[0].uncached);
    }
}

TEST(MlpTraining, StopsByTheRules) {
    // Above the target; when no better than the worst of the last epochs before; and at the last epoch at the latest.
    MlpSettings reached = small_mlp();
    reached.images.train_count = 400;
    reached.max_epochs = 40;
    reached.target_accuracy = 0.4;
    MlpSettings stuck = small_mlp();
    stuck.learning_rate = 1e-6;
    stuck.max_epochs = 40;
    MlpSettings impatient = stuck;
    impatient.patience = 1;
    for (const MlpSettings& s : {reached, stuck, impatient, small_mlp()}) {
        expect_like_reference(s);
    }
    EXPECT_TRUE(train_mlp(reached).converged);
    EXPECT_LT(train_mlp(reached).epochs, 40);
    EXPECT_EQ(train_mlp(stuck).epochs, 5);  // patience 3: the first epoch with more than four done
    EXPECT_EQ(train_mlp(impatient).epochs, 3);
    EXPECT_FALSE(train_mlp(small_mlp()).converged);
    EXPECT_EQ(train_mlp(small_mlp()).epochs, 3);
}

TEST(MlpTraining, StopsAtACheckpointWhereAsked) {
    MlpSettings s = small_mlp();
    s.images.train_count = 400;
    s.max_epochs = 40;
    const Outcome to_the_end = train_mlp(s);
    const RecordedTable& all = to_the_end.tables.at(0);
    s.target_accuracy = 0.4;
    s.stop_at_checkpoint = true;
    const Outcome stopped = train_mlp(s);
    const RecordedTable& until = stopped.tables.at(0);
    ASSERT_LT(until.rows.size(), all.rows.size());
    EXPECT_TRUE(std::equal(until.rows.begin(), until.rows.end(), all.rows.begin())) << "the same course, cut short";
    EXPECT_TRUE(stopped.converged);
    const std::size_t n = until.rows.size() / until.columns.size();
    EXPECT_GT(cell(until, n - 1, "accuracy"), 0.4);
    for (std::size_t i = 0; i + 1 < n; ++i) {
        EXPECT_LE(cell(until, i, "accuracy"), 0.4);
    }
    EXPECT_EQ(stopped.sums[0].consolidation, cell(until, n - 1, "consolidation"));
}

// One epoch of MNIST at the paper's parameters.
TEST(MlpTraining, MnistInSinglePrecisionTellsTheSameStory) {
    if (!mnist_is_there()) {
        GTEST_SKIP() << "no MNIST files";
    }
    for (const std::string variant : {"none", "local-neuron"}) {
        SCOPED_TRACE(variant);
        MlpSettings s = small_mlp(variant);
        s.images = {"mnist", {}, 0, 60000, 0, 10000};
        s.images.files = image_files(find_collection("mnist"));
        s.hidden = {100};
        s.learning_rate = 0.1;
        s.initial_sd = 0.01;
        s.threshold = 0.04;
        s.decay = s.rule == MlpRule::caching ? std::exp(-1.0 / 1000.0) : 1.0;
        s.max_epochs = 1;
        s.checkpoint_every = 60000;
        const Outcome wide = train_mlp(s);
        s.single = true;
        const Outcome narrow = train_mlp(s);
        EXPECT_NE(narrow.sums[0].consolidation, wide.sums[0].consolidation) << "is it single precision?";
        EXPECT_TRUE(near(narrow.sums[0].uncached, wide.sums[0].uncached, 1e-3));
        EXPECT_TRUE(near(narrow.sums[0].minimal, wide.sums[0].minimal, 1e-3));
        EXPECT_TRUE(near(narrow.sums[0].consolidation, wide.sums[0].consolidation, 1e-3));
        EXPECT_TRUE(near(narrow.maintenance_sum, wide.maintenance_sum, 1e-3));
        EXPECT_TRUE(near(narrow.extras.at(0), wide.extras.at(0), 0.0, 0.003));
        EXPECT_GT(wide.extras.at(0), 0.9);
    }
}

}  // namespace
}  // namespace syncache::test
