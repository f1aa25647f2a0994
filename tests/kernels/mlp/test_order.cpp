#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/mlp/mlp_cpu.hpp"

namespace syncache {
namespace {

std::vector<std::int64_t> order(std::uint64_t seed, std::uint64_t epoch, std::int64_t n) {
    std::vector<std::int64_t> places;
    for (std::int64_t i = 0; i < n; ++i) {
        places.push_back(mlp_cpu_kernels().permuted(seed, epoch, i, n));
    }
    return places;
}

TEST(PresentationOrder, HoldsEveryImageOnce) {
    for (const std::int64_t n : {1, 2, 3, 4, 5, 31, 32, 33, 1000, 60000}) {
        for (const std::uint64_t epoch : {0, 1, 7}) {
            std::vector<int> seen(static_cast<std::size_t>(n));
            for (const std::int64_t place : order(3, epoch, n)) {
                ASSERT_TRUE(place >= 0 && place < n);
                ++seen[static_cast<std::size_t>(place)];
            }
            EXPECT_EQ(seen, std::vector<int>(static_cast<std::size_t>(n), 1)) << n;
        }
    }
}

TEST(PresentationOrder, DependsOnSeedAndEpoch) {
    EXPECT_EQ(order(1, 0, 1000), order(1, 0, 1000));
    EXPECT_NE(order(1, 0, 1000), order(2, 0, 1000));
    EXPECT_NE(order(1, 0, 1000), order(1, 1, 1000));
}

// Where image 0 of 10 goes over 20,000 epochs: each place has a binomial count of mean 2000 and sd 42; 5 sd two-sided:
// a false alarm in 1.7e6 for each of ten places, and the seed is fixed.
TEST(PresentationOrder, PutsAnImageAnywhereAlike) {
    std::vector<int> count(10);
    for (std::uint64_t epoch = 0; epoch < 20000; ++epoch) {
        ++count[static_cast<std::size_t>(mlp_cpu_kernels().permuted(5, epoch, 0, 10))];
    }
    for (const int n : count) {
        EXPECT_NEAR(n, 2000, 212);
    }
}

}  // namespace
}  // namespace syncache
