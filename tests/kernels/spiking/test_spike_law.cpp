#include <gtest/gtest.h>

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/chi_squared.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "host/models/spiking/tables.hpp"
#include "kernels/spiking/spiking_cpu.hpp"
#include "tests/support/near.hpp"

// Input spikes must be binomial in every step, and independent from step to step. The chi-square tests have fixed
// seeds; each is two-sided with a false-alarm rate of 1e-6 (a fit that is too good fails as well), so all of them
// together below 2e-5.
namespace syncache::spiking {
namespace {

constexpr double false_alarm = 1e-6;

SpikeLaw law_of(const SpikeTable& table) {
    return {table.survival.data(),
            table.guide.data(),
            table.more.data(),
            static_cast<std::int32_t>(table.survival.size() - 1),
            static_cast<std::int32_t>(table.more.size()),
            table.first,
            table.last};
}

// Counts of every step of one window: [step - first].
std::vector<int> counts_of(const SpikeLaw& law, std::uint64_t seed, int run, int pattern, std::uint32_t source) {
    std::vector<int> counts(static_cast<std::size_t>(law.last - law.first + 1), 0);
    std::vector<RecordedSpike> spikes(counts.size());
    const int n = cpu_kernels().random_spikes(law, seed, run, pattern, source, spikes.data());
    for (int k = 0; k < n; ++k) {
        counts[static_cast<std::size_t>(spikes[static_cast<std::size_t>(k)].step - law.first)] =
            spikes[static_cast<std::size_t>(k)].count;
    }
    return counts;
}

// Whether the observed numbers fit the expected ones (which add up to the same), cells of less than 20 joined with the
// next.
void expect_fit(const std::vector<double>& observed, const std::vector<double>& expected) {
    double statistic = 0.0, seen = 0.0, wanted = 0.0;
    int cells = 0;
    for (std::size_t k = 0; k < expected.size(); ++k) {
        seen += observed[k];
        wanted += expected[k];
        double rest = 0.0;
        for (std::size_t j = k + 1; j < expected.size(); ++j) {
            rest += expected[j];
        }
        if (wanted >= 20.0 && (rest >= 20.0 || k + 1 == expected.size())) {
            statistic += (seen - wanted) * (seen - wanted) / wanted;
            seen = wanted = 0.0;
            ++cells;
        }
    }
    if (wanted > 0.0) {
        statistic += (seen - wanted) * (seen - wanted) / wanted;
        ++cells;
    }
    ASSERT_GE(cells, 2);
    const boost::math::chi_squared distribution(cells - 1);
    EXPECT_GT(statistic, quantile(distribution, false_alarm / 2)) << cells << " cells";
    EXPECT_LT(statistic, quantile(complement(distribution, false_alarm / 2))) << cells << " cells";
}

struct LawCase {
    int pool;
    double probability;
};

class SpikeLawFits : public ::testing::TestWithParam<LawCase> {};

// 2000 presentations of 499 steps: 998,000 draws.
TEST_P(SpikeLawFits, CountsAreBinomial) {
    const auto [pool, p] = GetParam();
    const SpikeTable table(pool, p, 1, 499);
    const boost::math::binomial distribution(pool, p);
    std::vector<double> observed(static_cast<std::size_t>(pool) + 1, 0.0), expected(observed.size());
    for (int run = 0; run < 2000; ++run) {
        for (const int count : counts_of(law_of(table), 7, run, 3, 5)) {
            ASSERT_LE(count, pool);
            observed[static_cast<std::size_t>(count)] += 1.0;
        }
    }
    for (std::size_t k = 0; k < expected.size(); ++k) {
        expected[k] = 2000.0 * 499.0 * pdf(distribution, static_cast<double>(k));
    }
    expect_fit(observed, expected);
}

// Pairs of counts in neighbouring steps: all of (0, 1, 2 or more) x the same.
TEST_P(SpikeLawFits, NeighbouringStepsAreIndependent) {
    const auto [pool, p] = GetParam();
    const SpikeTable table(pool, p, 0, 599);
    const boost::math::binomial distribution(pool, p);
    const double single[3] = {pdf(distribution, 0.0), pdf(distribution, 1.0),
                              1.0 - pdf(distribution, 0.0) - pdf(distribution, 1.0)};
    std::vector<double> observed(9, 0.0), expected(9);
    for (int run = 0; run < 2000; ++run) {
        const std::vector<int> counts = counts_of(law_of(table), 8, run, 0, 2);
        for (std::size_t step = 0; step + 1 < counts.size(); step += 2) {
            const int pair = 3 * std::min(counts[step], 2) + std::min(counts[step + 1], 2);
            observed[static_cast<std::size_t>(pair)] += 1.0;
        }
    }
    for (std::size_t a = 0; a < 3; ++a) {
        for (std::size_t b = 0; b < 3; ++b) {
            expected[3 * a + b] = 2000.0 * 300.0 * single[a] * single[b];
        }
    }
    if (pool == 1) {  // never two spikes
        expected = {expected[0], expected[1], expected[3], expected[4]};
        observed = {observed[0], observed[1], observed[3], observed[4]};
    }
    expect_fit(observed, expected);
}

// The first and the last step of the window are as good as any: the gap's table is entered and left there.
TEST_P(SpikeLawFits, EveryStepOfTheWindowIsAlike) {
    const auto [pool, p] = GetParam();
    const SpikeTable table(pool, p, 10, 29);
    const double n = 20'000.0, active = 1.0 - pdf(boost::math::binomial(pool, p), 0.0);
    std::vector<double> observed(21, 0.0), expected(20, n * active);
    for (int run = 0; run < 20'000; ++run) {
        const std::vector<int> counts = counts_of(law_of(table), 9, run, 1, 0);
        for (std::size_t step = 0; step < counts.size(); ++step) {
            observed[step] += counts[step] > 0 ? 1.0 : 0.0;
        }
    }
    // Each step's number is binomial by itself, so the 20 squares are independent: no degree of freedom is lost.
    double statistic = 0.0;
    for (std::size_t step = 0; step < 20; ++step) {
        statistic +=
            (observed[step] - expected[step]) * (observed[step] - expected[step]) / (n * active * (1.0 - active));
    }
    const boost::math::chi_squared distribution(20);
    EXPECT_GT(statistic, quantile(distribution, false_alarm / 2));
    EXPECT_LT(statistic, quantile(complement(distribution, false_alarm / 2)));
}

INSTANTIATE_TEST_SUITE_P(Pools, SpikeLawFits,
                         ::testing::Values(LawCase{15, 0.01}, LawCase{7, 0.01}, LawCase{1, 0.1}, LawCase{3, 1.0 / 3.0},
                                           LawCase{40, 0.2}));

TEST(SpikeLaw, DrawsDependOnSeedRunPatternAndSourceAlone) {
    const SpikeTable table(15, 0.01, 1, 499);
    const auto counts = [&](std::uint64_t seed, int run, int pattern, std::uint32_t source) {
        return counts_of(law_of(table), seed, run, pattern, source);
    };
    const auto some = counts(1, 2, 3, 4);
    EXPECT_EQ(counts(1, 2, 3, 4), some);
    EXPECT_NE(counts(2, 2, 3, 4), some);
    EXPECT_NE(counts(1, 3, 3, 4), some);
    EXPECT_NE(counts(1, 2, 4, 4), some);
    EXPECT_NE(counts(1, 2, 3, 5), some);
    EXPECT_NE(counts(1, 3, 2, 4), some);
}

TEST(SpikeLaw, CertainAndImpossibleSpikes) {
    EXPECT_EQ(counts_of(law_of(SpikeTable(3, 1.0, 5, 8)), 1, 0, 0, 0), (std::vector<int>{3, 3, 3, 3}));
    EXPECT_TRUE(SpikeTable(0, 0.5, 0, 9).survival.empty());
    EXPECT_TRUE(SpikeTable(5, 0.0, 0, 9).survival.empty());
    EXPECT_TRUE(SpikeTable(5, 0.5, 9, 8).survival.empty());
}

// The tables themselves, in a step of 2^-64: q^k by repeated multiplication.
TEST(SpikeLaw, SurvivalIsAPowerOfTheSilentStep) {
    const SpikeTable table(2, 0.25, 0, 99);
    long double silent = 1.0L;
    for (std::size_t k = 1; k <= 20; ++k) {
        silent *= 0.5625L;  // (1 - 1/4)^2
        EXPECT_TRUE(test::near(static_cast<double>(table.survival[k]), static_cast<double>(silent * 0x1p64L), 1e-15))
            << k;
    }
    EXPECT_EQ(table.survival.back(), 0u);
    ASSERT_EQ(table.more.size(), 1u);  // P(2 spikes | any) = (1/16) / (7/16)
    EXPECT_TRUE(test::near(static_cast<double>(table.more[0]), 0x1p64 / 7.0, 1e-15));
}

// 0 < t < 50 ms and 70 < t < 120 ms in steps of 0.1 ms: neither end belongs to it, however the quotient rounds.
TEST(SpikeLaw, WindowsLeaveTheirEndsOut) {
    const Window heard = active_steps(0.0, 0.05, 1e-4, 1499), seen = active_steps(0.07, 0.12, 1e-4, 1499);
    EXPECT_EQ(heard.first, 1);
    EXPECT_EQ(heard.last, 499);
    EXPECT_EQ(seen.first, 701);
    EXPECT_EQ(seen.last, 1199);
    EXPECT_EQ(active_steps(0.0, 0.15, 1e-4, 1499).last, 1498);
    EXPECT_EQ(active_steps(0.00995, 0.01005, 1e-4, 1499).first, 100);
    EXPECT_EQ(active_steps(0.00995, 0.01005, 1e-4, 1499).last, 100);
}

}  // namespace
}  // namespace syncache::spiking
