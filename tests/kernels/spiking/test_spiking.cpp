#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/near.hpp"
#include "tests/support/spiking_cases.hpp"

// The engine against the plain reference on the same input spikes, and against what is known on paper.
namespace syncache::test {
namespace {

using spiking::Settings;

Tallies everything() {
    Tallies tallies;
    tallies.pricings = {{1.0, false}, {1.0, true}, {0.5, false}, {0.0, false}};
    tallies.persistent_sum = true;
    tallies.record = {"presentations", "weights"};
    return tallies;
}

// In double precision the two differ by rounding only: the engine adds in another order and takes decays from tables.
void expect_as_reference(const Settings& settings) {
    constexpr double rounding = 1e-9;
    const Tallies tallies = everything();
    const Outcome engine = spiking::train({settings}, tallies)[0];
    const ReferenceTrained reference = train_reference(reference_training(settings), tallies.pricings);
    EXPECT_EQ(engine.converged, reference.outcome.converged);
    EXPECT_EQ(engine.epochs, reference.outcome.epochs);
    EXPECT_EQ(engine.presentations, reference.outcome.presentations);
    EXPECT_EQ(engine.updates, reference.outcome.updates);
    EXPECT_TRUE(near(engine.maintenance_sum, reference.outcome.maintenance_sum, rounding));
    EXPECT_TRUE(near(engine.persistent_sum, reference.outcome.persistent_sum, rounding));
    ASSERT_EQ(engine.sums.size(), reference.outcome.sums.size());
    for (std::size_t k = 0; k < engine.sums.size(); ++k) {
        SCOPED_TRACE("pricing " + std::to_string(k));
        EXPECT_TRUE(near(engine.sums[k].uncached, reference.outcome.sums[k].uncached, rounding));
        EXPECT_TRUE(near(engine.sums[k].minimal, reference.outcome.sums[k].minimal, rounding));
        EXPECT_TRUE(near(engine.sums[k].consolidation, reference.outcome.sums[k].consolidation, rounding));
        EXPECT_TRUE(
            near(engine.sums[k].transient_change_sum, reference.outcome.sums[k].transient_change_sum, rounding));
    }
    EXPECT_TRUE(all_near(engine.weights.at(0).values, reference.conductances, rounding));
    const RecordedTable& table = engine.tables.at(0);
    ASSERT_EQ(table.rows.size(), reference.responses.size() * table.columns.size());
    for (std::size_t k = 0; k < reference.responses.size(); ++k) {
        const double* row = table.rows.data() + k * table.columns.size();
        EXPECT_EQ(row[2], reference.responses[k].output_spikes);
        EXPECT_EQ(row[3], reference.responses[k].last_output_step);
        EXPECT_TRUE(near(row[4], reference.responses[k].voltage, rounding));
    }
}

struct CachingCase {
    Policy policy;
    double threshold;
    double decay;
};

class SpikingCaching : public ::testing::TestWithParam<CachingCase> {};

TEST_P(SpikingCaching, IsTheReference) {
    Settings settings = spiking_settings(5, 3);
    settings.max_runs = 16;
    settings.policy = GetParam().policy;
    settings.threshold = GetParam().threshold;
    settings.decay = GetParam().decay;
    expect_as_reference(settings);
}

INSTANTIATE_TEST_SUITE_P(Policies, SpikingCaching,
                         ::testing::Values(CachingCase{Policy::immediate, 0.0, 1.0},
                                           CachingCase{Policy::local_local, 1e-10 / 3.0, 1.0},
                                           CachingCase{Policy::local_global, 1e-10 / 3.0, 1.0},
                                           CachingCase{Policy::global_global, 4e-10 / 3.0, 1.0},
                                           CachingCase{Policy::local_local, 1e-10 / 3.0, 0.9},
                                           CachingCase{Policy::local_global, 1e-10 / 3.0, 0.99},
                                           CachingCase{Policy::global_global, 4e-10 / 3.0, 0.7},
                                           CachingCase{Policy::local_local, 1.0, 0.9}));

TEST(Spiking, OtherConstantsAreTheReference) {
    Settings settings = spiking_settings(3, 11);
    settings.max_runs = 12;
    settings.auditory_inputs = 37;
    settings.active_inputs = 5;
    settings.initial_conductance = 1.1e-9;
    settings.adaptation_reversal = -80e-3;
    settings.excitatory_reversal = -5e-3;
    settings.visual_ratio_low = 0.3;
    settings.max_conductance = 1.1e-9;  // where all start, so that the first potentiation is clipped
    settings.stdp_size = 4e-9;
    settings.depression_ratio = 2.1;
    settings.time_step = 0.7e-4;
    settings.auditory_offset = 0.1;  // overlaps the visual input: depression and potentiation in the same steps
    settings.background_pool = 3;
    expect_as_reference(settings);
}

TEST(Spiking, TrainsToConvergenceAsTheReference) {
    Settings settings = spiking_settings(2, 1);
    expect_as_reference(settings);
    EXPECT_TRUE(spiking::train({settings})[0].converged);
}

// One spike of one input, then one output spike forced by a strong visual spike: g_A = size A_+ x_A, x_A = (1 -
// dt/tau_-)^steps.
TEST(Spiking, OneOutputSpikePotentiatesByTheInputsTrace) {
    ReferenceNeuron neuron;
    neuron.visual = 1e-5;
    neuron.background = 0.0;
    std::vector<double> g(100, 0.0);
    const std::vector<ReferenceSpikes> spikes{{10, 2 + 42, 3}, {20, 1, 1}};
    const ReferenceResponse response = present_reference(neuron, spikes, g, [](const auto&, const auto&) {});
    ASSERT_GE(response.output_spikes, 1);
    const double first = 1.25e-9 * 0.001 * std::pow(1.0 - 1e-4 / 70e-3, 10);
    EXPECT_GE(g[42], first * (1.0 - 1e-12));
    if (response.output_spikes == 1) {
        EXPECT_TRUE(near(g[42], first, 1e-12));
    }
    EXPECT_EQ(g[41], 0.0);
}

TEST(Spiking, WithoutACacheConsolidationIsUncached) {
    Settings settings = spiking_settings(4, 2);
    settings.max_runs = 12;
    const Outcome none = spiking::train({settings}, everything())[0];
    settings.policy = Policy::local_local;  // threshold 0: strictly exceeded by every change
    const Outcome zero = spiking::train({settings}, everything())[0];
    for (std::size_t k = 0; k < none.sums.size(); ++k) {
        // The same terms in another order.
        EXPECT_TRUE(near(none.sums[k].consolidation, none.sums[k].uncached, 1e-12));
        EXPECT_TRUE(near(zero.sums[k].consolidation, none.sums[k].uncached, 1e-12));
        EXPECT_EQ(none.sums[k].transient_change_sum, 0.0);
        EXPECT_EQ(zero.sums[k].transient_change_sum, 0.0);
    }
    EXPECT_EQ(none.maintenance_sum, 0.0);
    EXPECT_EQ(zero.maintenance_sum, 0.0);
    EXPECT_GT(none.sums[0].uncached, 1.2 * none.sums[0].minimal);
}

// The paper's optimal case: no decay, no threshold ever exceeded, so only the final consolidation costs.
TEST(Spiking, AnUnreachedThresholdCostsTheMinimum) {
    Settings settings = spiking_settings(4, 2);
    settings.max_runs = 12;
    for (const Policy policy : {Policy::local_local, Policy::local_global, Policy::global_global}) {
        settings.policy = policy;
        settings.threshold = INFINITY;
        const Outcome outcome = spiking::train({settings}, everything())[0];
        for (const ChangeSums& sums : outcome.sums) {
            EXPECT_TRUE(near(sums.consolidation, sums.minimal, 1e-12));
        }
        EXPECT_TRUE(near(outcome.sums[0].transient_change_sum, outcome.sums[0].uncached, 1e-12));
        EXPECT_GT(outcome.maintenance_sum, 0.0);
    }
}

// Without decay one trajectory serves all; the same bits as each alone, whatever is in the batch.
TEST(Spiking, MembersOfATrajectoryAndBatchesDoNotMatter) {
    std::vector<Settings> batch;
    for (const Policy policy : {Policy::immediate, Policy::local_local, Policy::local_global, Policy::global_global}) {
        for (const double decay : {1.0, 0.9}) {
            for (const bool single : {false, true}) {
                for (const int patterns : {1, 3}) {
                    Settings s = spiking_settings(patterns, 4);
                    s.max_runs = 11;
                    s.policy = policy;
                    s.threshold = 5e-11;
                    s.decay = policy == Policy::immediate ? 1.0 : decay;
                    s.single = single;
                    batch.push_back(s);
                }
            }
        }
    }
    const std::vector<Outcome> together = spiking::train(batch, everything());
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const Outcome alone = spiking::train({batch[i]}, everything())[0];
        SCOPED_TRACE("trial " + std::to_string(i));
        EXPECT_EQ(together[i].maintenance_sum, alone.maintenance_sum);
        EXPECT_EQ(together[i].updates, alone.updates);
        EXPECT_EQ(together[i].extras, alone.extras);
        EXPECT_EQ(together[i].weights[0].values, alone.weights[0].values);
        EXPECT_EQ(together[i].tables[0].rows, alone.tables[0].rows);
        for (std::size_t k = 0; k < alone.sums.size(); ++k) {
            EXPECT_EQ(together[i].sums[k].consolidation, alone.sums[k].consolidation);
            EXPECT_EQ(together[i].sums[k].uncached, alone.sums[k].uncached);
        }
    }
}

// Single precision sees the same input spikes. Its energies differ by what rounding adds up to (about 1e-4 of an update
// each, at random) and by trainings that converge a run earlier or later: the means of 30 trainings agree to 2 %.
TEST(Spiking, SinglePrecisionGivesTheSameStatistics) {
    double energy[2] = {}, minimal[2] = {};
    for (const bool single : {false, true}) {
        std::vector<Settings> batch;
        for (std::uint64_t seed = 1; seed <= 30; ++seed) {
            batch.push_back(spiking_settings(4, seed));
            batch.back().single = single;
        }
        for (const Outcome& outcome : spiking::train(batch)) {
            EXPECT_TRUE(outcome.converged);
            energy[single ? 1 : 0] += outcome.sums[0].uncached;
            minimal[single ? 1 : 0] += outcome.sums[0].minimal;
        }
    }
    EXPECT_TRUE(near(energy[1], energy[0], 0.02));
    EXPECT_TRUE(near(minimal[1], minimal[0], 0.02));
    EXPECT_NE(energy[1], energy[0]);
}

}  // namespace
}  // namespace syncache::test
