#include <gtest/gtest.h>

#include <cstddef>
#include <string>

#include "host/experiment/experiment.hpp"
#include "host/experiment/sweep.hpp"
#include "host/run/repeats.hpp"

namespace syncache {
namespace {

std::string repeats_of(const std::string& model, const std::string& settings) {
    const Experiment experiment =
        parse_experiment("name = \"e\"\nmodel = \"" + model + "\"\n[fixed]\n" + settings, "", "e.toml");
    const Sweep sweep(experiment);
    Repeats repeats(experiment);
    for (std::size_t place = 0; place < sweep.size(); ++place) {
        repeats.add(sweep.trial(place));
    }
    return repeats.text();
}

TEST(Repeats, AreTrialsThatDifferInWhatTheirVariantDoesNotUse) {
    EXPECT_EQ(repeats_of("perceptron",
                         "patterns = 4\n[axes]\nvariant = [\"none\", \"local-global\"]\nthreshold = [1.0, 2.0, 3.0]"),
              "2 of 6 trials repeat others: they differ in threshold alone, which has no effect with variant = "
              "\"none\"");
    EXPECT_EQ(repeats_of("spiking", "[axes]\nvariant = [\"none\"]\nthreshold = [1.0, 2.0]\ntau = [10, 20]"),
              "3 of 4 trials repeat others: they differ in tau and threshold alone, which have no effect with variant "
              "= \"none\"");
    EXPECT_EQ(repeats_of("perceptron",
                         "patterns = 4\n[[points]]\nvariant = \"l1\"\nthreshold = 1.0\n[[points]]\nvariant = "
                         "\"l1\"\nthreshold = 1.0\ntau = 5"),
              "1 of 2 trials repeats others: they differ in tau alone, which has no effect with variant = \"l1\"");
}

TEST(Repeats, AreTrialsThatDifferInWhatNoRuleOrGateUses) {
    const auto mlp = [](const std::string& axes) { return repeats_of("mlp", "data = \"synthetic\"\n[axes]\n" + axes); };
    EXPECT_EQ(mlp("competition = [\"none\", \"random-units\"]\nfraction = [0.1, 0.2, 0.3]"),
              "2 of 6 trials repeat others: they differ in fraction alone, which has no effect there");
    EXPECT_EQ(mlp("competition = [\"static-input\"]\nfraction = [0.1, 0.2]"),
              "1 of 2 trials repeats others: they differ in fraction alone, which has no effect there");
    EXPECT_EQ(mlp("gate = [\"mistakes\", \"low-confidence\"]\nconfidence = [0.5, 0.9]"),
              "1 of 4 trials repeats others: they differ in confidence alone, which has no effect there");
    EXPECT_EQ(mlp("variant = [\"none\"]\nconfidence = [0.5, 0.9]\nthreshold = [1.0, 2.0]"),
              "3 of 4 trials repeat others: they differ in threshold and confidence alone, which have no effect there");
    EXPECT_EQ(mlp("competition = [\"largest-error\"]\nfraction = [0.1, 0.2]"), "");
}

TEST(Repeats, AreNotThoseThatDifferOtherwise) {
    EXPECT_EQ(
        repeats_of("perceptron", "patterns = 4\n[axes]\nvariant = [\"l1\", \"local-local\"]\nthreshold = [1.0, 2.0]"),
        "");
    EXPECT_EQ(repeats_of("perceptron",
                         "patterns = 4\n[axes]\nvariant = [\"none\"]\nzip = [\"threshold\", \"seed\"]\nthreshold = "
                         "[1.0, 2.0]\nseed = [1, 2]"),
              "");
    EXPECT_EQ(repeats_of("perceptron", "patterns = 4\n"), "");
}

}  // namespace
}  // namespace syncache
