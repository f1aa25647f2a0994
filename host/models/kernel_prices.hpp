#pragma once

#include <vector>

#include "host/models/outcome.hpp"
#include "kernels/caching/accounting.hpp"

namespace syncache {

// The prices that the kernels tally: the plain one first, then those asked for that differ from it.
std::vector<Price> kernel_prices(const Tallies& tallies);

}  // namespace syncache
