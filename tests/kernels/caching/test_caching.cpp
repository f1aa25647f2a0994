#include <cmath>
#include <limits>

#include "kernels/caching/accounting.hpp"
#include "kernels/caching/caching.hpp"
#include "tests/support/near.hpp"

namespace syncache {
namespace {

using test::near;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(Caching, TriggersAreStrict) {
    EXPECT_FALSE(triggers(Policy::local_local, 0.1, 0.5, 0.1));
    EXPECT_TRUE(triggers(Policy::local_local, std::nextafter(0.1, 1.0), 0.5, 0.1));
    EXPECT_FALSE(triggers(Policy::local_global, 3, 100, 3));
    EXPECT_TRUE(triggers(Policy::local_global, 4, 4, 3));
}

TEST(Caching, GlobalTriggerLooksAtTheSumAlone) {
    EXPECT_TRUE(triggers(Policy::global_global, 1, 101, 100));
    EXPECT_FALSE(triggers(Policy::global_global, 100, 100, 100));
}

TEST(Caching, InfiniteThresholdAndNaNNeverTrigger) {
    for (const Policy policy : {Policy::local_local, Policy::local_global, Policy::global_global}) {
        EXPECT_FALSE(triggers(policy, 1e300, 1e300, infinity));
        EXPECT_FALSE(triggers(policy, nan, nan, 0.1));
    }
}

TEST(Caching, OnlyLocalConsolidationSparesSmallSynapses) {
    EXPECT_FALSE(takes_part(Policy::local_local, -3, 3));
    EXPECT_TRUE(takes_part(Policy::local_local, -4, 3));
    EXPECT_TRUE(takes_part(Policy::local_global, 0, 3));
    EXPECT_TRUE(takes_part(Policy::global_global, 0, 3));
}

// Against the plain product and sum, over awkward factors, including those so near 1 that a quotient would cancel.
TEST(Caching, DecayOverEqualsRepeatedDecay) {
    for (const double r : {0.0, 0.1, 2.0 / 3.0, 0.98, 0.999, 1.0 - 1e-12, 1.0}) {
        double power = 1.0, sum = 0.0;
        for (int n = 0; n < 1000; ++n) {
            const Decay decay = decay_over(r, n);
            ASSERT_TRUE(near(decay.power, power, 1e-13, 1e-300)) << r << " " << n;
            ASSERT_TRUE(near(decay.sum, sum, 1e-13)) << r << " " << n;
            sum += power;
            power *= r;
        }
    }
}

TEST(Accounting, CostOfChange) {
    EXPECT_EQ(cost_of_change(-0.3, {1.0, 0}), 0.3);
    EXPECT_TRUE(near(cost_of_change(-0.3, {2.0, 0}), 0.09, 1e-15));
    EXPECT_EQ(cost_of_change(-0.3, {2.0, 1}), 0.0);
    EXPECT_TRUE(near(cost_of_change(0.3, {0.5, 1}), std::sqrt(0.3), 1e-15));
    EXPECT_EQ(cost_of_change(0.3, {0.0, 0}), 1.0);
    EXPECT_EQ(cost_of_change(0.0, {0.0, 0}), 0.0) << "no change costs nothing";
    EXPECT_TRUE(std::isnan(cost_of_change(nan, {1.0, 0})));
}

}  // namespace
}  // namespace syncache
