#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/common/team.hpp"
#include "tests/support/near.hpp"

namespace syncache {
namespace {

// The order that team.hpp promises, written down directly.
float sum_in_lane_order(const std::vector<float>& values) {
    std::vector<float> lane(lanes, 0.0f);
    for (std::size_t i = 0; i < values.size(); ++i) {
        lane[i % lanes] += values[i];
    }
    for (std::size_t width = lanes / 2; width > 0; width /= 2) {
        for (std::size_t k = 0; k < width; ++k) {
            lane[k] += lane[k + width];
        }
    }
    return lane[0];
}

std::vector<float> awkward(int n) {
    std::vector<float> values;
    for (int i = 0; i < n; ++i) {
        values.push_back(0.1f * static_cast<float>(i % 7) + 1.0f / 3.0f / static_cast<float>(i + 1));
    }
    return values;
}

TEST(CpuTeam, SumsInTheOrderOfLanes) {
    const CpuTeam team;
    for (const int n : {0, 1, 31, 32, 33, 127, 128, 129, 1000, 1001}) {
        const std::vector<float> values = awkward(n);
        const auto value = [&](int i) { return values[static_cast<std::size_t>(i)]; };
        const float want = sum_in_lane_order(values);
        EXPECT_EQ(team.sum<float>(n, value), want) << n;
        EXPECT_EQ((team.sums<2, float>(n, [&](int i) { return Sums<2, float>{{1.0f, value(i)}}; }).value[1]), want)
            << n;
        const SumAndMax<float> both = team.sum_and_max<float>(n, value);
        EXPECT_EQ(both.sum, want) << n;
        EXPECT_EQ(both.max, n == 0 ? 0.0f : *std::max_element(values.begin(), values.end())) << n;
    }
}

TEST(CpuTeam, WholeSums) {
    const CpuTeam team;
    const auto sums = team.sums<3, std::int32_t>(1000, [](int i) { return Sums<3, std::int32_t>{{1, i, -2 * i}}; });
    EXPECT_EQ(sums.value[0], 1000);
    EXPECT_EQ(sums.value[1], 499500);
    EXPECT_EQ(sums.value[2], -999000);
}

TEST(CpuTeam, FirstIndexAtEveryPlace) {
    const CpuTeam team;
    for (int target = 5; target < 300; ++target) {
        EXPECT_EQ(team.first_index(5, 300, [=](int i) { return i >= target; }), target);
    }
    EXPECT_EQ(team.first_index(5, 300, [](int) { return false; }), 300);
    EXPECT_EQ(team.first_index(7, 7, [](int) { return true; }), 7);
}

}  // namespace
}  // namespace syncache
