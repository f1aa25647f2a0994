#include <gtest/gtest.h>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include "host/experiment/experiment.hpp"
#include "host/experiment/sweep.hpp"
#include "host/experiment/trial_identity.hpp"
#include "tests/support/fake_model.hpp"
#include "tests/support/scratch.hpp"

namespace syncache {
namespace {

using Overrides = std::vector<std::string>;

const std::string head = "name = \"e\"\nmodel = \"fake\"\n";

Experiment parse(const std::string& body, const Overrides& overrides = {}) {
    return parse_experiment(head + body, "", "e.toml", overrides, test::fake_models());
}

std::string refusal(const std::string& body, const Overrides& overrides) {
    return test::message_of<std::invalid_argument>([&] { parse(body, overrides); });
}

// All trials, priced and recorded alike: what makes two experiments the same.
std::vector<std::string> trials(const Experiment& experiment) {
    FileChecksums checksums;
    std::vector<std::string> result;
    const Sweep sweep(experiment);
    for (std::size_t i = 0; i < sweep.size(); ++i) {
        result.push_back(canonical_text(sweep.trial(i), checksums));
    }
    for (const AccountingSetting& setting : experiment.accounting) {
        result.push_back(to_text(setting.maintenance_cost) + " " + to_text(setting.transient_change_cost) + " " +
                         to_text(setting.persistent_cost) + " " + to_text(setting.pricing.exponent) +
                         (setting.pricing.potentiation_only ? " potentiation only" : ""));
    }
    result.insert(result.end(), experiment.record.begin(), experiment.record.end());
    return result;
}

// The experiment with overrides has the trials of the file that says so itself, and so has its recorded text.
void expect_same(const std::string& body, const Overrides& overrides, const std::string& equivalent) {
    const Experiment overridden = parse(body, overrides);
    EXPECT_EQ(trials(overridden), trials(parse(equivalent)));
    const Experiment again = parse_experiment(overridden.text, "", "results", {}, test::fake_models());
    EXPECT_EQ(trials(again), trials(overridden));
    EXPECT_EQ(again.text, overridden.text);
}

TEST(Overrides, ReplaceFixedValues) {
    expect_same("[fixed]\nseed = 1\ntau = 5", {"seed=7", "variant=local-local"},
                "[fixed]\nseed = 7\ntau = 5\nvariant = \"local-local\"");
    expect_same("", {"tau=inf", "threshold = 0.1", "shuffled=true", "note=\"1\"", "note=a b # c"},
                "[fixed]\ntau = inf\nthreshold = 0.1\nshuffled = true\nnote = \"a b # c\"");
}

TEST(Overrides, ReplaceAxesInTheirPlace) {
    const std::string body = "[axes]\ntau = [5, 6]\nseed = [1, 2]\nthreshold = [3, 4]";
    expect_same(body, {"tau=[7,8,9]"}, "[axes]\ntau = [7, 8, 9]\nseed = [1, 2]\nthreshold = [3, 4]");
    expect_same(body, {"tau=7"}, "[fixed]\ntau = 7\n[axes]\nseed = [1, 2]\nthreshold = [3, 4]");
    expect_same(body, {"seed={ from = 1, to = 3, step = 1 }"},
                "[axes]\ntau = [5, 6]\nseed = [1, 2, 3]\nthreshold = [3, 4]");
}

TEST(Overrides, ListsMakeNewAxesInTheOrderGiven) {
    expect_same("[fixed]\ntau = 5\n[axes]\nseed = [1, 2]", {"threshold=[1,2]", "tau=[6,7]"},
                "[axes]\nseed = [1, 2]\nthreshold = [1, 2]\ntau = [6, 7]");
}

TEST(Overrides, ReplaceWhatPointsSay) {
    const std::string body =
        "[fixed]\npatterns = 5\n[axes]\nseed = [1, 2]\n[[points]]\ntau = 5\n[[points]]\ntau = 6\nseed = 9\n";
    expect_same(body, {"tau=7"},
                "[fixed]\npatterns = 5\ntau = 7\n[axes]\nseed = [1, 2]\n[[points]]\n[[points]]\nseed = 9\n");
    expect_same(body, {"seed=3"}, "[fixed]\npatterns = 5\nseed = 3\n[[points]]\ntau = 5\n[[points]]\ntau = 6\n");
    expect_same(body, {"tau=[7, 8]"},
                "[fixed]\npatterns = 5\n[axes]\nseed = [1, 2]\ntau = [7, 8]\n[[points]]\n[[points]]\nseed = 9\n");
}

TEST(Overrides, OfZippedAxes) {
    const std::string body =
        "[axes]\nseed = [1, 2]\ntau = [5, 6]\nthreshold = [3, 4]\nzip = [\"seed\", \"tau\", \"threshold\"]";
    expect_same(body, {"tau=9"},
                "[fixed]\ntau = 9\n[axes]\nseed = [1, 2]\nthreshold = [3, 4]\nzip = [\"seed\", \"threshold\"]");
    expect_same(body, {"tau=9", "seed=1"}, "[fixed]\ntau = 9\nseed = 1\n[axes]\nthreshold = [3, 4]");
    expect_same(body, {"tau=9", "seed=1", "threshold=2"}, "[fixed]\ntau = 9\nseed = 1\nthreshold = 2");
    EXPECT_EQ(refusal(body, {"tau=[7, 8, 9]"}), "e.toml:7: zip: seed has 2 values, tau has 3; allowed: equally many");
}

TEST(Overrides, OfAccountingAndRecord) {
    expect_same(
        "record = [\"epochs\"]\n[accounting]\nexponent = [1, 2]\nmaintenance_cost = 1",
        {"exponent=3", "potentiation_only=[true, false]", "record=[\"traces\"]"},
        "record = [\"traces\"]\n[accounting]\nexponent = 3\nmaintenance_cost = 1\npotentiation_only = [true, false]");
    expect_same("", {"record=weights"}, "record = [\"weights\"]");
}

TEST(Overrides, LastOfOneKeyCounts) { expect_same("", {"seed=1", "tau=5", "seed=2"}, "[fixed]\ntau = 5\nseed = 2"); }

// A results file's text is taken up again with further overrides.
TEST(Overrides, OfATextThatHasSome) {
    const Experiment once = parse("# mine\n[axes]\nseed = [1, 2] # two", {"tau=5", "threshold=[1, 2]", "note=it's"});
    EXPECT_EQ(
        once.text,
        head + "# mine\n[axes]\nseed = [1, 2] # two\n[overrides]\ntau = 5\nthreshold = [1, 2]\nnote = \"it's\"\n");
    const Experiment twice = parse_experiment(once.text, "", "results", {"tau=6", "seed=3"}, test::fake_models());
    EXPECT_EQ(twice.text, head +
                              "# mine\n[axes]\nseed = [1, 2] # two\n[overrides]\nthreshold = [1, 2]\nnote = "
                              "\"it's\"\ntau = 6\nseed = 3\n");
    EXPECT_EQ(trials(twice), trials(parse("[fixed]\ntau = 6\nseed = 3\nnote = \"it's\"\n[axes]\nthreshold = [1, 2]")));
}

TEST(Overrides, WithoutThemTheTextIsTheFile) { EXPECT_EQ(parse("# mine").text, head + "# mine"); }

TEST(Overrides, ErrorsNameTheOption) {
    const std::string names =
        "seed, precision, variant, patterns, threshold, tau, learning_rate, pattern_coding, shuffled, note, "
        "patterns_file, "
        "maintenance_cost, transient_change_cost, persistent_cost, exponent, potentiation_only, record";
    EXPECT_EQ(refusal("", {"sede=1"}),
              "--set sede: sede: unknown key in [overrides]; did you mean seed? allowed: " + names);
    EXPECT_EQ(refusal("", {"seed"}), "--set seed; allowed: key=value, in one line");
    EXPECT_EQ(refusal("", {"=1"}), "--set =1; allowed: key=value, in one line");
    EXPECT_EQ(refusal("", {"a.b=1"}), "--set a.b=1; allowed: key=value, in one line");
    EXPECT_EQ(refusal("", {"seed=1\n[fixed]"}), "--set seed=1 [fixed]; allowed: key=value, in one line");
    EXPECT_EQ(refusal("", {"seed=-1"}), "--set seed: seed = -1; allowed: an integer >= 0");
    EXPECT_EQ(refusal("", {"seed="}), "--set seed: seed = \"\"; allowed: an integer >= 0");
    EXPECT_EQ(refusal("", {"tau=5", "threshold=nan", "seed=1"}),
              "--set threshold: threshold = nan; allowed: a number >= 0");
    EXPECT_EQ(refusal("", {"variant=local"}),
              "--set variant: variant = \"local\"; allowed: one of none, local-local, local-global");
    EXPECT_EQ(refusal("", {"seed=[1, 2"}).substr(0, 11), "--set seed:");
    EXPECT_EQ(refusal("", {"seed=[1, -2]"}), "--set seed: seed = -2; allowed: an integer >= 0");
    EXPECT_EQ(refusal("", {"exponent=-2"}), "--set exponent: exponent = -2; allowed: a finite number >= 0");
    EXPECT_EQ(refusal("", {"record=epoch"}),
              "--set record: record = \"epoch\"; allowed: one of epochs, traces, weights");
    EXPECT_EQ(refusal("[fixed]\nseed = -1", {"seed=1"}), "e.toml:4: seed = -1; allowed: an integer >= 0");
    EXPECT_EQ(refusal("[overrides]\nseed = 1\n[fixed]\ntau = 5\n", {"seed=1"}),
              "e.toml:3: overrides; allowed: as the last table of the file");
    EXPECT_EQ(refusal("[overrides]\nseed = -1", {"tau=5"}), "e.toml:4: seed = -1; allowed: an integer >= 0");
}

}  // namespace
}  // namespace syncache
