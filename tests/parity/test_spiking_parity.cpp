#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "host/models/spiking/model.hpp"
#include "tests/support/cuda.hpp"
#include "tests/support/near.hpp"
#include "tests/support/parity_name.hpp"
#include "tests/support/source_folder.hpp"
#include "tests/support/spiking_cases.hpp"

// The GPU against the CPU: the same bits in single and in double precision, since one thread does the same operations
// in the same order, contracts nothing, and the model uses no library function. Exponents other than 1 go through pow,
// whose last digits may differ.
namespace syncache::test {
namespace {

Tallies everything() {
    Tallies tallies;
    tallies.pricings = {{1.0, false}, {1.0, true}, {0.5, false}};
    tallies.persistent_sum = true;
    tallies.record = {"epochs", "weights", "presentations"};
    return tallies;
}

struct ParityCase {
    std::string variant = "none";
    int patterns = 4;
    int inputs = 100;
    int max_runs = 1000;
    double tau = INFINITY;
    std::uint64_t seed = 1;
    bool single = false;
};

Trial trial_of(const ParityCase& c) {
    static const std::filesystem::path folder;
    const Model& model = spiking_model();
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
    set("threshold", c.variant == "global-global" ? 5e-10 / 3.0 : 1e-10 / 3.0);
    set("tau", c.tau);
    set("patterns", static_cast<std::int64_t>(c.patterns));
    set("max_runs", static_cast<std::int64_t>(c.max_runs));
    set("auditory_inputs", static_cast<std::int64_t>(c.inputs));
    set("active_inputs", static_cast<std::int64_t>(c.inputs == 1 ? 1 : 2));
    return Trial(model, values, folder);
}

std::vector<Outcome> train_on(Trainer& trainer, const std::vector<ParityCase>& cases) {
    std::vector<Trial> trials;
    for (const ParityCase& c : cases) {
        trials.push_back(trial_of(c));
    }
    std::vector<Outcome> outcomes(cases.size());
    const std::atomic<bool> stop = false;
    trainer.train(trials, everything(), stop,
                  [&](std::size_t place, Outcome outcome) { outcomes[place] = std::move(outcome); });
    return outcomes;
}

void expect_equal(const Outcome& cuda, const Outcome& cpu) {
    EXPECT_EQ(cuda.converged, cpu.converged);
    EXPECT_EQ(cuda.epochs, cpu.epochs);
    EXPECT_EQ(cuda.updates, cpu.updates);
    EXPECT_EQ(cuda.maintenance_sum, cpu.maintenance_sum);
    EXPECT_EQ(cuda.persistent_sum, cpu.persistent_sum);
    EXPECT_EQ(cuda.extras, cpu.extras);
    ASSERT_EQ(cuda.sums.size(), cpu.sums.size());
    for (std::size_t k = 0; k < cpu.sums.size(); ++k) {
        const double pow_rounding = cpu.sums[k].pricing.exponent == 1.0 ? 0.0 : 1e-13;
        EXPECT_TRUE(near(cuda.sums[k].uncached, cpu.sums[k].uncached, pow_rounding));
        EXPECT_TRUE(near(cuda.sums[k].minimal, cpu.sums[k].minimal, pow_rounding));
        EXPECT_TRUE(near(cuda.sums[k].consolidation, cpu.sums[k].consolidation, pow_rounding));
        EXPECT_EQ(cuda.sums[k].transient_change_sum, cpu.sums[k].transient_change_sum);
    }
    ASSERT_EQ(cuda.tables.size(), cpu.tables.size());
    for (std::size_t t = 0; t < cpu.tables.size(); ++t) {
        EXPECT_EQ(cuda.tables[t].rows, cpu.tables[t].rows) << cpu.tables[t].name;
    }
    ASSERT_EQ(cuda.weights.size(), 1u);
    EXPECT_EQ(cuda.weights[0].values, cpu.weights[0].values);
}

void expect_parity(const std::vector<ParityCase>& cases) {
    const std::vector<Outcome> cpu = train_on(*spiking_model().cpu_trainer(), cases);
    const std::vector<Outcome> cuda = train_on(*spiking_model().cuda_trainer(0), cases);
    for (std::size_t i = 0; i < cases.size(); ++i) {
        SCOPED_TRACE("case " + std::to_string(i));
        expect_equal(cuda[i], cpu[i]);
    }
}

class SpikingParity : public ::testing::TestWithParam<std::tuple<std::string, int, int>> {};

TEST_P(SpikingParity, CudaEqualsCpu) {
    SYNCACHE_NEEDS_CUDA();
    const auto [variant, inputs, max_runs] = GetParam();
    std::vector<ParityCase> cases;
    for (const bool single : {true, false}) {
        for (const double tau : {double{INFINITY}, 100.0 / 3.0}) {
            cases.push_back({variant, 3, inputs, max_runs, tau, 5, single});
        }
    }
    expect_parity(cases);
}

INSTANTIATE_TEST_SUITE_P(VariantsAndShapes, SpikingParity,
                         ::testing::Combine(::testing::Values("none", "local-local", "local-global", "global-global"),
                                            ::testing::Values(1, 31, 32, 33, 1000), ::testing::Values(1, 14)),
                         ParityName());

// More trials than the lanes in flight on a small GPU, of every number of patterns, in one batch.
TEST(SpikingCuda, ManyTrialsOfUnequalLengthInOneBatch) {
    SYNCACHE_NEEDS_CUDA();
    std::vector<ParityCase> cases;
    for (int i = 0; i < 600; ++i) {
        cases.push_back({"none", 1 + i % 7, 100, 13, INFINITY, static_cast<std::uint64_t>(i), i % 2 == 0});
    }
    expect_parity(cases);
}

TEST(SpikingCuda, RecordedSpikesAreReplayed) {
    SYNCACHE_NEEDS_CUDA();
    const std::filesystem::path folder = source_folder() / "tests/golden/spiking/p4";
    ParityCase c;
    std::vector<Value> values = trial_of(c).values();
    std::vector<bool> is_set(values.size(), false);
    values[static_cast<std::size_t>(find_parameter(spiking_model(), "patterns_file"))] = std::string("patterns.csv");
    values[static_cast<std::size_t>(find_parameter(spiking_model(), "input_spikes_file"))] =
        std::string("input_spikes.csv.gz");
    spiking_model().complete(values, is_set, folder);
    const std::vector<Trial> trials{Trial(spiking_model(), values, folder)};
    const std::atomic<bool> stop = false;
    Outcome cpu, cuda;
    spiking_model().cpu_trainer()->train(trials, everything(), stop,
                                         [&](std::size_t, Outcome outcome) { cpu = std::move(outcome); });
    spiking_model().cuda_trainer(0)->train(trials, everything(), stop,
                                           [&](std::size_t, Outcome outcome) { cuda = std::move(outcome); });
    expect_equal(cuda, cpu);
}

// Without a GPU the request for one fails; it is never served by the CPU.
TEST(SpikingCuda, AbsentDeviceIsAnError) {
    std::string reason;
    const int beyond = static_cast<int>(cuda_devices(reason).size());
    EXPECT_ANY_THROW(spiking_model().cuda_trainer(beyond));
}

}  // namespace
}  // namespace syncache::test
