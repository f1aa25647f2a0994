#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "tests/support/near.hpp"
#include "tests/support/perceptron_cases.hpp"

// The engine against the plain reference (tests/support): the same patterns, every variant, shape, decay and offset.
namespace syncache {
namespace {

using test::all_near;
using test::engine_settings;
using test::near;
using test::PerceptronCase;
using test::reference_network;

constexpr double infinity = std::numeric_limits<double>::infinity();
// Both are double precision but add in different orders; counts must be equal nevertheless.
constexpr double rounding = 1e-10;

const std::vector<Pricing> many_pricings{{1.0, false}, {1.0, true}, {0.0, false},
                                         {2.0, false}, {0.5, true}, {2.5, true}};

Tallies everything() {
    Tallies tallies;
    tallies.pricings = many_pricings;
    tallies.persistent_sum = true;
    tallies.record_epochs = true;
    tallies.record_traces = true;
    tallies.record_weights = true;
    return tallies;
}

void expect_same(const Outcome& got, const test::ReferenceOutcome& want, double relative = rounding) {
    EXPECT_EQ(got.converged, want.outcome.converged);
    EXPECT_EQ(got.epochs, want.outcome.epochs);
    EXPECT_EQ(got.presentations, want.outcome.presentations);
    ASSERT_EQ(got.updates, want.outcome.updates);
    EXPECT_TRUE(near(got.maintenance_sum, want.outcome.maintenance_sum, relative));
    ASSERT_EQ(got.sums.size(), want.outcome.sums.size());
    for (std::size_t k = 0; k < got.sums.size(); ++k) {
        const ChangeSums& g = got.sums[k];
        const ChangeSums& w = want.outcome.sums[k];
        EXPECT_EQ(g.pricing, w.pricing);
        EXPECT_TRUE(near(g.uncached, w.uncached, relative)) << k;
        EXPECT_TRUE(near(g.minimal, w.minimal, relative)) << k;
        EXPECT_TRUE(near(g.consolidation, w.consolidation, relative)) << k;
        EXPECT_TRUE(near(g.transient_change_sum, w.transient_change_sum, relative)) << k;
    }
}

void expect_same_records(const Outcome& got, const test::ReferenceOutcome& want) {
    EXPECT_TRUE(near(got.persistent_sum, want.outcome.persistent_sum, rounding));
    ASSERT_EQ(got.tables.size(), 2u);
    std::vector<double> epochs;
    for (std::size_t e = 0; e < want.epochs.size(); ++e) {
        epochs.insert(epochs.end(), {static_cast<double>(e), static_cast<double>(want.epochs[e].updates),
                                     want.epochs[e].maintenance_sum, want.epochs[e].consolidation});
    }
    // Differences of sums over the whole training: their rounding is relative to those sums.
    const double absolute = 1e-12 * (want.outcome.maintenance_sum + want.outcome.sums[0].uncached);
    EXPECT_TRUE(all_near(got.tables[0].rows, epochs, rounding, absolute));
    ASSERT_EQ(got.tables[1].columns.size(), 6u);
    std::vector<double> traces, wanted, sums, wanted_sums;
    for (std::size_t k = 0; k < want.first_traces.size(); k += 5) {
        const auto row = want.first_traces.begin() + static_cast<std::ptrdiff_t>(k);
        wanted.insert(wanted.end(), {row[0], 0.0, row[1], row[2]});
        wanted_sums.insert(wanted_sums.end(), {row[3], row[4]});
    }
    for (std::size_t at = 0; at < got.tables[1].rows.size(); at += 6) {
        const auto row = got.tables[1].rows.begin() + static_cast<std::ptrdiff_t>(at);
        traces.insert(traces.end(), row, row + 4);
        sums.insert(sums.end(), row + 4, row + 6);
    }
    EXPECT_TRUE(all_near(traces, wanted, rounding, 1e-12));
    EXPECT_TRUE(all_near(sums, wanted_sums, rounding, absolute));
    ASSERT_EQ(got.weights.size(), 1u);
    EXPECT_TRUE(all_near(got.weights[0].values, want.weights, rounding, 1e-11));
}

class PerceptronCases : public ::testing::TestWithParam<PerceptronCase> {};

TEST_P(PerceptronCases, EqualTheReference) {
    const test::ReferenceOutcome want = train_reference(reference_network(GetParam()), many_pricings);
    const Outcome got = train_perceptrons({engine_settings(GetParam())}, everything()).at(0);
    ASSERT_GT(want.outcome.updates, 0);
    expect_same(got, want);
    expect_same_records(got, want);
}

std::vector<PerceptronCase> all_cases() {
    std::vector<PerceptronCase> cases;
    for (const char* variant : {"none", "local-local", "local-global", "global-global", "l1"}) {
        const bool global = std::string(variant) == "global-global";
        for (const int inputs : {1, 30, 31, 32, 33, 34, 200}) {
            // One input learns at most two patterns; the others are loaded beyond what is easy.
            const int patterns = inputs == 1 ? 2 : inputs * 3 / 2;
            for (const double tau : {0.0, 300.0, 30.0}) {
                if (tau > 0.0 && inputs % 2 == 1) {
                    continue;  // N+1 even: outputs that are exactly 0 occur, and rounding decides them in the reference
                }
                for (const double offset : {0.0, 0.03125}) {
                    PerceptronCase c{variant, inputs, patterns, global ? 1.5 * inputs : 2.5, tau, 1.0, offset, 60};
                    c.threshold = std::string(variant) == "l1" ? 0.0078125 : c.threshold;
                    cases.push_back(c);
                }
            }
        }
        if (std::string(variant) != "l1" &&
            std::string(variant) != "none") {  // where outputs and weights of 0 do occur
            cases.push_back({variant, 100, 150, global ? 40.0 : 0.25, 200.0, 0.1, 0.0, 60});  // learning rate
        }
        cases.push_back({variant, 100, 150, global ? 200.0 : 1.5, 0.0, 0.5, 0.0, 60});     // the same, exact in halves
        cases.push_back({variant, 60, 40, global ? 100.0 : 3.0, 500.0, 1.0, 0.1, 60, 9});  // an offset that rounds
        for (const double tau : {0.0, 300.0}) {
            for (const double rate : {1.0, 0.5}) {
                PerceptronCase c{variant, 100, 60, rate * (global ? 200.0 : 2.5), tau, rate, tau > 0.0 ? 0.1 : 0.0, 60};
                c.threshold = std::string(variant) == "l1" ? 0.0078125 : c.threshold;
                c.margin = rate * 1.7;  // without decay whole outputs, of which none is 17
                cases.push_back(c);
            }
        }
        for (const double tau : {0.0, 300.0}) {
            if (std::string(variant).starts_with("local")) {
                PerceptronCase c{variant, 100, 120, 2.5, tau, 1.0, 0.0, 60};
                c.pathway_sizes = "33,1,0,66";
                c.pathway_factors = "1.5,3,0.001,0.7";
                cases.push_back(c);
            }
        }
    }
    std::vector<PerceptronCase> all;
    for (const PerceptronCase& c : cases) {
        const bool caches = c.variant != "none" && c.variant != "l1";
        const std::vector<PerceptronCase> scheduled = test::with_schedules(c);
        all.insert(all.end(), scheduled.begin(), caches ? scheduled.end() : scheduled.begin() + 1);
    }
    return all;
}

INSTANTIATE_TEST_SUITE_P(All, PerceptronCases, ::testing::ValuesIn(all_cases()),
                         [](const auto& tested) { return "Case" + std::to_string(tested.index); });

// theta = 0 is plain learning: every change is consolidated in the presentation that made it.
TEST(Perceptron, ThresholdZeroIsNoCache) {
    for (const char* variant : {"local-local", "local-global", "global-global"}) {
        const Outcome got = train_perceptrons({engine_settings({variant, 100, 150, 0.0})}).at(0);
        EXPECT_EQ(got.sums[0].consolidation, got.sums[0].uncached);
        EXPECT_EQ(got.maintenance_sum, 0.0);
        EXPECT_EQ(got.sums[0].transient_change_sum, 0.0);
        EXPECT_GT(got.sums[0].uncached, 0.0);
    }
}

TEST(Perceptron, InfiniteThresholdWithoutDecayCostsTheMinimum) {
    for (const char* variant : {"local-local", "local-global", "global-global"}) {
        const Outcome got = train_perceptrons({engine_settings({variant, 100, 150, infinity})}).at(0);
        EXPECT_EQ(got.sums[0].consolidation, got.sums[0].minimal);
        EXPECT_EQ(got.sums[0].transient_change_sum, got.sums[0].uncached);
        EXPECT_LT(got.sums[0].minimal, got.sums[0].uncached);
    }
}

TEST(Perceptron, MinimalNeverExceedsConsolidationNorThatTheUncachedEnergy) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        for (const double threshold : {0.5, 1.0, 3.0, 7.5}) {
            const Outcome got =
                train_perceptrons({engine_settings({"local-local", 64, 96, threshold, 0.0, 1.0, 0.0, 500, seed})})
                    .at(0);
            EXPECT_LE(got.sums[0].minimal, got.sums[0].consolidation);
            EXPECT_LE(got.sums[0].consolidation, got.sums[0].uncached);
        }
    }
}

// Without decay all thresholds, variants and learning rates ride on one trajectory; each must be as if trained alone.
TEST(Perceptron, SharedTrajectoryEqualsTrainingAlone) {
    std::vector<PerceptronSettings> together;
    for (const char* variant : {"none", "local-local", "local-global", "global-global"}) {
        for (const double threshold : {0.0, 2.0, 4.5, 100.0}) {
            for (const PerceptronCase& scheduled : test::with_schedules({variant, 100, 150, threshold})) {
                together.push_back(engine_settings(scheduled));
            }
        }
    }
    ASSERT_EQ(group_by_trajectory(together).size(), 1u);
    const std::vector<Outcome> shared = train_perceptrons(together, everything());
    for (std::size_t i = 0; i < together.size(); ++i) {
        const Outcome alone = train_perceptrons({together[i]}, everything()).at(0);
        EXPECT_EQ(shared[i].updates, alone.updates);
        EXPECT_EQ(shared[i].maintenance_sum, alone.maintenance_sum);
        EXPECT_EQ(shared[i].persistent_sum, alone.persistent_sum);
        EXPECT_EQ(shared[i].tables[1].rows, alone.tables[1].rows);
        EXPECT_EQ(shared[i].weights[0].values, alone.weights[0].values);
        for (std::size_t k = 0; k < many_pricings.size(); ++k) {
            EXPECT_EQ(shared[i].sums[k].consolidation, alone.sums[k].consolidation);
        }
    }
}

// What is tallied or recorded never changes what happens.
TEST(Perceptron, TalliesDoNotChangeTheOutcome) {
    for (const char* variant : {"none", "local-local", "local-global", "global-global", "l1"}) {
        const PerceptronSettings settings = engine_settings({variant, 100, 150, 2.5, 300.0});
        const Outcome plain = train_perceptrons({settings}).at(0);
        const Outcome full = train_perceptrons({settings}, everything()).at(0);
        EXPECT_EQ(plain.updates, full.updates);
        EXPECT_EQ(plain.maintenance_sum, full.maintenance_sum);
        EXPECT_EQ(plain.sums[0].consolidation, full.sums[0].consolidation);
        EXPECT_TRUE(std::isnan(plain.persistent_sum));
    }
}

TEST(Perceptron, SinglePrecisionIsExactInWholeNumbers) {
    for (const char* variant : {"none", "local-local", "local-global", "global-global"}) {
        PerceptronCase c{variant, 200, 300, 3.0};
        const Outcome in_double = train_perceptrons({engine_settings(c)}).at(0);
        c.single = true;
        const Outcome in_single = train_perceptrons({engine_settings(c)}).at(0);
        EXPECT_EQ(in_single.epochs, in_double.epochs);
        EXPECT_EQ(in_single.updates, in_double.updates);
        EXPECT_EQ(in_single.maintenance_sum, in_double.maintenance_sum);
        EXPECT_EQ(in_single.sums[0].consolidation, in_double.sums[0].consolidation);
    }
}

// With decay, rounding can part the two histories; over a few epochs it has not yet, and energies differ by rounding
// only.
TEST(Perceptron, SinglePrecisionFollowsDoubleWithDecay) {
    for (const char* variant : {"local-local", "local-global", "global-global"}) {
        const double threshold = std::string(variant) == "global-global" ? 333.3 : 3.3;
        for (PerceptronCase c : test::with_schedules({variant, 200, 200, threshold, 500.0, 1.0, 0.0, 3})) {
            SCOPED_TRACE(testing::Message() << c);
            const Outcome in_double = train_perceptrons({engine_settings(c)}).at(0);
            c.single = true;
            const Outcome in_single = train_perceptrons({engine_settings(c)}).at(0);
            EXPECT_EQ(in_single.updates, in_double.updates);
            EXPECT_TRUE(near(in_single.maintenance_sum, in_double.maintenance_sum, 1e-5));
            EXPECT_NE(in_single.maintenance_sum, in_double.maintenance_sum) << "was single precision used at all?";
        }
    }
}

// A schedule that comes to the threshold itself, and one so slow that nothing changes, are a constant threshold.
TEST(PerceptronSchedules, OneThatChangesNothingIsConstant) {
    for (const char* variant : {"local-local", "local-global", "global-global"}) {
        for (const double tau : {0.0, 300.0}) {
            const double threshold = std::string(variant) == "global-global" ? 100.0 / 3.0 : 10.0 / 3.0;
            const PerceptronCase constant{variant, 100, 150, threshold, tau};
            std::vector<PerceptronCase> same(3, constant);
            same[0].schedule = same[1].schedule = "exponential";
            same[0].threshold_end = threshold;
            same[0].threshold_time = 70.0;
            same[1].threshold_time = same[2].threshold_time = 1e300;
            same[2].schedule = "error-rate";
            const Outcome want = train_perceptrons({engine_settings(constant)}, everything()).at(0);
            for (const PerceptronCase& c : same) {
                SCOPED_TRACE(testing::Message() << c);
                const Outcome got = train_perceptrons({engine_settings(c)}, everything()).at(0);
                EXPECT_EQ(got.updates, want.updates);
                EXPECT_EQ(got.maintenance_sum, want.maintenance_sum);
                EXPECT_EQ(got.tables[1].rows, want.tables[1].rows);
                EXPECT_EQ(got.sums[0].consolidation, want.sums[0].consolidation);
            }
        }
    }
}

// Times the error rate, 0 stays 0 (no cache) and infinity infinity (no consolidation before the end).
TEST(PerceptronSchedules, NoCacheAndNoConsolidation) {
    for (const char* variant : {"local-local", "local-global", "global-global"}) {
        PerceptronCase c{variant, 100, 150, 0.0};
        c.schedule = "error-rate";
        c.threshold_time = 50.0;
        const Outcome none = train_perceptrons({engine_settings(c)}).at(0);
        EXPECT_EQ(none.sums[0].consolidation, none.sums[0].uncached);
        EXPECT_EQ(none.maintenance_sum, 0.0);
        c.threshold = infinity;
        const Outcome all = train_perceptrons({engine_settings(c)}).at(0);
        EXPECT_EQ(all.sums[0].consolidation, all.sums[0].minimal);
        c.schedule = "exponential";
        c.threshold_end = 1.0;
        c.threshold_time = 1e-3;  // exp(-1/T) is 0: the infinite part is gone, and what is left is not a number
        EXPECT_EQ(train_perceptrons({engine_settings(c)}).at(0).sums[0].consolidation, all.sums[0].minimal);
    }
}

// Over a training the running error rate falls, and with it the threshold: more is consolidated, less maintained.
TEST(PerceptronSchedules, FallingThresholdMovesEnergyFromMaintenanceToConsolidation) {
    const PerceptronCase constant{"local-global", 200, 200, 10.0};
    PerceptronCase falling = constant;
    falling.schedule = "error-rate";
    falling.threshold_time = 200.0;
    const Outcome before = train_perceptrons({engine_settings(constant)}).at(0);
    const Outcome after = train_perceptrons({engine_settings(falling)}).at(0);
    EXPECT_GT(after.sums[0].consolidation, 1.2 * before.sums[0].consolidation);
    EXPECT_LT(after.maintenance_sum, before.maintenance_sum / 1.2);
}

// The learning rate sets the unit: theta = 0.3 at eta = 0.1 is three updates, although 0.3 / 0.1 < 3 in doubles.
TEST(Perceptron, LearningRateOnlyScales) {
    const Outcome one = train_perceptrons({engine_settings({"local-local", 100, 150, 3.0})}).at(0);
    const Outcome tenth = train_perceptrons({engine_settings({"local-local", 100, 150, 0.3, 0.0, 0.1})}).at(0);
    EXPECT_EQ(tenth.updates, one.updates);
    EXPECT_TRUE(near(tenth.sums[0].consolidation, 0.1 * one.sums[0].consolidation, 1e-15));
    EXPECT_TRUE(near(tenth.maintenance_sum, 0.1 * one.maintenance_sum, 1e-15));
}

TEST(Perceptron, StopsWhenAsked) {
    const std::atomic<bool> stop = true;
    const auto trainer = find_model("perceptron").cpu_trainer();
    const std::filesystem::path folder;
    const std::vector<Trial> trials{Trial(find_model("perceptron"), test::parameter_values({}), folder)};
    trainer->train(trials, {}, stop, [](std::size_t, const Outcome&) { FAIL() << "delivered after the stop"; });
    SUCCEED();
}

}  // namespace
}  // namespace syncache
