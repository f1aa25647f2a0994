#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "host/results/results.hpp"

namespace syncache {

// Whether an optimum lies inside the range that was tried.
enum class Edge {
    no,           // it does, or on the parameter's own bound
    low,          // it is the lowest value tried
    high,         // it is the highest
    convergence,  // beyond it too few trials converge, or too few of the same seeds
    only,         // a single value was tried
    flat,         // all values that were tried cost the same
    none,         // there is no optimum: too few trials converge at any value
};
std::string to_text(Edge edge);

// Over which seeds values are compared.
enum class ComparedSeeds {
    common,  // those that converged at all values compared, so that easy pattern sets favour none
    all,     // at each value all that converged there
};

// Where one combination of the parameters other than `seed` and the one optimised over, at one accounting setting, has
// its least total energy: the tried value with the least mean over the seeds compared, among those at which at least
// half of the trials converged. Of equal ones, the lowest. Of these values, those with the fewest converged seeds are
// left out until at least half of the combination's seeds are common. NaN: absent, as spreads are with a single seed.
struct Optimum {
    std::int64_t trial = 0;                 // the combination's first trial, as `trial` of the result tables
    std::int64_t setting = 0;               // place of the accounting setting in the experiment
    std::vector<std::int64_t> seed_trials;  // for each of its seeds the first trial
    std::vector<double> tried;              // ascending
    std::vector<double> totals;             // mean total at each; NaN where too few trials converge
    std::size_t best = 0;                   // place in `tried`, if there is an optimum
    Edge edge = Edge::none;
    // The contiguous run of tried values that the common seeds cannot tell from the least (run_around in
    // intervals.hpp); NaN for fewer common seeds than that needs, and where the optimum is none of the values that have
    // them.
    double low = absent, high = absent;
    double total = absent, total_low = absent, total_high = absent;  // mean over the seeds, and its 95 % interval
    std::int64_t seeds = 0;                                          // compared, at the optimum
    std::int64_t trials = 0, not_converged = 0;                      // at all values
    // Trials of this combination that the experiment asks for and the file lacks; none where the experiment is unknown.
    std::optional<std::int64_t> missing;
    std::vector<double> means;  // at the optimum, of the outcome's columns other than converged and total

    static constexpr double absent = std::numeric_limits<double>::quiet_NaN();
    bool exists() const { return edge != Edge::none; }
};

// All combinations in the order of exports, accounting settings innermost. Reads the table `outcomes`, which it makes
// if need be; holds about 30 bytes for each of its rows. Throws std::invalid_argument for `over` that is no parameter,
// `seed`, or not a number in every trial.
std::vector<Optimum> find_optima(Store& store, const std::string& over, ComparedSeeds seeds = ComparedSeeds::common);

// Makes the temporary SQL table `optimum` of them: columns row, all parameters but `seed` and `over`, the prices, then
// <over>, <over>_below, <over>_above (the next values tried), <over>_low, <over>_high, edge, total, total_low,
// total_high, seeds, trials, not_converged, missing, and the means of the other columns of outcomes. Returns the
// optima.
std::vector<Optimum> make_optimum_table(Store& store, const std::string& over,
                                        ComparedSeeds seeds = ComparedSeeds::common);

// Makes that table and writes it in the form of exports (without `row`). Returns the optima.
std::vector<Optimum> export_optimum(Store& store, const std::string& over, ComparedSeeds seeds, ExportFormat format,
                                    std::ostream& out);

}  // namespace syncache
