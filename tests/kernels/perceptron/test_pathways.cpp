#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "kernels/perceptron/pathways.hpp"
#include "tests/support/perceptron_cases.hpp"

// Pathways with thresholds of their own; test_perceptron.cpp holds them against the plain reference.
namespace syncache::test {
namespace {

PerceptronCase in_pathways(PerceptronCase c, std::string sizes, std::string factors) {
    c.pathway_sizes = std::move(sizes);
    c.pathway_factors = std::move(factors);
    return c;
}

Outcome train(const PerceptronCase& c) { return train_perceptrons({engine_settings(c)}).at(0); }

void expect_same(const Outcome& got, const Outcome& want) {
    EXPECT_EQ(got.updates, want.updates);
    EXPECT_EQ(got.maintenance_sum, want.maintenance_sum);
    EXPECT_EQ(got.sums[0].consolidation, want.sums[0].consolidation);
    EXPECT_EQ(got.sums[0].transient_change_sum, want.sums[0].transient_change_sum);
}

TEST(PerceptronPathways, OfEqualThresholdsAreOneNetwork) {
    for (const char* variant : {"local-local", "local-global"}) {
        for (const double tau : {0.0, 300.0}) {
            const PerceptronCase c{variant, 100, 120, 10.0 / 3.0, tau, 1.0, 0.0, 30};
            expect_same(train(in_pathways(c, "40,60", "1,1")), train(c));
            EXPECT_TRUE(engine_settings(in_pathways(c, "40,60", "1,1")).pathways.empty());
            // A pathway without inputs has a say in nothing, but makes the engine take the way of pathways.
            expect_same(train(in_pathways(c, "40,0,60", "1,0.1,1")), train(c));
        }
    }
}

// Without decay the trajectory is that of any threshold, and a pathway of a local cache costs what it would in a
// network of its threshold alone.
TEST(PerceptronPathways, ConsolidateAloneWhenEachSynapseDoes) {
    const PerceptronCase c{"local-local", 100, 120, 4.0};
    const auto with = [&](const std::string& factors) { return train(in_pathways(c, "40,60", factors)); };
    const Outcome both = with("0.5,2"), low = with("0.5,1"), high = with("1,2"), none = train(c);
    EXPECT_EQ(both.sums[0].consolidation - none.sums[0].consolidation,
              low.sums[0].consolidation + high.sums[0].consolidation - 2.0 * none.sums[0].consolidation);
    EXPECT_EQ(both.maintenance_sum - none.maintenance_sum,
              low.maintenance_sum + high.maintenance_sum - 2.0 * none.maintenance_sum);
    EXPECT_GT(low.sums[0].consolidation, none.sums[0].consolidation);
    EXPECT_LT(high.sums[0].consolidation, none.sums[0].consolidation);
}

TEST(PerceptronPathways, OfATrajectoryThatIsSharedAreAsIfTrainedAlone) {
    std::vector<PerceptronSettings> together;
    for (const char* variant : {"local-local", "local-global"}) {
        for (const char* factors : {"1,1", "0.5,2", "3,0.1"}) {
            for (const PerceptronCase& c : with_schedules({variant, 100, 120, 4.0})) {
                together.push_back(engine_settings(in_pathways(c, "40,60", factors)));
            }
        }
    }
    ASSERT_EQ(group_by_trajectory(together).size(), 1u);
    const std::vector<Outcome> shared = train_perceptrons(together);
    for (std::size_t i = 0; i < together.size(); ++i) {
        SCOPED_TRACE(i);
        expect_same(shared[i], train_perceptrons({together[i]}).at(0));
    }
}

// 0.29 * 100 is a little less than 29 in doubles, and 29 is what is meant.
TEST(PerceptronPathways, ThresholdsAreWholeWhereTheyAreMeantToBe) {
    EXPECT_LT(0.29 * 100.0, 29.0);
    EXPECT_EQ(pathway_threshold<std::int32_t>(0.29, 100.0), 29);
    EXPECT_EQ(pathway_threshold<double>(0.29, 100.0), 29.0);
    EXPECT_EQ(pathway_threshold<std::int32_t>(0.2899, 100.0), 28);
    EXPECT_EQ(pathway_threshold<double>(0.5, INFINITY), INFINITY);
    EXPECT_EQ(pathway_threshold<std::int32_t>(0.5, INFINITY), 2147483647);
    EXPECT_EQ(pathway_threshold<double>(0.5, 0.0), 0.0);
}

}  // namespace
}  // namespace syncache::test
