#pragma once

#include <cstddef>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "host/results/results.hpp"

namespace syncache {

// Where a series of checkpoints reaches an accuracy first: `part` of the way from the checkpoint before `at` to it.
struct Reached {
    std::size_t at = 0;
    double part = 1.0;

    // A quantity there, linear between the checkpoints.
    double value(std::span<const double> at_checkpoints) const;
};

// `confirm` 0: the first checkpoint at or above `level`, and between it and the one before by linear interpolation; the
// first checkpoint of all has none before it. 1 or more: the first of that many checkpoints in a row at or above it,
// not interpolated. None if it is never reached.
std::optional<Reached> first_reached(std::span<const double> accuracies, double level, int confirm);

struct ReachOptions {
    std::vector<double> accuracies;  // in (0, 1]
    std::vector<std::string> by{};   // parameters that tell the rows apart; empty: all but the seed
    int confirm = 0;                 // as of first_reached
};

// Writes, from recorded checkpoints, what it took to reach each accuracy first: a row for each value of `by`, price
// list and accuracy, with means over the trials that reached it and their 95 % intervals (Student's t): total,
// presentations, and means of uncached, consolidation and maintenance; then reached, not_reached, missing (trials).
// Throws std::invalid_argument for a file without checkpoints, an unknown parameter, and price lists that checkpoints
// lack: exponents other than 1, potentiation_only, persistent_cost.
void export_reach(Store& store, const ReachOptions& options, ExportFormat format, std::ostream& out);

// Registers the SQL aggregate reach(level, presentations, accuracy, value) for claims: over the checkpoints of one
// trial, in the order of their presentations, the value where the accuracy first reaches the level, interpolated; NULL
// if it never does.
void register_reach(Store& store);

}  // namespace syncache
