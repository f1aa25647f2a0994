#include <gtest/gtest.h>

#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "host/results/intervals.hpp"
#include "tests/support/near.hpp"

namespace syncache {
namespace {

using test::near;

// Energies whose logarithms are these.
PairedEnergies exponentials(PairedEnergies logs) {
    for (auto& row : logs) {
        for (double& value : row) {
            value = std::exp(value);
        }
    }
    return logs;
}

TEST(Intervals, MeanOfTwoAndMore) {
    EXPECT_TRUE(std::isnan(mean_interval(std::vector{1.0}).low));
    const Interval interval = mean_interval(std::vector{9.0, 10.0, 11.0});
    // Student's t of 2 degrees of freedom has the quantiles (2p - 1) sqrt(2 / (4p(1 - p))).
    EXPECT_TRUE(near(interval.high, 10.0 + 0.95 * std::sqrt(2.0 / 0.0975) / std::sqrt(3.0), 1e-12));
    EXPECT_TRUE(near(interval.low + interval.high, 20.0, 1e-12));
}

TEST(Intervals, SignsOfOneDifferenceAreCounted) {
    // Differences 1, 2, 4, -3: of 16 sums of signs those of at least 4 are 10, 8, 6, 4, 4: (+ + + +) 10, (- + + +) 8,
    // (+ - + +) 6, (- - + +) 4, (+ + + -) 4.
    const auto energies = exponentials({{1.0, 2.0, 4.0, -3.0}, {0.0, 0.0, 0.0, 0.0}});
    EXPECT_EQ(p_of_least(energies, 0), 5.0 / 16.0);
    // The other way round: at least -4 are all but the sums below it: -10, -8, -6.
    EXPECT_EQ(p_of_least(energies, 1), 13.0 / 16.0);
}

TEST(Intervals, TheLargestOfSeveralDifferencesCounts) {
    // Value 0 is above value 1 and below value 2 by nearly the same in every seed: both the signs as they are and all
    // turned reach the observed statistic.
    PairedEnergies logs{{0.0, 0.0, 0.0, 0.0, 0.0, 0.0}, {}, {}};
    for (int seed = 0; seed < 6; ++seed) {
        logs[1].push_back(-1.0 - 0.01 * seed);
        logs[2].push_back(1.0 + 0.001 * seed);
    }
    EXPECT_EQ(p_of_least(exponentials(logs), 0), 2.0 / 64.0);
    EXPECT_EQ(p_of_least(exponentials({logs[0], logs[1]}), 0), 1.0 / 64.0);
}

TEST(Intervals, NothingTellsEqualsApart) {
    const PairedEnergies equal(3, std::vector<double>(8, 5.0));
    EXPECT_EQ(p_of_least(equal, 1), 1.0);
    EXPECT_EQ(p_of_least(PairedEnergies(3, std::vector<double>(20, 5.0)), 1), 0.75);  // two values, each p = 1/2
    EXPECT_EQ(p_of_least({{1.0, 2.0, 3.0, 4.0, 5.0, 6.0}}, 0), 1.0);
}

TEST(Intervals, AboveTwelveSeedsStudentOnLogarithms) {
    PairedEnergies logs(3);
    double sum = 0.0, squares = 0.0;
    for (int seed = 0; seed < 13; ++seed) {
        const double difference = std::sin(1.0 + seed) + 0.4;
        logs[0].push_back(difference);
        logs[1].push_back(0.0);
        logs[2].push_back(5.0);
        sum += difference;
        squares += difference * difference;
    }
    const double t = sum / 13.0 / std::sqrt((squares - sum * sum / 13.0) / 12.0 / 13.0);
    const double p = cdf(complement(boost::math::students_t(12.0), t));
    EXPECT_TRUE(near(p_of_least(exponentials({logs[0], logs[1]}), 0), p, 1e-12));
    EXPECT_TRUE(near(p_of_least(exponentials(logs), 0), 1.0 - (1.0 - p) * (1.0 - p), 1e-12));
    // One difference for all seeds, as of two values that differ by a price alone.
    EXPECT_EQ(p_of_least({std::vector<double>(13, 2.0), std::vector<double>(13, 1.0)}, 0), 0.0);
}

TEST(Intervals, ARunEndsAtTheFirstValueThatIsWorse) {
    const auto energies = [](const std::vector<double>& factors, std::size_t n_seeds) {
        PairedEnergies all;
        for (std::size_t value = 0; value < factors.size(); ++value) {
            std::vector<double>& row = all.emplace_back();
            for (std::size_t seed = 0; seed < n_seeds; ++seed) {
                const double noise = factors[value] > 1.0 ? 0.0 : (seed + value) % 2 == 0 ? 0.1 : -0.1;
                row.push_back(factors[value] * std::exp(noise));
            }
        }
        return all;
    };
    const auto run = run_around(energies({1.0, 5.0, 1.0, 1.0, 1.0, 3.0, 1.0}, 7), 3);
    ASSERT_TRUE(run);
    EXPECT_EQ(run->first, 2u);
    EXPECT_EQ(run->last, 4u);  // what lies behind a worse value does not belong to it, whatever its energies
    EXPECT_FALSE(run_around(energies({1.0, 5.0, 1.0}, 5), 0));
    PairedEnergies lacking = energies({1.0, 1.0, 1.0}, 6);
    lacking[1].clear();
    EXPECT_EQ(run_around(lacking, 0)->last, 0u);
}

// Of sweeps that are clear beyond doubt, whether an interval leaves out the other values.
bool is_narrow(std::size_t n_values, std::size_t n_seeds) {
    PairedEnergies energies(n_values, std::vector<double>(n_seeds, 5.0));
    energies[n_values / 2].assign(n_seeds, 1.0);
    const auto run = run_around(energies, n_values / 2);
    return run && run->first == n_values / 2 && run->last == n_values / 2;
}

TEST(Intervals, FartherValuesNeedASharperTestAndMoreSeeds) {
    EXPECT_EQ(level_of_test(9, 1), 0.05);
    EXPECT_EQ(level_of_test(9, 2), 1.0 / 64.0);
    EXPECT_EQ(level_of_test(9, 3), 1.0 / 144.0);
    EXPECT_EQ(level_of_test(8, 5), 1.0 / 128.0);  // 1 / 8 is more than 1 / 25
    EXPECT_EQ(level_of_test(32, 31), 1.0 / 512.0);
    EXPECT_EQ(level_of_test(1, 1), 0.05);
    EXPECT_TRUE(is_narrow(9, fewest_common_seeds));
    EXPECT_TRUE(is_narrow(33, fewest_common_seeds));
    EXPECT_FALSE(run_around(PairedEnergies(9, std::vector<double>(fewest_common_seeds - 1, 1.0)), 0));
    // All from the fourth value on are worse in every seed, which is p = 1/128 for 7 seeds and 1/256 for 8; the fourth
    // value's level, three places from the first, is 1/144.
    for (const auto& [n_seeds, last] : {std::pair<std::size_t, std::size_t>{7, 8}, {8, 2}}) {
        PairedEnergies energies(9, std::vector<double>(n_seeds, 5.0));
        for (std::size_t value = 0; value < 3; ++value) {
            energies[value].assign(n_seeds, 1.0);
        }
        EXPECT_EQ(run_around(energies, 0)->last, last) << n_seeds;
    }
}

TEST(Intervals, AnEnergyOfZeroIsLess) {
    const PairedEnergies energies{std::vector<double>(6, 0.0), std::vector<double>(6, 1e-300)};
    EXPECT_EQ(p_of_least(energies, 0), 1.0);
    EXPECT_EQ(p_of_least(energies, 1), 1.0 / 64.0);
}

}  // namespace
}  // namespace syncache
