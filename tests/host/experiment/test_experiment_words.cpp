#include <gtest/gtest.h>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include "host/experiment/experiment.hpp"
#include "host/experiment/sweep.hpp"
#include "host/settings/suggestion.hpp"
#include "tests/support/scratch.hpp"

// What spelling mistakes are answered, and what lists and ranges mean where more than one reading is at hand.
namespace syncache {
namespace {

Experiment parse(const std::string& body, const std::vector<std::string>& overrides = {}) {
    return parse_experiment("name = \"e\"\nmodel = \"mlp\"\n" + body, "", "e.toml", overrides);
}

std::string refusal(const std::string& body, const std::vector<std::string>& overrides = {}) {
    return test::message_of<std::invalid_argument>([&] { parse(body, overrides); });
}

// The values of one parameter in all trials.
std::vector<std::string> values(const std::string& body, const std::vector<std::string>& overrides,
                                const std::string& name) {
    const Experiment experiment = parse("[fixed]\ndata = \"synthetic\"\n" + body, overrides);
    const Experiment again = parse_experiment(experiment.text, "", "results");
    EXPECT_EQ(Sweep(again).size(), Sweep(experiment).size());
    const Sweep sweep(experiment);
    std::vector<std::string> list;
    for (std::size_t i = 0; i < sweep.size(); ++i) {
        list.push_back(to_text(sweep.trial(i).value(name)));
    }
    return list;
}

using Texts = std::vector<std::string>;

// An override's list means what it would mean where the file has the parameter.
TEST(Lists, OfOverridesMeanWhatTheyMeanInTheFile) {
    EXPECT_EQ(values("hidden = 5\n", {"hidden=[20, 10]"}, "hidden"), (Texts{"20,10"}));
    EXPECT_EQ(values("hidden = [5, 6]\n", {"hidden=[20, 10]"}, "hidden"), (Texts{"20,10"}));
    EXPECT_EQ(values("[axes]\nhidden = [5, 6]\n", {"hidden=[20, 10, 5]"}, "hidden"), (Texts{"20", "10", "5"}));
    EXPECT_EQ(values("[[points]]\nhidden = 5\n", {"hidden=[20, 10]"}, "hidden"), (Texts{"20,10"}));
    EXPECT_EQ(values("hidden = 5\n", {"hidden=[[20, 10], 7]"}, "hidden"), (Texts{"20,10", "7"}));
    EXPECT_EQ(values("hidden = 5\n", {"hidden=[[20, 10]]"}, "hidden"), (Texts{"20,10"}));
    EXPECT_EQ(values("hidden = 5\n", {"hidden={ from = 1, to = 3 }"}, "hidden"), (Texts{"1", "2", "3"}));
    EXPECT_EQ(values("", {"hidden=[20]"}, "hidden"), (Texts{"20"}));
    EXPECT_EQ(values("", {"hidden=[[20, 10]]"}, "hidden"), (Texts{"20,10"}));
    EXPECT_EQ(values("", {"seed=[1, 2]"}, "seed"), (Texts{"1", "2"}));
}

TEST(Lists, ThatCouldMeanTwoThingsAreRefused) {
    EXPECT_EQ(refusal("", {"hidden=[20, 10]"}),
              "--set hidden: hidden = [20, 10] can mean two things, and the file has no hidden that would tell; "
              "allowed: [[20, 10]], one list of 2, or [[20], [10]], 2 values of one each");
    EXPECT_EQ(refusal("", {"initial_weights=[\"a\", \"b\"]"}),
              "--set initial_weights: initial_weights = [\"a\", \"b\"] can mean two things, and the file has no "
              "initial_weights that would tell; allowed: [[\"a\", \"b\"]], one list of 2, or [[\"a\"], [\"b\"]], 2 "
              "values of one each");
}

TEST(Ranges, OfIntegersNeedNoStep) {
    EXPECT_EQ(values("[axes]\nseed = { from = 3, to = 5 }\n", {}, "seed"), (Texts{"3", "4", "5"}));
    EXPECT_EQ(values("[axes]\nseed = { from = 2, to = 1 }\n", {}, "seed"), (Texts{"2", "1"}));
    EXPECT_EQ(values("[axes]\nseed = { from = 2, to = 2 }\n", {}, "seed"), (Texts{"2"}));
    const std::string forms = "{ from, to, step } or { from, to, count, scale = \"log\" | \"linear\" }";
    EXPECT_EQ(refusal("[axes]\ntau = { from = 1, to = 5 }\n"), "e.toml:4: tau = a table; allowed: " + forms);
    EXPECT_EQ(refusal("[axes]\nseed = { from = 1 }\n"), "e.toml:4: seed = a table; allowed: { from, to }, " + forms);
    EXPECT_EQ(refusal("[axes]\nseed = { from = 1, to = 5, scale = \"log\" }\n"),
              "e.toml:4: seed = a table; allowed: { from, to }, " + forms);
}

TEST(Words, KeysInTheWrongTableAreToldWhereTheyBelong) {
    EXPECT_EQ(refusal("seed = 3\n"), "e.toml:3: seed: belongs in [fixed], or its values in [axes]");
    EXPECT_EQ(refusal("exponent = 3\n"), "e.toml:3: exponent: belongs in [accounting]");
    EXPECT_EQ(refusal("[axis]\nseed = [1, 2]\n").find("e.toml:3: axis: unknown key; did you mean axes? allowed: name,"),
              0u);
    EXPECT_EQ(refusal("[accounting]\ntau = 3\n"), "e.toml:4: tau: belongs in [fixed] or [axes], not in [accounting]");
    EXPECT_EQ(refusal("[axes]\nexponent = [1, 2]\n"), "e.toml:4: exponent: belongs in [accounting], not in [axes]");
    EXPECT_EQ(refusal("[axes]\nrecord = [\"weights\"]\n"),
              "e.toml:4: record: belongs at the top, before the first table, not in [axes]");
    EXPECT_EQ(refusal("[accounting]\nexponnet = 1\n")
                  .find("e.toml:4: exponnet: unknown key in [accounting]; did you "
                        "mean exponent? allowed: maintenance_cost, "),
              0u);
}

TEST(Words, NumbersInQuotesAreToldHow) {
    EXPECT_EQ(refusal("[fixed]\ntau = \"inf\"\n"),
              "e.toml:4: tau = \"inf\"; allowed: a number > 0, without quotes: tau = inf");
    EXPECT_EQ(refusal("[fixed]\nseed = \"3\"\n"),
              "e.toml:4: seed = \"3\"; allowed: an integer >= 0 and <= 9000000000000000, without quotes: seed = 3");
    EXPECT_EQ(refusal("[fixed]\ntau = \"none\"\n"), "e.toml:4: tau = \"none\"; allowed: a number > 0");
}

TEST(Words, OnlyNearOnesAreSuggested) {
    const std::vector<std::string> names{"threshold", "threshold_end", "tau", "seed", "learning_rate"};
    EXPECT_EQ(did_you_mean("treshold", names), "did you mean threshold? ");   // missing
    EXPECT_EQ(did_you_mean("theshrold", names), "did you mean threshold? ");  // swapped and missing
    EXPECT_EQ(did_you_mean("sede", names), "did you mean seed? ");            // swapped
    EXPECT_EQ(did_you_mean("tua", names), "did you mean tau? ");
    EXPECT_EQ(did_you_mean("learn", names), "did you mean learning_rate? ");  // begins so
    EXPECT_EQ(did_you_mean("t", names), "");
    EXPECT_EQ(did_you_mean("momentum", names), "");
    EXPECT_EQ(did_you_mean("xyz", names), "");
    EXPECT_EQ(did_you_mean("", names), "");
}

}  // namespace
}  // namespace syncache
