#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "tests/support/perceptron_cases.hpp"
#include "tests/support/reference_perceptron.hpp"

// Learning with a margin; test_perceptron.cpp holds it against the plain reference.
namespace syncache::test {
namespace {

Tallies weights() {
    Tallies tallies;
    tallies.record = {"weights"};
    return tallies;
}

// The outputs of all patterns, times their targets, in the end.
std::vector<double> final_outputs(const PerceptronCase& c, const Outcome& outcome) {
    const ReferencePerceptron network = reference_network(c);
    const std::vector<double>& w = outcome.weights.at(0).values;
    std::vector<double> outputs;
    for (std::size_t p = 0; p < network.targets.size(); ++p) {
        double y = w.back();
        for (std::size_t i = 0; i + 1 < w.size(); ++i) {
            y += w[i] * (network.patterns[p * (w.size() - 1) + i] - c.offset);
        }
        outputs.push_back(y * network.targets[p]);
    }
    return outputs;
}

// What is learned with a margin is right by more than the margin, and costs more to learn. Of the variants with decay,
// the one whose outputs do not change once all have been right.
TEST(PerceptronMargin, IsExceededByAllOutputsInTheEnd) {
    for (const char* variant : {"none", "local-local", "local-global", "global-global"}) {
        double updates = 0.0, minimal = 0.0;
        for (const double margin : {0.0, 1.0, 3.0}) {
            PerceptronCase c{variant, 100, 80, 3.0, std::string(variant) == "none" ? 300.0 : 0.0};
            c.margin = margin;
            SCOPED_TRACE(testing::Message() << c);
            const Outcome got = train_perceptrons({engine_settings(c)}, weights()).at(0);
            ASSERT_TRUE(got.converged);
            const std::vector<double> outputs = final_outputs(c, got);
            EXPECT_GT(*std::min_element(outputs.begin(), outputs.end()), margin * 10.0);
            EXPECT_LT(*std::min_element(outputs.begin(), outputs.end()), margin * 10.0 + 20.0) << "far more than asked";
            EXPECT_GT(static_cast<double>(got.updates), updates);
            EXPECT_GT(got.sums[0].minimal, minimal);
            updates = static_cast<double>(got.updates);
            minimal = got.sums[0].minimal;
        }
    }
}

// With 100 inputs whole outputs are compared with 10 kappa: an output of exactly that is an error.
TEST(PerceptronMargin, OfAnOutputItselfIsNotExceeded) {
    PerceptronCase c{"none", 100, 1};
    c.margin = 10.1;  // one update makes the only output 101
    EXPECT_EQ(train_perceptrons({engine_settings(c)}).at(0).updates, 2);
    c.margin = 10.0999;
    EXPECT_EQ(train_perceptrons({engine_settings(c)}).at(0).updates, 1);
    c.learning_rate = 0.1;  // 0.1 * 101, in updates 101 although 1.01 * 10 / 0.1 may round
    c.margin = 1.01;
    EXPECT_EQ(train_perceptrons({engine_settings(c)}).at(0).updates, 2);
}

// The largest margin whose trainings are whole-numbered: their fields fit into 32 bits.
TEST(PerceptronMargin, LargeOnesLeaveWholeNumbers) {
    PerceptronCase c{"none", 100, 150, 0.0, 0.0, 1.0, 0.0, 1000};
    c.margin = 1e3;
    EXPECT_EQ(engine_settings(c).number, NumberType::integer);
    c.margin = 1e9;
    EXPECT_EQ(engine_settings(c).number, NumberType::double_precision);
    const Outcome got = train_perceptrons({engine_settings(c)}).at(0);
    EXPECT_FALSE(got.converged);
    EXPECT_EQ(got.updates, 150 * 1000);
}

// Trials of different margins do not share a trajectory.
TEST(PerceptronMargin, HasATrajectoryOfItsOwn) {
    PerceptronCase plain, with_margin;
    with_margin.margin = 0.5;
    EXPECT_NE(trajectory_name(engine_settings(plain)), trajectory_name(engine_settings(with_margin)));
}

}  // namespace
}  // namespace syncache::test
