#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "host/models/mlp/cuda_trainer.hpp"
#include "host/models/mlp/model.hpp"
#include "kernels/mlp/mlp_cpu.hpp"
#include "tests/support/cuda.hpp"
#include "tests/support/near.hpp"
#include "tests/support/parity_name.hpp"
#include "tests/support/parity_size.hpp"

// The GPU against the CPU. Weights, accuracies and counts have the same bits: fields add in one order, the logistic
// function is our own, and nothing is contracted. Energies are sums over synapses whose order differs (by unit on the
// CPU, by thread on the GPU), and so does the total of |s| that triggers global-global; exponents other than 1 go
// through pow.
//
// The CPU executor compiled with packs of one lane is the GPU's code; it is compared with the CPU's on every machine.
// tests/emulator has a GPU for machines without one.
namespace syncache {
namespace one_lane {
extern const MlpCpuKernels mlp_kernels;
}
namespace test {
namespace {

constexpr double order_of_sums = 1e-12;

Tallies everything() {
    Tallies tallies;
    tallies.pricings = {{1.0, false}, {1.0, true}, {0.5, false}};
    tallies.persistent_sum = true;
    tallies.record = {"traces", "weights", "checkpoint_weights"};
    return tallies;
}

struct ParityCase {
    std::string variant = "none";
    std::string hidden = "33";
    bool single = true;
    double tau = INFINITY;
    double momentum = 0.0;
    std::string backprop = "published";
    std::string cost = "mse";
    std::int64_t checkpoint_every = 85;
    std::uint64_t seed = 1;
    std::int64_t max_epochs = 2;
    std::int64_t train_count = 150;
    std::string schedule = "constant";  // of the threshold
    double threshold_end = 0.0, threshold_time = INFINITY;
    std::string factors = "1";
    std::vector<std::pair<const char*, Value>> more{};  // other parameters
};

// The synapses of a pixel in the middle onto the first and last units, and those between the last units of the layers
// above: of every layer, and of the first and the last part of a network that is split.
std::string traced_of(const std::string& hidden) {
    constexpr std::int64_t pixels = 784, middle = 406;
    std::vector<int> sizes = hidden_units(hidden);
    std::string traced = std::to_string(middle) + "," + std::to_string(middle + (sizes[0] - 1) * pixels + 1);
    sizes.push_back(10);
    std::int64_t end = pixels * sizes[0];
    for (std::size_t k = 0; k + 1 < sizes.size(); ++k) {
        end += std::int64_t{sizes[k]} * sizes[k + 1];
        traced += "," + std::to_string(end - 1);
    }
    return traced;
}

Trial trial_of(const ParityCase& c) {
    static const std::filesystem::path folder;
    const Model& model = mlp_model();
    std::vector<Value> values;
    for (const Parameter& parameter : model.parameters()) {
        values.push_back(parameter.fallback);
    }
    const auto set = [&](const char* name, Value value) {
        values[static_cast<std::size_t>(find_parameter(model, name))] = std::move(value);
    };
    set("seed", static_cast<std::int64_t>(c.seed));
    set("precision", std::string(c.single ? "single" : "double"));
    set("variant", c.variant);
    set("threshold", c.variant == "global-global" ? 40.0 / 3.0 : 0.1 / 3.0);
    set("threshold_schedule", c.schedule);
    set("threshold_end", c.threshold_end);
    set("threshold_time", c.threshold_time);
    set("layer_threshold_factors", c.factors);
    set("tau", c.tau);
    set("learning_rate", 1.0 / 3.0);
    set("momentum", c.momentum);
    set("hidden", c.hidden);
    set("backprop", c.backprop);
    set("cost", c.cost);
    set("order", std::string(c.seed % 2 == 0 ? "shuffled" : "file"));
    set("checkpoint_every", c.checkpoint_every);
    set("max_epochs", c.max_epochs);
    set("data", std::string("synthetic"));
    set("train_count", c.train_count);
    set("test_count", std::int64_t{150});
    set("traced", traced_of(c.hidden));
    for (const auto& [name, value] : c.more) {
        set(name, value);
    }
    return Trial(model, values, folder);
}

std::vector<Outcome> train_on_cuda(const std::vector<ParityCase>& cases, MlpCudaVariant variant = MlpCudaVariant::block,
                                   const Tallies& tallies = everything()) {
    std::vector<Trial> trials;
    for (const ParityCase& c : cases) {
        trials.push_back(trial_of(c));
    }
    std::vector<Outcome> outcomes(cases.size());
    const std::atomic<bool> stop = false;
    mlp_cuda_trainer(0, variant)->train(trials, tallies, stop, [&](std::size_t place, Outcome outcome) {
        outcomes[place] = std::move(outcome);
    });
    return outcomes;
}

void expect_near(const std::vector<double>& got, const std::vector<double>& want) {
    ASSERT_EQ(got.size(), want.size());
    for (std::size_t i = 0; i < want.size(); ++i) {
        EXPECT_TRUE((std::isnan(got[i]) && std::isnan(want[i])) || near(got[i], want[i], order_of_sums)) << i;
    }
}

void expect_equal(const std::vector<RecordedArray>& got, const std::vector<RecordedArray>& want) {
    ASSERT_EQ(got.size(), want.size());
    for (std::size_t k = 0; k < want.size(); ++k) {
        EXPECT_EQ(got[k].name, want[k].name);
        EXPECT_EQ(got[k].shape, want[k].shape) << want[k].name;
        if (want[k].name == "input_consolidation") {
            expect_near(got[k].values, want[k].values);
        } else {
            EXPECT_EQ(got[k].values, want[k].values) << want[k].name;
        }
    }
}

void expect_equal(const Outcome& got, const Outcome& want) {
    EXPECT_EQ(got.converged, want.converged);
    EXPECT_EQ(got.epochs, want.epochs);
    EXPECT_EQ(got.presentations, want.presentations);
    EXPECT_TRUE(near(got.maintenance_sum, want.maintenance_sum, order_of_sums));
    EXPECT_TRUE(near(got.persistent_sum, want.persistent_sum, order_of_sums));
    expect_near(got.extras, want.extras);
    for (std::size_t i = 0; i < want.extras.size(); ++i) {
        const std::string& column = mlp_extra_columns()[i];
        const bool is_exact = column == "accuracy" || column.find("changes") != std::string::npos ||
                              column == "learned_presentations" || column == "distinct_images";
        if (is_exact && !std::isnan(want.extras[i])) {
            EXPECT_EQ(got.extras[i], want.extras[i]) << column;
        }
    }
    ASSERT_EQ(got.sums.size(), want.sums.size());
    for (std::size_t k = 0; k < want.sums.size(); ++k) {
        EXPECT_TRUE(near(got.sums[k].uncached, want.sums[k].uncached, order_of_sums));
        EXPECT_TRUE(near(got.sums[k].minimal, want.sums[k].minimal, order_of_sums));
        EXPECT_TRUE(near(got.sums[k].consolidation, want.sums[k].consolidation, order_of_sums));
        EXPECT_TRUE(near(got.sums[k].transient_change_sum, want.sums[k].transient_change_sum, order_of_sums));
    }
    ASSERT_EQ(got.tables.size(), want.tables.size());
    expect_near(got.tables[0].rows, want.tables[0].rows);
    EXPECT_EQ(got.tables[1].rows, want.tables[1].rows);
    expect_equal(got.weights, want.weights);
}

std::vector<ParityCase> cases_of(const std::string& variant, const std::string& hidden) {
    std::vector<ParityCase> cases;
    for (const bool single : {true, false}) {
        for (const double tau : {static_cast<double>(INFINITY), 100.0 / 7.0}) {
            cases.push_back({variant, hidden, single, tau});
            cases.push_back({variant, hidden, single, tau, 0.0, "exact", "cross-entropy", 300, 2});
        }
        if (variant == "none") {
            cases.push_back({variant, hidden, single, INFINITY, 0.7});
        } else {
            ParityCase falling{variant, hidden, single};
            falling.threshold_time = 100.0 / 3.0;
            falling.schedule = "error-rate";
            cases.push_back(falling);
            falling.tau = 100.0 / 7.0;
            falling.schedule = "exponential";
            falling.threshold_end = 0.001 / 3.0;
            for (int layer = 1;
                 variant != "global-global" && layer <= std::count(hidden.begin(), hidden.end(), ',') + 1; ++layer) {
                falling.factors += "," + std::to_string(2.1 / layer);
            }
            cases.push_back(falling);
        }
    }
    return cases;
}

// The cases in the size of what the backend `cuda` is: an emulated GPU trains on few images.
std::vector<ParityCase> sized(std::vector<ParityCase> cases) {
    for (ParityCase& c : cases) {
        c.train_count = parity_size<std::int64_t>(c.train_count, 12);
        c.checkpoint_every = parity_size<std::int64_t>(c.checkpoint_every, c.checkpoint_every < 100 ? 7 : 24);
    }
    return cases;
}

class MlpParity : public ::testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(MlpParity, CudaEqualsCpu) {
    SYNCACHE_NEEDS_CUDA();
    const auto cases = sized(cases_of(std::get<0>(GetParam()), std::get<1>(GetParam())));
    for (const MlpCudaVariant variant : mlp_cuda_variants) {
        SCOPED_TRACE(name_of(variant));
        if (!why_not(variant, mlp_settings(trial_of(cases[0])), everything()).empty()) {
            continue;  // a cluster does not split one unit; SaysWhatItDoesNotTrain has which
        }
        const std::vector<Outcome> cuda = train_on_cuda(cases, variant);
        for (std::size_t i = 0; i < cases.size(); ++i) {
            SCOPED_TRACE("case " + std::to_string(i));
            expect_equal(cuda[i], train_mlp(mlp_settings(trial_of(cases[i])), everything()));
        }
    }
}

TEST_P(MlpParity, OneLaneEqualsPacks) {
    const auto cases = cases_of(std::get<0>(GetParam()), std::get<1>(GetParam()));
    for (std::size_t i = 0; i < cases.size(); ++i) {
        SCOPED_TRACE("case " + std::to_string(i));
        const MlpSettings settings = mlp_settings(trial_of(cases[i]));
        expect_equal(train_mlp(settings, everything(), one_lane::mlp_kernels), train_mlp(settings, everything()));
    }
}

INSTANTIATE_TEST_SUITE_P(VariantsAndShapes, MlpParity,
                         ::testing::Combine(::testing::Values("none", "local-local", "local-neuron", "local-layer",
                                                              "global-global"),
                                            ::testing::Values("1", "15", "16", "17", "100", "33,7", "9,17,3,5")),
                         ParityName());

Tallies everything_of_general() {
    Tallies tallies = everything();
    tallies.record.push_back("changes");
    return tallies;
}

// Networks of docs/model.md, section 11: every rule, and with them in turn every variant, unit, output, gate and order.
std::vector<ParityCase> general_cases() {
    const auto text = [](const char* word) { return Value(std::string(word)); };
    constexpr const char* rules[] = {"none",           "random-units",    "fixed-units",         "fixed-units-by-label",
                                     "largest-error",  "smallest-error",  "largest-change",      "smallest-change",
                                     "largest-weight", "smallest-weight", "largest-change-unit", "largest-weight-unit",
                                     "fixed-synapses", "first-units",     "static-input"};
    constexpr const char* variants[] = {"none", "local-local", "local-neuron", "local-layer", "global-global"};
    constexpr const char* activations[] = {"leaky-relu", "logistic", "elu", "relu"};
    constexpr const char* outputs[] = {"linear", "softmax", "logistic"};
    constexpr const char* gates[] = {"none", "mistakes", "low-confidence", "memorised-mistakes", "none"};
    constexpr const char* orders[] = {"random", "file", "shuffled"};
    std::vector<ParityCase> cases;
    std::size_t i = 0;
    for (const char* const rule : rules) {
        for (const bool single : {true, false}) {
            const bool momentum = i % 5 == 0 && i % 3 == 0, one_layer = std::string(rule) == "first-units";
            ParityCase c{variants[i % 5],
                         one_layer || i % 2 == 0 ? "17" : "33,7",
                         single,
                         i % 4 == 0 ? static_cast<double>(INFINITY) : 100.0 / 7.0,
                         momentum ? 0.7 : 0.0,
                         "exact",
                         std::string(outputs[i % 3]) == "softmax" ? "cross-entropy" : "mse"};
            c.more = {{"learning_rate", 1.0 / 60.0},
                      {"threshold", 0.01 / 3.0},
                      {"competition", text(rule)},
                      {"fraction", text(one_layer || i % 2 == 0 ? "0.2,0.7" : "0.1,0.5,1")},
                      {"activation", text(activations[i % 4])},
                      {"output", text(outputs[i % 3])},
                      {"bias_unit", i % 2 == 0},
                      {"input_bias", i % 3 != 1},
                      {"input_centring", text(i % 7 < 2 ? "mean" : "none")},
                      {"gate", text(gates[i % 5])},
                      {"confidence", 0.3},
                      {"order", text(orders[i % 3])}};
            cases.push_back(c);
            i += single ? 1 : 3;
        }
    }
    return cases;
}

TEST(MlpParityOfGeneral, CudaEqualsCpu) {
    SYNCACHE_NEEDS_CUDA();
    const auto cases = sized(general_cases());
    const std::vector<Outcome> cuda = train_on_cuda(cases, MlpCudaVariant::block, everything_of_general());
    for (std::size_t i = 0; i < cases.size(); ++i) {
        SCOPED_TRACE("case " + std::to_string(i));
        expect_equal(cuda[i], train_mlp(mlp_settings(trial_of(cases[i])), everything_of_general()));
    }
}

TEST(MlpParityOfGeneral, OneLaneEqualsPacks) {
    const auto cases = general_cases();
    for (std::size_t i = 0; i < cases.size(); ++i) {
        SCOPED_TRACE("case " + std::to_string(i));
        const MlpSettings settings = mlp_settings(trial_of(cases[i]));
        expect_equal(train_mlp(settings, everything_of_general(), one_lane::mlp_kernels),
                     train_mlp(settings, everything_of_general()));
    }
}

TEST(MlpCudaVariant, SaysWhatItDoesNotTrain) {
    const auto reason = [](MlpCudaVariant variant, const char* hidden, bool single) {
        return why_not(variant, mlp_settings(trial_of({"local-neuron", hidden, single})), everything());
    };
    EXPECT_EQ(reason(MlpCudaVariant::block, "1", true), "");
    EXPECT_EQ(reason(MlpCudaVariant::block, "5000", false), "");
    EXPECT_EQ(reason(MlpCudaVariant::cluster, "100", true), "");
    EXPECT_EQ(reason(MlpCudaVariant::cluster, "100", false), "");
    EXPECT_EQ(reason(MlpCudaVariant::cluster, "1", true), "cluster: a first layer of one unit cannot be split");
    ParityCase relu{"local-neuron", "100"};
    relu.more.emplace_back("activation", std::string("relu"));
    EXPECT_EQ(why_not(MlpCudaVariant::block, mlp_settings(trial_of(relu)), everything()), "");
    EXPECT_EQ(why_not(MlpCudaVariant::cluster, mlp_settings(trial_of(relu)), everything()),
              "cluster: does not train general networks");
    EXPECT_EQ(reason(MlpCudaVariant::cluster, "300", false).substr(0, 35), "cluster: each of 8 parts takes 5391");
}

// A network of 0.66 MB that splits evenly: three blocks are enough, two are not.
TEST(MlpCudaVariant, TakesAsFewBlocksAsHoldTheNetwork) {
    MlpSlotSize size;
    size.fewest_units = 100;
    for (const int n : {2, 3, 4, 5, 6, 7, 8}) {
        size.part_bytes[n] = 660000 / static_cast<std::size_t>(n);
    }
    EXPECT_EQ(blocks_of_cluster(size, hopper_shared_bytes), 3);
    size.fewest_units = 2;
    EXPECT_EQ(blocks_of_cluster(size, hopper_shared_bytes), 0);
}

// A block of 65,535 units' numbers in single precision takes 33.6 MB: a sixteenth of 80 GB has room for 149 of 1584
// blocks.
TEST(MlpCudaVariant, EvaluatesInASixteenthOfTheFreeMemory) {
    const double wide = 2.0 * 64.0 * 65535.0 * 4.0, usual = 2.0 * 64.0 * 100.0 * 4.0;
    EXPECT_EQ(mlp_evaluation_blocks(1584, 1'000'000, wide, 80e9), 149);
    EXPECT_EQ(mlp_evaluation_blocks(1584, 1'000'000, usual, 80e9), 1584);
    EXPECT_EQ(mlp_evaluation_blocks(1584, 157, usual, 80e9), 157);
    EXPECT_EQ(mlp_evaluation_blocks(1584, 157, wide, 1e6), 1);
}

// Networks of unequal sizes, lengths and checkpoints in one batch, more than there are slots.
TEST(MlpCuda, ManyUnequalTrialsInOneBatch) {
    SYNCACHE_NEEDS_CUDA();
    std::vector<ParityCase> cases;
    for (int i = 0; i < parity_size(1500, 24); ++i) {
        ParityCase c{i % 3 == 0 ? "none" : "local-neuron", std::to_string(5 + i % 31), i % 5 != 0, 300.0};
        c.checkpoint_every = 40 + i % 7 * 30;
        c.seed = static_cast<std::uint64_t>(i);
        c.max_epochs = 1 + i % 3;
        c.train_count = parity_size<std::int64_t>(100, 12);
        c.checkpoint_every = parity_size<std::int64_t>(c.checkpoint_every, 5 + i % 7);
        cases.push_back(c);
    }
    for (const MlpCudaVariant variant : mlp_cuda_variants) {
        SCOPED_TRACE(name_of(variant));
        const std::vector<Outcome> cuda = train_on_cuda(cases, variant);
        for (std::size_t i = 0; i < cases.size(); i += parity_size<std::size_t>(13, 1)) {
            SCOPED_TRACE("case " + std::to_string(i));
            expect_equal(cuda[i], train_mlp(mlp_settings(trial_of(cases[i])), everything()));
        }
    }
}

// Without a GPU the request for one fails; it is never served by the CPU.
TEST(MlpCuda, AbsentDeviceIsAnError) {
    std::string reason;
    const int beyond = static_cast<int>(cuda_devices(reason).size());
    EXPECT_ANY_THROW(mlp_model().cuda_trainer(beyond));
}

}  // namespace
}  // namespace test
}  // namespace syncache
