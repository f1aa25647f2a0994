#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "host/models/perceptron/trainer.hpp"
#include "tests/support/perceptron_cases.hpp"

namespace syncache {
namespace {

using namespace test;

PerceptronSettings settings(int patterns, int seed, const std::string& sets) {
    PerceptronCase c;
    c.patterns = patterns;
    c.seed = static_cast<std::uint64_t>(seed);
    std::vector<Value> values = parameter_values(c);
    const Model& model = find_model("perceptron");
    values[static_cast<std::size_t>(find_parameter(model, "pattern_sets"))] = sets;
    static const std::filesystem::path folder;
    return perceptron_settings(Trial(model, values, folder));
}

// The first `n` signed inputs of the first pattern.
std::vector<int> first_inputs(const PerceptronSettings& s, int n) {
    const PatternSet set = make_pattern_set(s, s.patterns);
    return {set.view().signed_patterns, set.view().signed_patterns + n};
}

TEST(PatternSets, NestedOnesOfASeedShareTheirFirstPatterns) {
    EXPECT_EQ(pattern_set_name(settings(10, 3, "nested")), pattern_set_name(settings(20, 3, "nested")));
    EXPECT_EQ(first_inputs(settings(10, 3, "nested"), 50), first_inputs(settings(20, 3, "nested"), 50));
    EXPECT_EQ(settings(10, 3, "nested").seed, 3u);
}

// 50 inputs agree by chance in one of 2^50 cases.
TEST(PatternSets, SeparateOnesDifferForEachNumberOfPatternsAndSeed) {
    std::set<std::string> names;
    std::set<std::vector<int>> inputs;
    for (const int patterns : {10, 11, 20}) {
        for (const int seed : {1, 2, 3}) {
            for (const char* sets : {"separate", "nested"}) {
                names.insert(pattern_set_name(settings(patterns, seed, sets)));
                inputs.insert(first_inputs(settings(patterns, seed, sets), 50));
            }
        }
    }
    EXPECT_EQ(names.size(), 9u + 3u);  // nested ones have the seed's alone
    EXPECT_EQ(inputs.size(), 9u + 3u);
    EXPECT_EQ(first_inputs(settings(10, 3, "separate"), 50), first_inputs(settings(10, 3, "separate"), 50));
}

// Without a cost that is right, plans and forecasts of time are wrong.
TEST(PerceptronNeed, GrowsWithTheMarginAsUpdatesDo) {
    PerceptronCase c{"local-global", 200, 200};
    double before = 0.0, expected_before = 0.0;
    for (const double margin : {0.0, 30.0}) {
        c.margin = margin;
        static const std::filesystem::path folder;
        const Model& model = find_model("perceptron");
        const double expected = model.need(Trial(model, parameter_values(c), folder)).member_work;
        const auto updates = static_cast<double>(train_perceptrons({engine_settings(c)}).at(0).updates);
        if (margin > 0.0) {
            EXPECT_GT(updates / before, 4.0);
            EXPECT_NEAR((expected / expected_before) / (updates / before), 1.0, 0.2);
        }
        before = updates;
        expected_before = expected;
    }
}

}  // namespace
}  // namespace syncache
