#include <limits>
#include <vector>

#include "tests/support/near.hpp"

namespace syncache::test {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(Near, AcceptsWithinTheBound) {
    EXPECT_TRUE(near(1.0 + 1e-10, 1.0, 1e-9));
    EXPECT_TRUE(near(1e-12, 0.0, 0.0, 1e-11));
    EXPECT_TRUE(near(infinity, infinity, 0.0));
}

TEST(Near, FailsOutsideTheBoundAndForNaN) {
    EXPECT_FALSE(near(1.0 + 1e-8, 1.0, 1e-9));
    EXPECT_FALSE(near(nan, 1.0, 1e9, 1e9));
    EXPECT_FALSE(near(1.0, nan, 1e9, 1e9));
    EXPECT_FALSE(near(nan, nan, 1e9, 1e9));
    EXPECT_FALSE(near(infinity, -infinity, 1e-9));
}

TEST(AllNear, FailsForOneWrongElementAndForSizes) {
    const std::vector<double> want{1.0, 2.0, 3.0};
    EXPECT_TRUE(all_near(want, want, 0.0));
    EXPECT_FALSE(all_near(std::vector<double>{1.0, 2.0, 3.1}, want, 1e-3));
    EXPECT_FALSE(all_near(std::vector<double>{1.0, nan, 3.0}, want, 1e9));
    EXPECT_FALSE(all_near(std::vector<double>{1.0, 2.0}, want, 1e-3));
}

}  // namespace
}  // namespace syncache::test
