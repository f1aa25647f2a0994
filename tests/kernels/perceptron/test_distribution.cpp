#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "kernels/perceptron/distribution.hpp"
#include "tests/support/near.hpp"
#include "tests/support/perceptron_cases.hpp"
#include "tests/support/reference_perceptron.hpp"

// The distribution of transient weights that record = ["distribution"] keeps, against the plain reference.
namespace syncache::test {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

Tallies distribution() {
    Tallies tallies;
    tallies.record = {"distribution"};
    return tallies;
}

RecordedTable table_of(const PerceptronCase& c) {
    const Outcome got = train_perceptrons({engine_settings(c)}, distribution()).at(0);
    EXPECT_EQ(got.tables.size(), 1u);
    EXPECT_EQ(got.tables.at(0).name, "distribution");
    EXPECT_EQ(got.tables.at(0).columns, (std::vector<std::string>{"epoch", "low", "high", "count"}));
    return got.tables.at(0);
}

// The reference's counts as rows: bins from the first that is not empty in all epochs to the last.
std::vector<double> wanted_rows(const PerceptronCase& c) {
    const ReferenceOutcome want = train_reference(reference_network(c));
    std::size_t first = 101, end = 0;
    for (const ReferenceEpoch& epoch : want.epochs) {
        for (std::size_t bin = 0; bin < 101; ++bin) {
            if (epoch.distribution[bin] > 0.0) {
                first = std::min(first, bin);
                end = std::max(end, bin + 1);
            }
        }
    }
    const double width = c.learning_rate * c.distribution_width;
    std::vector<double> rows;
    for (std::size_t e = 0; e < want.epochs.size(); ++e) {
        for (std::size_t bin = first; bin < end; ++bin) {
            const double low = bin == 0 ? -infinity : (static_cast<double>(bin) - 50.5) * width;
            const double high = bin == 100 ? infinity : (static_cast<double>(bin) - 49.5) * width;
            rows.insert(rows.end(), {static_cast<double>(e), low, high, want.epochs[e].distribution[bin]});
        }
    }
    return rows;
}

TEST(PerceptronDistribution, EqualsTheReference) {
    for (const char* variant : {"none", "local-local", "local-global", "global-global", "l1"}) {
        const bool global = std::string(variant) == "global-global";
        for (const double tau : {0.0, 300.0, 30.0}) {
            for (const double width : {1.0, 0.3}) {
                PerceptronCase c{variant, 100, 150, global ? 200.0 : 3.0, tau, 1.0, tau > 0.0 ? 0.03125 : 0.0, 20};
                c.threshold = std::string(variant) == "l1" ? 0.0078125 : c.threshold;
                c.distribution_width = width;
                SCOPED_TRACE(testing::Message() << c << " width " << width);
                EXPECT_EQ(table_of(c).rows, wanted_rows(c));
            }
        }
    }
}

// What is beyond the last bin is in it: an infinite threshold holds weights of many updates.
TEST(PerceptronDistribution, OutermostBinsHaveNoEnd) {
    PerceptronCase c{"local-local", 100, 150, infinity, 0.0, 0.5, 0.0, 20};
    c.distribution_width = 0.125;
    const RecordedTable table = table_of(c);
    EXPECT_EQ(table.rows, wanted_rows(c));
    EXPECT_EQ(table.rows[1], -infinity);
    EXPECT_EQ(table.rows[table.rows.size() - 2], infinity);
    EXPECT_GT(table.rows.back(), 1000.0);
}

TEST(PerceptronDistribution, BinsAreAroundMultiplesOfTheirWidth) {
    EXPECT_EQ(distribution_bin(0.0, 0.1), 50);
    EXPECT_EQ(distribution_bin(0.3, 0.1), 53);
    EXPECT_EQ(distribution_bin(0.249, 0.1), 52);
    EXPECT_EQ(distribution_bin(-0.251, 0.1), 47);
    EXPECT_EQ(distribution_bin(-infinity, 0.1), 0);
    EXPECT_EQ(distribution_bin(1e300, 0.1), 100);
}

// Members of a shared trajectory have their own; a training of more epochs than there is room for at first, all of
// them.
TEST(PerceptronDistribution, OfALongTrainingIsWholeForEachMember) {
    std::vector<PerceptronSettings> together;
    for (const double threshold : {1.0, 3.0, 20.0}) {
        together.push_back(engine_settings({"local-local", 50, 120, threshold, 0.0, 1.0, 0.0, 300}));
    }
    ASSERT_EQ(group_by_trajectory(together).size(), 1u);
    const std::vector<Outcome> shared = train_perceptrons(together, distribution());
    for (std::size_t k = 0; k < together.size(); ++k) {
        const std::vector<double>& rows = shared[k].tables.at(0).rows;
        EXPECT_EQ(rows, train_perceptrons({together[k]}, distribution()).at(0).tables.at(0).rows);
        double counted = 0.0, epochs = 0.0;
        for (std::size_t at = 0; at < rows.size(); at += 4) {
            epochs = rows[at] + 1.0;
            counted += rows[at + 3];
        }
        EXPECT_EQ(epochs, 300.0);
        EXPECT_EQ(counted, 300.0 * 120 * 51);
    }
}

// With bins around whole numbers of updates, the mean of abs(s) is what is maintained.
TEST(PerceptronDistribution, HasTheMaintenanceAsItsMean) {
    const PerceptronCase c{"local-local", 100, 150, 6.0, 0.0, 0.5};
    const Outcome got = train_perceptrons({engine_settings(c)}, distribution()).at(0);
    const std::vector<double>& rows = got.tables.at(0).rows;
    double sum = 0.0;
    for (std::size_t at = 0; at < rows.size(); at += 4) {
        sum += rows[at + 3] * std::fabs(0.5 * (rows[at + 1] + rows[at + 2]));
    }
    EXPECT_TRUE(near(sum, got.maintenance_sum, 1e-13));
}

TEST(PerceptronDistribution, DoesNotChangeTheOutcome) {
    for (const char* variant : {"local-local", "local-global"}) {
        const PerceptronSettings settings = engine_settings({variant, 100, 150, 2.5, 300.0});
        const Outcome plain = train_perceptrons({settings}).at(0);
        const Outcome recorded = train_perceptrons({settings}, distribution()).at(0);
        EXPECT_EQ(plain.updates, recorded.updates);
        EXPECT_EQ(plain.maintenance_sum, recorded.maintenance_sum);
        EXPECT_EQ(plain.sums[0].consolidation, recorded.sums[0].consolidation);
        EXPECT_TRUE(plain.tables.empty());
    }
}

}  // namespace
}  // namespace syncache::test
