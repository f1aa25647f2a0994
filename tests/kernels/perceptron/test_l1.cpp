#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "datasets/idx.hpp"
#include "tests/support/near.hpp"
#include "tests/support/perceptron_cases.hpp"
#include "tests/support/scratch.hpp"

// The l1 rule with learning rates other than 1. In whole numbers every output is exact, so an output of 0, which is an
// error, and the sign of a weight of 0, which counts as -1, are what the formula says.
namespace syncache::test {
namespace {

Outcome train_l1(PerceptronSettings settings) {
    Tallies tallies;
    tallies.pricings = {{1.0, false}, {2.0, false}, {1.0, true}};
    tallies.record = {"weights"};
    return train_perceptrons({std::move(settings)}, tallies).at(0);
}

// The settings on patterns and targets from files.
PerceptronSettings on_patterns(const Scratch& scratch, PerceptronCase c, const std::vector<std::int8_t>& patterns,
                               const std::vector<std::int8_t>& targets) {
    c.patterns = static_cast<int>(targets.size());
    c.inputs = static_cast<int>(patterns.size() / targets.size());
    write_idx<std::int8_t>(scratch / "x.idx2", {c.patterns, c.inputs}, patterns);
    write_idx<std::int8_t>(scratch / "d.idx1", {c.patterns}, targets);
    PerceptronSettings settings = engine_settings(c);
    settings.patterns_file = scratch / "x.idx2";
    settings.targets_file = scratch / "d.idx1";
    return settings;
}

PerceptronCase l1_case(double threshold, double learning_rate) {
    return {.variant = "l1", .threshold = threshold, .learning_rate = learning_rate, .max_epochs = 20};
}

// Two patterns, learned by hand. Every second update's outputs are exactly 0.
TEST(L1, ByHand) {
    const Scratch scratch;
    for (const bool single : {false, true}) {
        PerceptronCase c = l1_case(2.0, 3.0);
        c.single = single;
        const Outcome got = train_l1(on_patterns(scratch, c, {-1, -1, 1, -1}, {1, -1}));
        EXPECT_TRUE(got.converged);
        EXPECT_EQ(got.epochs, 3);
        EXPECT_EQ(got.updates, 6);
        EXPECT_EQ(got.sums[0].consolidation, 62.0);
        EXPECT_EQ(got.sums[0].uncached, 6 * 3 * 3.0);
        EXPECT_EQ(got.sums[1].uncached, 6 * 3 * 9.0);
        EXPECT_EQ(got.weights[0].values, (std::vector<double>{-6.0, 4.0, 0.0}));
        EXPECT_EQ(got.sums[0].minimal, 10.0);
    }
}

TEST(L1, LikeTheReferenceInWholeNumbers) {
    for (const auto& [learning_rate, threshold] : std::vector<std::pair<double, double>>{
             {3.0, 2.0}, {3.0, 1.0}, {7.0, 3.0}, {0.75, 0.5}, {6.0, 0.0}, {1.0, 1.0}}) {
        for (const int inputs : {1, 2, 5, 33}) {
            PerceptronCase c = l1_case(threshold, learning_rate);
            c.inputs = inputs;
            c.patterns = inputs + 2;
            SCOPED_TRACE(testing::Message() << c);
            const std::vector<Pricing> pricings{{1.0, false}, {2.0, false}, {1.0, true}};
            const ReferenceOutcome want = train_reference(reference_network(c), pricings);
            const Outcome got = train_l1(engine_settings(c));
            EXPECT_EQ(got.epochs, want.outcome.epochs);
            EXPECT_EQ(got.updates, want.outcome.updates);
            EXPECT_EQ(got.weights[0].values, want.weights);
            for (std::size_t k = 0; k < pricings.size(); ++k) {
                EXPECT_EQ(got.sums[k].consolidation, want.outcome.sums[k].consolidation) << k;
                EXPECT_EQ(got.sums[k].uncached, want.outcome.sums[k].uncached) << k;
                EXPECT_EQ(got.sums[k].minimal, want.outcome.sums[k].minimal) << k;
            }
        }
    }
}

}  // namespace
}  // namespace syncache::test
