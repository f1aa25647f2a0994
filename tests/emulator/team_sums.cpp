#include "tests/emulator/team_sums.hpp"

#include <vector>

#include "kernels/common/team.hpp"

namespace syncache::test {

std::vector<double> team_sums(int n) {
    const CpuTeam cpu;
    const auto value = [](int i) { return static_cast<float>(awkward(i)); };
    const float sum = cpu.sum<float>(n, value);
    const auto both = cpu.sum_and_max<float>(n, value);
    const auto sums = cpu.sums<3, double>(n, [](int i) { return Sums<3, double>{{awkward(i), -awkward(2 * i), 1.0}}; });
    return {sum, both.sum, both.max, sums.value[0], sums.value[1], sums.value[2], n * (n - 1) / 2.0};
}

}  // namespace syncache::test
