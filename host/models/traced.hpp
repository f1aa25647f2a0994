#pragma once

#include <cstdint>

#include "host/models/outcome.hpp"
#include "host/settings/trial.hpp"

namespace syncache {

// Refuses a trial whose list `traced` names synapses that are not there, 0 to `last`, or one of them twice, or that is
// given without record = ["traces"]. Throws std::invalid_argument.
void check_traced(const Trial& trial, std::int64_t last, const Tallies& tallies);

}  // namespace syncache
