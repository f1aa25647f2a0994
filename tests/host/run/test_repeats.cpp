#include <gtest/gtest.h>

#include <cstddef>
#include <string>

#include "host/experiment/experiment.hpp"
#include "host/experiment/sweep.hpp"
#include "host/run/repeats.hpp"

namespace syncache {
namespace {

std::string repeats_of(const std::string& model, const std::string& axes) {
    const Experiment experiment =
        parse_experiment("name = \"e\"\nmodel = \"" + model + "\"\n[fixed]\npatterns = 4\n" + axes, "", "e.toml");
    const Sweep sweep(experiment);
    Repeats repeats(experiment);
    for (std::size_t place = 0; place < sweep.size(); ++place) {
        repeats.add(sweep.trial(place));
    }
    return repeats.text();
}

TEST(Repeats, AreTrialsThatDifferInWhatTheirVariantDoesNotUse) {
    EXPECT_EQ(repeats_of("perceptron", "[axes]\nvariant = [\"none\", \"local-global\"]\nthreshold = [1.0, 2.0, 3.0]"),
              "2 of 6 trials repeat others: they differ in threshold alone, which has no effect with variant = "
              "\"none\"");
    EXPECT_EQ(repeats_of("spiking", "[axes]\nvariant = [\"none\"]\nthreshold = [1.0, 2.0]\ntau = [10, 20]"),
              "3 of 4 trials repeat others: they differ in tau and threshold alone, which have no effect with variant "
              "= \"none\"");
    EXPECT_EQ(repeats_of("perceptron",
                         "[[points]]\nvariant = \"l1\"\nthreshold = 1.0\n[[points]]\nvariant = "
                         "\"l1\"\nthreshold = 1.0\ntau = 5"),
              "1 of 2 trials repeats others: they differ in tau alone, which has no effect with variant = \"l1\"");
}

TEST(Repeats, AreNotThoseThatDifferOtherwise) {
    EXPECT_EQ(repeats_of("perceptron", "[axes]\nvariant = [\"l1\", \"local-local\"]\nthreshold = [1.0, 2.0]"), "");
    EXPECT_EQ(repeats_of("perceptron",
                         "[axes]\nvariant = [\"none\"]\nzip = [\"threshold\", \"seed\"]\nthreshold = "
                         "[1.0, 2.0]\nseed = [1, 2]"),
              "");
    EXPECT_EQ(repeats_of("perceptron", ""), "");
}

}  // namespace
}  // namespace syncache
