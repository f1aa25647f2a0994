#include "host/run/progress.hpp"
#include "tests/support/near.hpp"

namespace syncache {
namespace {

TEST(Progress, SaysHowFarHowFastAndHowLong) {
    EXPECT_EQ(Progress::line(0, 200, 0.0, 0.0, 90.0, 10), "----------    0 %  0/200 trials  1 min 30 s left");
    EXPECT_EQ(Progress::line(100, 200, 0.5, 8.0, 7.6, 10), "#####-----   50 %  100/200 trials  12.5/s  8 s left");
    EXPECT_EQ(Progress::line(150, 200, 0.5, 8.0, 7322.0, 0), " 50 %  150/200 trials  18.8/s  2 h 02 min left");
    EXPECT_EQ(Progress::line(200, 200, 0.99, 8.0, 3.0, 4), "####  100 %  200/200 trials  25/s");
}

TEST(Progress, TimeLeftIsTheCostModelsUntilWorkersShowTheirPace) {
    const double work = 1e12;
    const double expected = predicted_seconds(work);
    Done done(2);
    EXPECT_TRUE(test::near(Progress::seconds_left(work, done), expected / 2, 1e-12));
    // One worker takes three times as long as the model says, the other one third.
    const double hour = 3600.0;
    done.paces[0].work = work * hour / expected / 3.0;
    done.paces[0].seconds = hour;
    done.paces[1].work = work * hour / expected * 3.0;
    done.paces[1].seconds = hour;
    EXPECT_TRUE(test::near(Progress::seconds_left(work, done), expected / (1.0 / 3.0 + 3.0), 0.002))
        << "two seconds of belief in an hour's evidence";
    // After as short a time as belief counts, the truth lies half-way.
    Done early(1);
    early.paces[0].work = 0.0;
    early.paces[0].seconds = 2.0;
    EXPECT_TRUE(test::near(Progress::seconds_left(work, early), 2.0 * expected, 1e-12));
}

}  // namespace
}  // namespace syncache
