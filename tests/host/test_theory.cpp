#include <cmath>
#include <numbers>

#include "host/theory.hpp"
#include "tests/support/near.hpp"

namespace syncache::theory {
namespace {

using test::near;

// Worked by hand from model.md's formulas at P = 1900, N = 1000: 2 - P/N = 0.1.
TEST(Theory, PerceptronNearCapacity) {
    EXPECT_TRUE(near(perceptron_updates(1900, 1000), 380000.0, 1e-12));
    EXPECT_TRUE(near(perceptron_presentations(1900, 1000), 1900.0 * std::sqrt(1900.0) * 100.0, 1e-12));
    EXPECT_TRUE(near(inefficiency(1900, 1000), 772.5947218186652, 1e-12));
}

TEST(Theory, InefficiencyIsTheRatioOfTheEnergies) {
    for (const double patterns : {10.0, 333.0, 1000.0, 1999.0}) {
        EXPECT_TRUE(near(uncached_energy(patterns, 1000, 0.3) / minimal_energy(patterns, 1000, 0.3),
                         inefficiency(patterns, 1000), 1e-12));
    }
}

TEST(Theory, InfiniteAtCapacity) {
    EXPECT_EQ(perceptron_updates(2000, 1000), INFINITY);
    EXPECT_EQ(inefficiency(2100, 1000), INFINITY);
}

}  // namespace
}  // namespace syncache::theory
