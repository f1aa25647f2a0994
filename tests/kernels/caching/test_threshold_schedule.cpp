#include <cmath>
#include <cstdint>

#include "kernels/caching/threshold_schedule.hpp"
#include "tests/support/near.hpp"

namespace syncache {
namespace {

using test::near;

TEST(ThresholdSchedule, ConstantStays) {
    EXPECT_EQ(threshold_at({}, 0.3, 0, 1.0), 0.3);
    EXPECT_EQ(threshold_at({}, 0.3, 1'000'000, 0.1), 0.3);
}

TEST(ThresholdSchedule, ExponentialGoesFromTheThresholdToTheEnd) {
    const double time = 100.0 / 3.0;
    for (const double end : {0.0, 0.1, 1.7}) {
        const ThresholdSchedule schedule{Schedule::exponential, end, std::exp(-1.0 / time)};
        EXPECT_EQ(threshold_at(schedule, 0.3, 0, 0.5), end + (0.3 - end))
            << "the first presentation's is the threshold";
        for (const int t : {1, 2, 33, 100, 1000}) {
            const double want = end + (0.3 - end) * std::exp(-t / time);
            EXPECT_TRUE(near(threshold_at(schedule, 0.3, t, 0.5), want, 1e-13, 1e-15)) << end << " " << t;
        }
        EXPECT_EQ(threshold_at(schedule, 0.3, std::int64_t{1} << 40, 0.5), end);
    }
}

TEST(ThresholdSchedule, ErrorRateIsAFactor) {
    const ThresholdSchedule schedule{Schedule::error_rate, 0.0, 0.9};
    EXPECT_EQ(threshold_at(schedule, 0.3, 7, 1.0), 0.3);
    EXPECT_EQ(threshold_at(schedule, 0.3, 7, 0.1), 0.3 * 0.1);
}

// In closed form between errors, against the moving average written out presentation by presentation.
TEST(ThresholdSchedule, RunningErrorRateIsAMovingAverage) {
    for (const double time : {1.0 / 3.0, 10.0, 1000.0}) {
        const ThresholdSchedule schedule{Schedule::error_rate, 0.0, std::exp(-1.0 / time)};
        double rate = 1.0, want = 1.0;
        for (int gap = 0; gap < 60; gap += 7) {
            for (int i = 0; i < gap; ++i) {
                want *= schedule.factor;
            }
            rate = after_right(schedule, rate, gap);
            ASSERT_TRUE(near(rate, want, 1e-13, 1e-300)) << time << " " << gap;
            want = schedule.factor * want + (1.0 - schedule.factor);
            rate = after_error(schedule, rate);
            ASSERT_TRUE(near(rate, want, 1e-13)) << time << " " << gap;
        }
    }
}

TEST(ThresholdSchedule, ErrorsAloneKeepTheRateAtOne) {
    for (const double time : {0.1, 1.0, 1000.0 / 7.0, 1e9}) {
        const ThresholdSchedule schedule{Schedule::error_rate, 0.0, std::exp(-1.0 / time)};
        double rate = 1.0;
        for (int i = 0; i < 1000; ++i) {
            rate = after_error(schedule, rate);
        }
        EXPECT_TRUE(near(rate, 1.0, 1e-13)) << time;
    }
}

}  // namespace
}  // namespace syncache
