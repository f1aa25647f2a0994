#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "host/results/optimum.hpp"

// Internal to host/results/: the outcomes that optima are sought among.
namespace syncache::results {

// What the seeds of one combination gave at one value and one accounting setting.
struct Cell {
    std::vector<std::pair<std::int64_t, double>> totals;  // (seed, total) of the trials that count
    std::vector<double> sums;                             // of the outcome's columns, over them

    double mean_total() const {
        double sum = 0.0;
        for (const auto& [seed, total] : totals) {
            sum += total;
        }
        return sum / static_cast<double>(totals.size());
    }
};

using SeedSet = std::set<std::int64_t>;

struct Tried {
    std::int64_t trials = 0;
    SeedSet converged;        // seeds
    SeedSet counting;         // those of them whose totals are read; empty: the value is left out
    bool is_common = false;   // whether it is one of the values that have the common seeds
    std::vector<Cell> cells;  // [setting]

    bool mostly_converges() const { return 2 * static_cast<std::int64_t>(converged.size()) >= trials; }
};

struct Combination {
    std::map<std::int64_t, std::int64_t> first_trials;  // by seed
    std::map<double, Tried> values;
    SeedSet common_seeds;
    std::optional<std::int64_t> missing = 0;  // as Optimum::missing

    std::int64_t first_trial() const {
        std::int64_t first = std::numeric_limits<std::int64_t>::max();
        for (const auto& [seed, trial] : first_trials) {
            first = std::min(first, trial);
        }
        return first;
    }
};

// How many trials the experiment asks for and the file lacks, by the number of a stored trial with the same settings
// but for `left_out`; those that have no such trial are in no row. None where the experiment is unknown, or of more
// than 10^8 trials.
using MissingTrials = std::map<std::int64_t, std::int64_t>;
std::optional<MissingTrials> missing_trials(const Store& store, const std::vector<std::string>& left_out);

// All combinations of the parameters other than `seed` and `over`, in the order of their first trials, with the totals
// and sums of the trials that count. Reads the table `outcomes`. Throws std::invalid_argument as find_optima does.
std::vector<Combination> read_combinations(const Store& store, const std::string& over, ComparedSeeds seeds);

}  // namespace syncache::results
