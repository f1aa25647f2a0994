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

// The level of each test of run_around, among so many values. A run ends at its first rejected value, and the more
// values lie between the least one that was seen and the true one, the more tests may end it: their number grows with
// n_values, so the level falls with it. The factor 9/32 makes the whole run miss the least in some 5 % of sweeps with
// flat valleys (tests/host/results/test_coverage.cpp), if the least one is not at an end. No test is made at more than
// 5 %.
double level_of_tests(std::size_t n_values);

// With fewer seeds the exact test below, whose smallest p is 2 / 2^seeds where some values are as clearly worse as
// others are better, can reject nothing at that level: 6 seeds, 7 for more than 9 values, 8 for more than 18, and so
// on.
std::size_t fewest_common_seeds(std::size_t n_values);

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
// to the first value with p_of_least <= level_of_tests. `best` itself always belongs to it. None for fewer than
// fewest_common_seeds. `energies` may lack values (empty rows), which end the run, are compared with nothing, and do
// not count.
std::optional<ValueRun> run_around(const PairedEnergies& energies, std::size_t best);

}  // namespace syncache
