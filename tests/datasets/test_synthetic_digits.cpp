#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <vector>

#include "datasets/synthetic_digits.hpp"

namespace syncache {
namespace {

TEST(SyntheticDigits, AreAPureFunctionOfSeedAndIndex) {
    EXPECT_EQ(synthetic_digit(1, 7).pixels, synthetic_digit(1, 7).pixels);
    EXPECT_NE(synthetic_digit(1, 7).pixels, synthetic_digit(1, 8).pixels);
    EXPECT_NE(synthetic_digit(1, 7).pixels, synthetic_digit(2, 7).pixels);
}

// They are the same everywhere and for good: results of others rest on them. FNV-1a of labels and pixels, one after the
// other.
TEST(SyntheticDigits, NeverChange) {
    std::uint64_t hash = 14695981039346656037u;
    for (std::uint64_t i = 0; i < 100; ++i) {
        const SyntheticDigit digit = synthetic_digit(1, i);
        hash = (hash ^ static_cast<std::uint64_t>(digit.label)) * 1099511628211u;
        for (const std::uint8_t pixel : digit.pixels) {
            hash = (hash ^ pixel) * 1099511628211u;
        }
    }
    EXPECT_EQ(hash, 18380897046013631359u);
}

// 10,000 labels: each digit's count is binomial(10000, 0.1), sd 30; 5 sd two-sided has a false alarm in 2e6, times ten
// digits.
TEST(SyntheticDigits, HaveEqualShares) {
    std::array<int, 10> count{};
    for (std::uint64_t i = 0; i < 10000; ++i) {
        const int label = synthetic_digit(3, i).label;
        ASSERT_GE(label, 0);
        ASSERT_LE(label, 9);
        ++count[static_cast<std::size_t>(label)];
    }
    for (const int n : count) {
        EXPECT_NEAR(n, 1000, 150);
    }
}

// As sparse as MNIST, where 19 % of the pixels are not 0: the engine's speed depends on it.
TEST(SyntheticDigits, AreDrawnInsideTheFrameAndSparse) {
    double inked = 0.0;
    for (std::uint64_t i = 0; i < 200; ++i) {
        const SyntheticDigit digit = synthetic_digit(1, i);
        const auto n = std::count_if(digit.pixels.begin(), digit.pixels.end(), [](std::uint8_t p) { return p != 0; });
        EXPECT_GT(n, 20) << "index " << i;
        EXPECT_GT(*std::max_element(digit.pixels.begin(), digit.pixels.end()), 150);
        inked += static_cast<double>(n) / 784.0 / 200.0;
    }
    EXPECT_GT(inked, 0.08);
    EXPECT_LT(inked, 0.25);
}

// Images of one digit look more alike than images of different digits: nearest mean of 50 examples classifies most.
TEST(SyntheticDigits, CanBeToldApart) {
    std::vector<std::array<double, 784>> mean(10);
    for (std::uint64_t i = 0; i < 1000; ++i) {
        const SyntheticDigit digit = synthetic_digit(1, i);
        for (std::size_t p = 0; p < 784; ++p) {
            mean[static_cast<std::size_t>(digit.label)][p] += digit.pixels[p] / 100.0;
        }
    }
    int right = 0;
    for (std::uint64_t i = 1000; i < 1500; ++i) {
        const SyntheticDigit digit = synthetic_digit(1, i);
        int best = 0;
        double least = 1e300;
        for (int k = 0; k < 10; ++k) {
            double distance = 0.0;
            for (std::size_t p = 0; p < 784; ++p) {
                const double d = digit.pixels[p] - mean[static_cast<std::size_t>(k)][p];
                distance += d * d;
            }
            best = distance < least ? k : best;
            least = std::min(least, distance);
        }
        right += best == digit.label;
    }
    EXPECT_GT(right, 300);  // of 500; chance is 50
}

}  // namespace
}  // namespace syncache
