#pragma once

#include <string>
#include <vector>

#include "host/results/optimum.hpp"
#include "host/run/run.hpp"
#include "host/settings/parameter.hpp"

namespace syncache {

struct OptimiseOptions {
    RunOptions run;                  // without shards and dry_run
    std::string over = "threshold";  // a single number, in all trials
    double tolerance = 0.05;         // relative, > 0
};

// Trains what the experiment asks for, and then, with the same seeds, further values of `over` around the optimum of
// every combination and accounting setting, until the values tried on both sides of the optimum lie within `tolerance`
// of it, relative to the optimum or, where the parameter may be negative, to `tolerance` times the range tried if that
// is more. An optimum at an edge of the tried values is followed beyond it. All is stored in the experiment's results
// file, whose trials are seen before others are made: resuming and asking for a smaller tolerance are the same.
// Returns as run_experiment does, and throws as it does; std::invalid_argument for `over` and `tolerance`,
// std::runtime_error where the tolerance is not met after 50 rounds (all that was trained is stored).
RunEnd optimise(const OptimiseOptions& options, StopRequest& stop);

// The values of the parameter to try next, ascending: midpoints (of the logarithm, where that exists) towards the
// values tried beside the optimum, where these are further away than `tolerance` times the optimum; beyond an edge, as
// far again as the nearest value. None once the optimum is known, and where the total does not depend on the parameter.
std::vector<double> next_values(const Optimum& optimum, const Parameter& parameter, double tolerance);

}  // namespace syncache
