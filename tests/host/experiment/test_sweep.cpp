#include <gtest/gtest.h>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include "host/experiment/sweep.hpp"
#include "tests/support/fake_model.hpp"
#include "tests/support/scratch.hpp"

namespace syncache {
namespace {

Experiment parse(const std::string& body) {
    return parse_experiment("name = \"e\"\nmodel = \"fake\"\n" + body, "", "e.toml", {}, test::fake_models());
}

// "seed tau threshold" of every trial.
std::vector<std::string> trials(const Experiment& experiment) {
    const Sweep sweep(experiment);
    std::vector<std::string> result;
    for (std::size_t i = 0; i < sweep.size(); ++i) {
        const Trial trial = sweep.trial(i);
        result.push_back(to_text(trial.value("seed")) + " " + to_text(trial.value("tau")) + " " +
                         to_text(trial.value("threshold")));
    }
    return result;
}
using Texts = std::vector<std::string>;

TEST(Sweep, OneTrialWithoutAxes) { EXPECT_EQ(trials(parse("[fixed]\nseed = 4")), Texts{"4 inf 5"}); }

TEST(Sweep, FirstAxisVariesSlowest) {
    EXPECT_EQ(trials(parse("[fixed]\nthreshold = 2\n[axes]\ntau = [8, 7]\nseed = [1, 2, 3]")),
              (Texts{"1 8 2", "2 8 2", "3 8 2", "1 7 2", "2 7 2", "3 7 2"}));
}

TEST(Sweep, ZippedAxesRunTogether) {
    EXPECT_EQ(trials(parse("[axes]\ntau = [8, 7]\nseed = [1, 2]\nthreshold = [3, 4]\nzip = [\"tau\", \"threshold\"]")),
              (Texts{"1 8 3", "2 8 3", "1 7 4", "2 7 4"}));
}

TEST(Sweep, PointsAreCrossedWithAxesTheyDoNotSet) {
    EXPECT_EQ(trials(parse("[fixed]\nthreshold = 2\n[axes]\nseed = [1, 2]\ntau = [8, 7]\n"
                           "[[points]]\nthreshold = 3\ntau = 9\n[[points]]\n[[points]]\nseed = 5\ntau = 6\n")),
              (Texts{"1 9 3", "2 9 3", "1 8 2", "1 7 2", "2 8 2", "2 7 2", "5 6 2"}));
}

TEST(Sweep, APointThatSetsPartOfAZippedAxisLeavesTheRest) {
    EXPECT_EQ(trials(parse("[axes]\nseed = [1, 2]\ntau = [8, 7]\nzip = [\"seed\", \"tau\"]\n[[points]]\ntau = 9\n"
                           "[[points]]\ntau = 9\nseed = 5\n")),
              (Texts{"1 9 5", "2 9 5", "5 9 5"}));
}

TEST(Sweep, TheModelCompletesTheValues) {
    const Experiment experiment = parse("[axes]\npatterns_file = [\"a.idx2\", \"b.idx2\"]");
    const Trial trial = Sweep(experiment).trial(1);
    EXPECT_EQ(trial.integer("patterns"), 42);
    EXPECT_EQ(trial.path("patterns_file"), "b.idx2");
    const Experiment wrong = parse("[fixed]\npatterns_file = \"a.idx2\"\n[axes]\npatterns = [1, 2]");
    EXPECT_EQ(test::message_of<std::invalid_argument>([&] { Sweep(wrong).trial(0); }),
              "patterns: given besides patterns_file; allowed: one of them");
}

TEST(Sweep, RefusesAnIndexBeyondTheEnd) {
    const Experiment experiment = parse("[axes]\nseed = [1, 2]");
    EXPECT_THROW(Sweep(experiment).trial(2), std::out_of_range);
}

// 10^15 trials, made one by one from axes that hold 300,000 values together.
TEST(Sweep, NeedsNoMemoryForItsSize) {
    const std::string axes =
        "[axes]\nseed = { from = 1, to = 100000, step = 1 }\npatterns = { from = 1, to = 100000, step = 1 }\n"
        "threshold = { from = 1, to = 100000, step = 1 }\n";
    const Experiment experiment = parse(axes);
    const Sweep sweep(experiment);
    EXPECT_EQ(sweep.size(), 1'000'000'000'000'000U);
    const Trial trial = sweep.trial(123'452'345'634'567U);
    EXPECT_EQ(trial.integer("seed"), 12'346);
    EXPECT_EQ(trial.integer("patterns"), 23'457);
    EXPECT_EQ(trial.real("threshold"), 34'568.0);
}

TEST(Sweep, RefusesMoreTrialsThanCanBeNumbered) {
    const std::string axes =
        "[axes]\nseed = { from = 1, to = 100000, step = 1 }\npatterns = { from = 1, to = 100000, step = 1 }\n"
        "threshold = { from = 1, to = 100000, step = 1 }\n";
    const std::string refusal =
        "experiment \"e\": more than 9223372036854775807 trials; allowed: axes whose product is smaller";
    const auto message = [](const Experiment& experiment) {
        return test::message_of<std::invalid_argument>([&] { Sweep{experiment}; });
    };
    EXPECT_EQ(message(parse(axes + "tau = { from = 1, to = 10000, step = 1 }")), refusal);
    EXPECT_EQ(Sweep(parse(axes + "tau = { from = 1, to = 9000, step = 1 }")).size(), 9'000'000'000'000'000'000U);
    EXPECT_EQ(message(parse(axes + "tau = { from = 1, to = 9000, step = 1 }\n[[points]]\n[[points]]\n")), refusal);
}

}  // namespace
}  // namespace syncache
