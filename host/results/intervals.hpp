#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace syncache {

// An interval of confidence; NaN where there is none.
struct Interval {
    double low = std::numeric_limits<double>::quiet_NaN();
    double high = std::numeric_limits<double>::quiet_NaN();
};

// The mean's 95 % interval by Student's t; none for fewer than two values.
Interval mean_interval(std::span<const double> values);

// Energies of the same seeds at several values of a parameter: [value][seed], all rows of one length, at least 0.
using PairedEnergies = std::vector<std::vector<double>>;

// The level of run_around's test of a value `distance` places from the best seen one (1: its neighbour), of n_values
// compared: the larger of 1 / distance^2 and 1 / n_values, divided by 16, but at most 0.05. A run ends at its first
// rejected value, and the farther the true best is from the one seen, the more tests may end it before; levels that
// fall with the square have a bounded sum, so that the run holds the best of flat valleys with some 95 % whether that
// lies in the middle or at an end (tests/host/results/test_coverage.cpp). The least level lets 10 seeds tell steep
// valleys of 32 values apart.
double level_of_test(std::size_t n_values, std::size_t distance);

// With fewer seeds the exact test below, whose smallest p is 2 / 2^seeds where some values are as clearly worse as
// others are better, can reject nothing, not even at 5 %.
constexpr std::size_t fewest_common_seeds = 6;

// Above this many seeds Student's t replaces the enumeration of 2^seeds signs.
constexpr std::size_t most_enumerated_seeds = 12;

// One-sided p of the hypothesis that no other value has less energy than `value`, in the mean of the logarithms over
// seeds: energies near the convergence limit are heavy-tailed, their ratios much less so. The statistic is the largest,
// over the other values, of the mean difference of log energies divided by the root of its sum of squares. Up to 12
// seeds its distribution is that over all changes of sign of the seeds' differences, exact where these are symmetric
// about 0; above, the largest Student t, with Šidák's correction for the number of other values. That the least of
// several is sought is thus part of the test. 1 where there is no other value. An energy of 0 counts as the least
// positive number.
double p_of_least(const PairedEnergies& energies, std::size_t value);

struct ValueRun {
    std::size_t first = 0, last = 0;  // places among the values, both included
};

// The contiguous run of values around `best` that holds the value of least energy with 95 % confidence: on each side up
// to the first value with p_of_least <= level_of_test. `best` itself always belongs to it. None for fewer than
// fewest_common_seeds. `energies` may lack values (empty rows), which end the run, are compared with nothing, and do
// not count.
std::optional<ValueRun> run_around(const PairedEnergies& energies, std::size_t best);

}  // namespace syncache
