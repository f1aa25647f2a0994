#pragma once

#include <vector>

// Numbers that round, and what the CPU's team makes of the first n of them: for the GPU's teams, whose file is compiled
// without the CPU's.
namespace syncache::test {

inline double awkward(int i) { return 0.1 * (i % 7) + 1.0 / 3.0 / (i + 1); }

// Sum and maximum in single precision after the sum by itself; three sums in double precision; the sum of all i < n.
std::vector<double> team_sums(int n);

}  // namespace syncache::test
