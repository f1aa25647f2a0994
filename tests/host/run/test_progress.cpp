#include <gtest/gtest.h>

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "host/run/plan.hpp"
#include "host/run/progress.hpp"
#include "host/run/scheduler.hpp"
#include "tests/support/near.hpp"

namespace syncache {
namespace {

using test::near;

// A state as a run shows it.
ProgressState shown(std::size_t trained, double fraction, double rate, std::optional<double> left) {
    ProgressState state;
    state.trained = trained;
    state.total = 200;
    state.fraction = fraction;
    state.rate = rate;
    state.left = left;
    state.seconds = 8.0;
    state.in_hand = 2;
    state.longest = 50.0;
    return state;
}

TEST(Progress, SaysHowFarHowFastAndHowLong) {
    EXPECT_EQ(Progress::line(shown(0, 0.0, 0.0, 90.0), 10),
              "----------    0 % of the work  0 of 200 trials  1 min 30 s left");
    EXPECT_EQ(Progress::line(shown(100, 0.509, 12.5, 7.6), 10),
              "#####-----   50 % of the work  100 of 200 trials  12.5/s  8 s left");
    EXPECT_EQ(Progress::line(shown(150, 0.5, 18.75, 7322.0), 0),
              " 50 % of the work  150 of 200 trials  18.8/s  2 h 02 min left");
    EXPECT_EQ(Progress::line(shown(200, 1.0, 25.0, 0.0), 4), "####  100 % of the work  200 of 200 trials  25/s");
    EXPECT_EQ(Progress::line(shown(150, 0.5, 0.0, std::nullopt), 0),
              " 50 % of the work  150 of 200 trials  time left unknown (a trial has taken 50 s)");
}

TEST(Progress, SaysNothingOfTheTimeOnceItIsOver) {
    ProgressState state = shown(150, 0.5, 2.0, 3.0);
    state.is_over = true;
    EXPECT_EQ(Progress::line(state, 0), " 50 % of the work  150 of 200 trials  2/s");
}

TEST(Progress, SaysItToProgramsAsJson) {
    const auto state = nlohmann::json::parse(Progress::json(shown(100, 0.5, 12.5, 7.6), "running"));
    EXPECT_EQ(state["state"], "running");
    EXPECT_EQ(state["trained"], 100);
    EXPECT_EQ(state["total"], 200);
    EXPECT_EQ(state["fraction"], 0.5);
    EXPECT_EQ(state["seconds"], 8.0);
    EXPECT_EQ(state["rate"], 12.5);
    EXPECT_EQ(state["left"], 7.6);
    EXPECT_EQ(state["running"], 2);
    EXPECT_EQ(state["longest"], 50.0);
    EXPECT_TRUE(nlohmann::json::parse(Progress::json(shown(0, 0.0, 0.0, std::nullopt), "stopping"))["left"].is_null());
}

TEST(Progress, SaysWhatItDoesWhenAskedToStop) {
    EXPECT_EQ(
        Progress::stopping(shown(100, 0.5, 12.5, 7.6)),
        "stopping: finishing 2 running trials (the longest for 50 s; about 8 s more); Ctrl-C again discards them");
    ProgressState one = shown(100, 0.5, 12.5, std::nullopt);
    one.in_hand = 1;
    EXPECT_EQ(
        Progress::stopping(one),
        "stopping: finishing 1 running trial (the longest for 50 s; time left unknown); Ctrl-C again discards it");
    one.in_hand = 0;
    EXPECT_EQ(Progress::stopping(one), "stopping: storing what is done");
}

// Work that one core does in so many seconds, by the cost model.
double work_of(double seconds) { return seconds / predicted_seconds(1.0); }

std::optional<double> left(double total_seconds, const Done& done, double now = 0.0, bool stopping = false) {
    return Progress::state(1000, work_of(total_seconds), done, now, stopping).left;
}

TEST(Progress, TimeLeftIsTheCostModelsUntilWorkersShowTheirPace) {
    Done done(2);
    EXPECT_TRUE(near(left(100.0, done).value(), 50.0, 1e-12));
    // One worker takes three times as long as the model says, the other one third.
    done.paces[0].work = work_of(10.0);
    done.paces[0].seconds = 30.0;
    done.paces[1].work = work_of(90.0);
    done.paces[1].seconds = 30.0;
    EXPECT_TRUE(near(left(100.0, done).value(), 100.0 / (1.0 / 3.0 + 3.0), 0.01)) << "a tenth of a second of belief";
    // Six times as slow as the model says: known within a factor of 2 after the first second.
    Done early(1);
    early.paces[0].work = work_of(1.0 / 6.0);
    early.paces[0].seconds = 1.0;
    early.work = work_of(1.0 / 6.0);
    EXPECT_TRUE(near(left(60.0, early).value(), 6.0 * (60.0 - 1.0 / 6.0), 0.5));
    // What is done is not left.
    early.work = work_of(30.0);
    EXPECT_TRUE(near(left(60.0, early).value(), 6.0 * 30.0, 0.5));
}

// A trial in hand that is on time counts as partly done, and one that takes longer than expected slows the forecast.
TEST(Progress, TrialsInHandCount) {
    Done done(1);
    done.trained = 1;
    done.work = work_of(10.0);
    done.paces[0].work = work_of(10.0);
    done.paces[0].seconds = 10.0;
    done.paces[0].trials_in_hand = 1;
    done.paces[0].work_in_hand = work_of(10.0);
    done.paces[0].in_hand_since = 10.0;
    EXPECT_TRUE(near(left(40.0, done, 15.0).value(), 25.0, 1e-6));
    EXPECT_TRUE(near(Progress::state(1000, work_of(40.0), done, 15.0, false).fraction, 15.0 / 40.0, 1e-6));
    EXPECT_EQ(Progress::state(1000, work_of(40.0), done, 15.0, false).in_hand, 1u);
    EXPECT_TRUE(near(Progress::state(1000, work_of(40.0), done, 15.0, false).longest, 5.0, 1e-9));
    // 18 seconds instead of 10: at least 28 for the work of 20.
    const double slower = left(40.0, done, 28.0).value();
    EXPECT_GT(slower, 28.0 / 20.0 * 20.0 - 0.5);
    EXPECT_LT(slower, 28.0 / 20.0 * 20.5 + 0.5);
    // 40 seconds instead of 10, and nothing else to do: nobody knows.
    EXPECT_EQ(left(20.0, done, 50.0), std::nullopt);
    // The same among hours of other work does not matter.
    EXPECT_NE(left(7200.0, done, 50.0), std::nullopt);
    // Asked to stop, only what is in hand is left.
    EXPECT_TRUE(near(left(7200.0, done, 15.0, true).value(), 5.0, 1e-6));
}

// Ten seconds are expected of a trial, of which others like it have taken 60.
TEST(Progress, NobodyKnowsTheLengthOfTrialsThatScatter) {
    Done done(1);
    done.paces[0].trials_in_hand = 1;
    done.paces[0].work_in_hand = work_of(10.0);
    EXPECT_TRUE(near(left(10.0, done, 8.0).value(), 2.0, 1e-6));
    done.paces[0].scatter = 6.0;
    EXPECT_EQ(left(10.0, done, 8.0), std::nullopt);
    EXPECT_EQ(left(10.0, done, 8.0, true), std::nullopt);
    EXPECT_TRUE(near(left(110.0, done, 8.0).value(), 102.0, 1e-6)) << "a small part of the rest";
}

// Hours at most, of a training that ends when it is good enough: nobody knows before the first one has ended.
TEST(Progress, ABoundIsNoForecast) {
    Done done(1);
    done.paces[0].trials_in_hand = 1;
    done.paces[0].work_in_hand = work_of(5000.0);
    done.paces[0].is_bound = true;
    EXPECT_EQ(left(10000.0, done, 3.0), std::nullopt);
    done.paces[0].work = work_of(5000.0);
    done.paces[0].seconds = 10.0;
    done.work = work_of(5000.0);
    EXPECT_TRUE(near(left(10000.0, done, 0.0).value(), 10.1, 0.2));
}

TEST(Progress, TellsWhoeverAsks) {
    Done done(1);
    const StopRequest stop;
    std::vector<ProgressState> told;
    {
        const Progress progress(7, work_of(1.0), done, stop, ProgressForm::none,
                                [&](const ProgressState& state) { told.push_back(state); });
        done.trained = 3;
    }
    ASSERT_FALSE(told.empty());
    EXPECT_EQ(told.back().trained, 3u);
    EXPECT_EQ(told.back().total, 7u);
    EXPECT_TRUE(told.back().is_over);
}

TEST(Progress, TheEndIsTheEnd) {
    Done done(1);
    done.trained = 1000;
    done.work = work_of(1.0);
    const ProgressState state = Progress::state(1000, work_of(9.0), done, 5.0, false);
    EXPECT_EQ(state.fraction, 1.0);
    EXPECT_EQ(state.left, 0.0);
}

// Between trials of minutes the rate of the last seconds is next to nothing.
TEST(Progress, ShowsTheRateOfTheWholeRunWhereTrialsAreLong) {
    EXPECT_EQ(Progress::shown_rate(8e-8, 3, 600.0), 0.005);
    EXPECT_EQ(Progress::shown_rate(140.0, 1000, 10.0), 140.0);
    EXPECT_EQ(Progress::shown_rate(0.0, 0, 0.0), 0.0);
}

}  // namespace
}  // namespace syncache
