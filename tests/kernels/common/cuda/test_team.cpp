#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <utility>

#include "tests/support/emulated_block.hpp"
// after the emulation
#include "kernels/common/cuda/team.cuh"
#include "kernels/common/cuda/warp_team.cuh"

// The GPU's teams on emulated threads: what they return in every thread is what the CPU's team does.
namespace syncache {
namespace {

using test::run_emulated;

constexpr int sizes[] = {0, 1, 33, 128, 129, 1000};

double awkward(int i) { return 0.1 * (i % 7) + 1.0 / 3.0 / (i + 1); }

template <class Team>
class CudaTeams : public ::testing::Test {
  protected:
    // f(team) in all threads of a block, in several orders.
    template <class F>
    static void in_all_threads(F f) {
        for (const std::uint64_t order : {1, 2, 3}) {
            typename Team::Scratch scratch[Team::per_block];
            run_emulated(1, lanes, order, [&] {
                Team team(scratch[threadIdx.x / Team::n_threads]);
                f(team);
            });
        }
    }
};
using Teams = ::testing::Types<CudaTeam, WarpTeam>;
TYPED_TEST_SUITE(CudaTeams, Teams);

TYPED_TEST(CudaTeams, SumsAreTheCpus) {
    const CpuTeam cpu;
    for (const int n : sizes) {
        const auto value = [](int i) { return static_cast<float>(awkward(i)); };
        const auto three = [](int i) { return Sums<3, double>{{awkward(i), -awkward(2 * i), 1.0}}; };
        const float sum = cpu.sum<float>(n, value);
        const auto both = cpu.sum_and_max<float>(n, value);
        const auto sums = cpu.sums<3, double>(n, three);
        this->in_all_threads([&](auto& team) {
            EXPECT_EQ(team.template sum<float>(n, value), sum);
            const auto found = team.template sum_and_max<float>(n, value);
            EXPECT_EQ(found.sum, both.sum);
            EXPECT_EQ(found.max, both.max);
            const auto several = team.template sums<3, double>(n, three);
            for (int k = 0; k < 3; ++k) {
                EXPECT_EQ(several.value[k], sums.value[k]);
            }
            EXPECT_EQ(team.template sum<std::int64_t>(n, [](int i) { return i; }), std::int64_t{n} * (n - 1) / 2);
        });
    }
}

TYPED_TEST(CudaTeams, FindTheFirstIndex) {
    this->in_all_threads([&](auto& team) {
        for (const int target : {5, 6, 31, 32, 36, 37, 132, 133, 299, 300}) {
            EXPECT_EQ(team.first_index(5, 300, [=](int i) { return i >= target; }), target);
        }
        EXPECT_EQ(team.first_index(5, 300, [](int) { return false; }), 300);
        EXPECT_EQ(team.first_index(7, 7, [](int) { return true; }), 7);
    });
}

TYPED_TEST(CudaTeams, FindTheSmallestTwo) {
    constexpr int none = std::numeric_limits<int>::max();
    this->in_all_threads([&](auto& team) {
        using Team = std::remove_reference_t<decltype(team)>;
        for (const auto& [step, n_values] : {std::pair{1, 0}, {1, 1}, {1, 2}, {7, 2}, {0, 2}, {31, 40}, {33, 256}}) {
            TwoSmallest mine{none, none};
            for (int k = n_values - 1; k >= 0; --k) {  // the values 100, 101, ..., scattered over the threads
                if ((5 + k * step) % Team::n_threads == team.thread()) {
                    mine = {100 + k, mine.first};
                }
            }
            EXPECT_EQ(team.smallest(mine.first), n_values > 0 ? 100 : none);
            const TwoSmallest found = team.smallest(mine);
            EXPECT_EQ(found.first, n_values > 0 ? 100 : none);
            EXPECT_EQ(found.second, n_values > 1 ? 101 : none);
        }
    });
}

TYPED_TEST(CudaTeams, SeeWhatWasWrittenBefore) {
    constexpr int n = 500;
    this->in_all_threads([&](auto& team) {
        static int values[4][n];
        using Team = std::remove_reference_t<decltype(team)>;
        int* mine = values[threadIdx.x / Team::n_threads];
        for (int round = 0; round < 3; ++round) {
            team.for_each(n, [=](int i) { mine[i] = i + round; });
            EXPECT_EQ(mine[(team.thread() * 37 + 11) % n], (team.thread() * 37 + 11) % n + round);
            EXPECT_EQ(team.broadcast(team.leader() ? 42 + round : team.thread()), 42 + round);
        }
    });
}

TEST(EmulatedBlock, ReportsABarrierThatNotAllReach) {
    EXPECT_THROW(run_emulated(1, 64, 1,
                              [] {
                                  if (threadIdx.x != 3) {
                                      __syncthreads();
                                  }
                              }),
                 std::logic_error);
}

TEST(EmulatedBlock, ShowsAMissingBarrier) {
    int values[64] = {};
    int wrong = 0;
    run_emulated(1, 64, 1, [&] {
        values[threadIdx.x] = 1;
        wrong += values[63 - threadIdx.x] == 1 ? 0 : 1;
    });
    EXPECT_GT(wrong, 0);
}

}  // namespace
}  // namespace syncache
