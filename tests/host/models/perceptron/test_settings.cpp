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

}  // namespace
}  // namespace syncache
