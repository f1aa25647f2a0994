#include <limits>

#include "kernels/common/cuda/team.cuh"
#include "kernels/common/cuda/warp_team.cuh"
#include "tests/emulator/check_kernels.cuh"
#include "tests/emulator/team_sums.hpp"

// The GPU's teams: what they return in every thread is what the CPU's team does, on several schedules.
namespace syncache {
namespace {

constexpr int sizes[] = {0, 1, 33, 128, 129, 1000};
constexpr int most_results = 12;  // of a thread

using test::awkward;

// results: [thread][most_results]
template <class Team, class F>
__global__ void team_kernel(F f, double* results) {
    __shared__ typename Team::Scratch scratch[Team::per_block];
    Team team(scratch[threadIdx.x / Team::n_threads]);
    f(team, results + threadIdx.x * most_results);
}

template <class Team>
class CudaTeams : public ::testing::Test {
  protected:
    // f(team, results) in all threads of a block: the results are `expected` in each.
    template <class F>
    static void expect_in_all_threads(F f, const std::vector<double>& expected) {
        for (const std::uint64_t seed : {1, 2, 3}) {
            const std::uint64_t before = std::exchange(emulator::settings().seed, seed);
            DeviceBuffer<double> buffer(lanes * most_results);
            buffer.clear();
            launch(team_kernel<Team, F>, dim3(1), dim3(lanes), 0, nullptr, f, buffer.data());
            SYNCACHE_CHECK(cudaStreamSynchronize(nullptr));
            const std::vector<double> results = buffer.download();
            for (std::size_t thread = 0; thread < lanes; ++thread) {
                for (std::size_t k = 0; k < expected.size(); ++k) {
                    ASSERT_EQ(results[thread * most_results + k], expected[k]) << "thread " << thread << ", " << k;
                }
            }
            emulator::settings().seed = before;
        }
    }
};
using Teams = ::testing::Types<CudaTeam, WarpTeam>;
TYPED_TEST_SUITE(CudaTeams, Teams);

TYPED_TEST(CudaTeams, SumsAreTheCpus) {
    for (const int n : sizes) {
        const auto value = [](int i) { return static_cast<float>(awkward(i)); };
        const auto three = [](int i) { return Sums<3, double>{{awkward(i), -awkward(2 * i), 1.0}}; };
        this->expect_in_all_threads(
            [=](auto& team, double* results) {
                results[0] = team.template sum<float>(n, value);
                const auto found = team.template sum_and_max<float>(n, value);
                results[1] = found.sum;
                results[2] = found.max;
                const auto several = team.template sums<3, double>(n, three);
                for (int k = 0; k < 3; ++k) {
                    results[3 + k] = several.value[k];
                }
                results[6] = static_cast<double>(team.template sum<std::int64_t>(n, [](int i) { return i; }));
            },
            test::team_sums(n));
    }
}

// Those that read first: the same sums, although each i is read and written.
TYPED_TEST(CudaTeams, SumsOfWhatIsReadFirstAreTheCpus) {
    for (const int n : {0, 1, 33, 128, 897, 1023, 1024, 1025, 2100}) {
        DeviceBuffer<double> values(4 * static_cast<std::size_t>(n + 1));
        double* all = values.data();
        this->expect_in_all_threads(
            [=](auto& team, double* results) {
                double* mine = all + threadIdx.x / std::remove_reference_t<decltype(team)>::n_threads * (n + 1);
                team.for_each(n, [=](int i) { mine[i] = awkward(i); });
                team.for_each(n, [=](int i) { return mine[i]; }, [=](int i, double value) { mine[i] = -value; });
                const auto read = [=](int i) { return mine[i]; };
                const auto negate = [=](int i, double value) {
                    mine[i] = -value;
                    return static_cast<float>(-value);
                };
                results[0] = team.template sum<float>(n, read, negate);
                team.for_each(n, [=](int i) { mine[i] = -awkward(i); });
                const auto found = team.template sum_and_max<float>(n, read, negate);
                results[1] = found.sum;
                results[2] = found.max;
                const auto several = team.template sums<3, double>(n, read, [=](int i, double value) {
                    mine[i] = 0.0;
                    return Sums<3, double>{{value, -awkward(2 * i), 1.0}};
                });
                for (int k = 0; k < 3; ++k) {
                    results[3 + k] = several.value[k];
                }
                results[6] = static_cast<double>(
                    team.template sum<std::int64_t>(n, [](int i) { return i; }, [](int, int i) { return i; }));
            },
            test::team_sums(n));
    }
}

TYPED_TEST(CudaTeams, FindTheFirstIndex) {
    this->expect_in_all_threads(
        [](auto& team, double* results) {
            const int targets[] = {5, 6, 31, 32, 36, 37, 132, 133, 299, 300};
            for (int k = 0; k < 10; ++k) {
                const int target = targets[k];
                results[k] = team.first_index(5, 300, [=](int i) { return i >= target; });
            }
            results[10] = team.first_index(5, 300, [](int) { return false; });
            results[11] = team.first_index(7, 7, [](int) { return true; });
        },
        {5, 6, 31, 32, 36, 37, 132, 133, 299, 300, 300, 7});
}

TYPED_TEST(CudaTeams, FindTheSmallestTwo) {
    constexpr int none = std::numeric_limits<int>::max();
    for (const auto& [step, n] : {std::pair{1, 0}, {1, 1}, {1, 2}, {7, 2}, {0, 2}, {31, 40}, {33, 256}}) {
        this->expect_in_all_threads(
            [step = step, n = n](auto& team, double* results) {
                TwoSmallest mine{none, none};
                for (int k = n - 1; k >= 0; --k) {  // the values 100, 101, ..., scattered over the threads
                    if ((5 + k * step) % std::remove_reference_t<decltype(team)>::n_threads == team.thread()) {
                        mine = {100 + k, mine.first};
                    }
                }
                results[0] = team.smallest(mine.first);
                const TwoSmallest found = team.smallest(mine);
                results[1] = found.first;
                results[2] = found.second;
            },
            {n > 0 ? 100.0 : none, n > 0 ? 100.0 : none, n > 1 ? 101.0 : none});
    }
}

TYPED_TEST(CudaTeams, SeeWhatWasWrittenBefore) {
    constexpr int n = 500;
    DeviceBuffer<int> values(4 * n);
    int* all = values.data();
    this->expect_in_all_threads(
        [=](auto& team, double* results) {
            int* mine = all + threadIdx.x / std::remove_reference_t<decltype(team)>::n_threads * n;
            for (int round = 0; round < 3; ++round) {
                team.for_each(n, [=](int i) { mine[i] = i + round; });
                const int other = (team.thread() * 37 + 11) % n;
                results[2 * round] = mine[other] - other;
                results[2 * round + 1] = team.broadcast(team.leader() ? 42 + round : team.thread());
            }
        },
        {0, 42, 1, 43, 2, 44});
}

}  // namespace
}  // namespace syncache
