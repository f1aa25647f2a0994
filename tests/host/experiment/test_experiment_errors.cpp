#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "host/experiment/experiment.hpp"
#include "tests/support/fake_model.hpp"
#include "tests/support/scratch.hpp"

namespace syncache {
namespace {

// The message for a file whose third line is `body`'s first.
std::string refusal(const std::string& body, const std::vector<std::string>& overrides = {}) {
    return test::message_of<std::invalid_argument>([&] {
        parse_experiment("name = \"e\"\nmodel = \"fake\"\n" + body, "", "e.toml", overrides, test::fake_models());
    });
}

std::string refusal_of_all(const std::string& text) {
    return test::message_of<std::invalid_argument>(
        [&] { parse_experiment(text, "", "e.toml", {}, test::fake_models()); });
}

const std::string parameters =
    "seed, precision, variant, patterns, threshold, tau, learning_rate, pattern_coding, shuffled, note, patterns_file";
const std::string costs = "maintenance_cost, transient_change_cost, persistent_cost, exponent, potentiation_only";

TEST(ExperimentErrors, Head) {
    EXPECT_EQ(refusal_of_all("model = \"fake\""), "e.toml:1: name: missing; allowed: name = \"...\" at the top");
    EXPECT_EQ(refusal_of_all("name = \"e\""), "e.toml:1: model: missing; allowed: model = \"...\" at the top");
    EXPECT_EQ(refusal_of_all("name = 3\nmodel = \"fake\""), "e.toml:1: name = 3; allowed: a string");
    EXPECT_EQ(refusal_of_all("name = \"e\"\nmodel = \"fakir\""), "e.toml:2: model = \"fakir\"; allowed: one of fake");
    EXPECT_EQ(refusal_of_all("name = \"e\"\nmodel = [1]"), "e.toml:2: model = a list; allowed: a string");
}

TEST(ExperimentErrors, RepeatedValuesOfAxes) {
    EXPECT_EQ(refusal("[axes]\ntau = [1.0]\nseed = [1, 3, 2, 3]"), "e.toml:5: seed = 3 twice; allowed: once");
    EXPECT_EQ(refusal("[axes]\nthreshold = [0.0, -0.0]").substr(0, 9), "e.toml:4:");
    EXPECT_EQ(refusal("[axes]\nseed = [1, 2]", {"seed=[4, 4]"}), "--set seed: seed = 4 twice; allowed: once");
    EXPECT_EQ(refusal("[axes]\nzip = [\"seed\", \"tau\"]\nseed = [1, 1, 1]\ntau = [1.0, 2.0, 1.0]"),
              "e.toml:5: seed = 1, tau = 1 twice; allowed: once");
    EXPECT_NO_THROW(
        parse_experiment("name = \"e\"\nmodel = \"fake\"\n[axes]\nzip = [\"seed\", \"tau\"]\n"
                         "seed = [1, 1, 2]\ntau = [1.0, 2.0, 1.0]",
                         "", "e.toml", {}, test::fake_models()));
}

TEST(ExperimentErrors, NotToml) {
    EXPECT_EQ(refusal("[fixed]\nseed = = 1").substr(0, 9), "e.toml:4:");
    EXPECT_EQ(refusal("[fixed]\nseed = 1\nseed = 2").substr(0, 9), "e.toml:5:");
    EXPECT_EQ(refusal("[fixed]\nvariant = none").substr(0, 9), "e.toml:4:");
    EXPECT_EQ(refusal("[fixed\n").find('\n'), std::string::npos);
}

TEST(ExperimentErrors, UnknownKeys) {
    EXPECT_EQ(refusal("\nsweep = 1"),
              "e.toml:4: sweep: unknown key; allowed: name, model, fixed, axes, points, accounting, record");
    EXPECT_EQ(refusal("[plot]\nx = 1"),
              "e.toml:3: plot: unknown key; allowed: name, model, fixed, axes, points, accounting, record");
    EXPECT_EQ(refusal("[fixed]\n\nthresold = 1"),
              "e.toml:5: thresold: unknown key in [fixed]; did you mean threshold? allowed: " + parameters);
    EXPECT_EQ(refusal("[axes]\nsede = [1]"),
              "e.toml:4: sede: unknown key in [axes]; did you mean seed? allowed: " + parameters);
    EXPECT_EQ(refusal("[[points]]\n[[points]]\nsede = 1"),
              "e.toml:5: sede: unknown key in [points]; did you mean seed? allowed: " + parameters);
    EXPECT_EQ(refusal("[accounting]\nseed = 1"), "e.toml:4: seed: belongs in [fixed] or [axes], not in [accounting]");
    EXPECT_EQ(refusal("[fixed]\nexponent = 1"), "e.toml:4: exponent: belongs in [accounting], not in [fixed]");
    EXPECT_EQ(refusal("[axes]\nseed = { from = 1, to = 2, by = 1 }"),
              "e.toml:4: seed.by: unknown key of a range; allowed: from, to, step, count, scale");
}

TEST(ExperimentErrors, WrongTypes) {
    EXPECT_EQ(refusal("fixed = 1"), "e.toml:3: fixed = 1; allowed: a table [fixed]");
    EXPECT_EQ(refusal("[[axes]]"), "e.toml:3: axes = a list; allowed: a table [axes]");
    EXPECT_EQ(refusal("[points]\nseed = 1"), "e.toml:3: points = a table; allowed: [[points]] tables");
    EXPECT_EQ(refusal("points = [1]"), "e.toml:3: points = 1; allowed: [[points]] tables");
    EXPECT_EQ(refusal("[fixed]\nseed = [1, 2]"),
              "e.toml:4: seed = a list in [fixed]; allowed: an integer >= 0, or in [axes] a list or range of them");
    EXPECT_EQ(refusal("[fixed]\npatterns = \"many\""), "e.toml:4: patterns = \"many\"; allowed: an integer >= 1");
    EXPECT_EQ(refusal("[fixed]\npatterns = 10.0"), "e.toml:4: patterns = 10.0; allowed: an integer >= 1");
    EXPECT_EQ(refusal("[fixed]\nnote = 2020-01-01"), "e.toml:4: note = a date or time; allowed: a string");
    EXPECT_EQ(refusal("[fixed]\nshuffled = 1"), "e.toml:4: shuffled = 1; allowed: true or false");
    EXPECT_EQ(refusal("[[points]]\nseed = [1]"), "e.toml:4: seed = a list; allowed: an integer >= 0");
    EXPECT_EQ(refusal("[axes]\nseed = [[1]]"), "e.toml:4: seed = a list; allowed: an integer >= 0");
}

TEST(ExperimentErrors, OutOfRange) {
    EXPECT_EQ(refusal("[fixed]\npatterns = 0"), "e.toml:4: patterns = 0; allowed: an integer >= 1");
    EXPECT_EQ(refusal("[fixed]\nthreshold = -0.1"), "e.toml:4: threshold = -0.1; allowed: a number >= 0");
    EXPECT_EQ(refusal("[fixed]\nthreshold = nan"), "e.toml:4: threshold = nan; allowed: a number >= 0");
    EXPECT_EQ(refusal("[fixed]\ntau = 0.5"), "e.toml:4: tau = 0.5; allowed: a number >= 1");
    EXPECT_EQ(refusal("[fixed]\nvariant = \"all\""),
              "e.toml:4: variant = \"all\"; allowed: one of none, local-local, local-global");
    EXPECT_EQ(refusal("[axes]\nthreshold = [\n  1,\n  nan,\n]"), "e.toml:6: threshold = nan; allowed: a number >= 0");
    EXPECT_EQ(refusal("[[points]]\ntau = 0"), "e.toml:4: tau = 0; allowed: a number >= 1");
    EXPECT_EQ(refusal("[axes]\npatterns = { from = 0, to = 5, step = 1 }"),
              "e.toml:4: patterns.from = 0; allowed: an integer >= 1");
}

TEST(ExperimentErrors, Ranges) {
    const std::string forms = "allowed: { from, to, step } or { from, to, count, scale = \"log\" | \"linear\" }";
    EXPECT_EQ(refusal("[axes]\nseed = { from = 1, to = 9, step = 0 }"),
              "e.toml:4: seed.step = 0; allowed: a finite number > 0, as from = 1 and to = 9");
    EXPECT_EQ(refusal("[axes]\nseed = { from = 9, to = 1, step = 1 }"),
              "e.toml:4: seed.step = 1; allowed: a finite number < 0, as from = 9 and to = 1");
    EXPECT_EQ(refusal("[axes]\nseed = { from = 1, to = 999999999, step = 1 }"),
              "e.toml:4: seed.step = 1; allowed: what makes at most 10000000 values");
    EXPECT_EQ(refusal("[axes]\ntau = { from = 1, to = 9, count = 0 }"),
              "e.toml:4: tau.count = 0; allowed: an integer >= 1 and <= 10000000");
    EXPECT_EQ(refusal("[axes]\ntau = { from = 1, to = 9, count = 2.5 }"),
              "e.toml:4: tau.count = 2.5; allowed: an integer >= 1 and <= 10000000");
    EXPECT_EQ(refusal("[axes]\nthreshold = { from = 0, to = 9, count = 3, scale = \"log\" }"),
              "e.toml:4: threshold.from = 0.0; allowed: a number > 0 on a logarithmic scale");
    EXPECT_EQ(refusal("[axes]\ntau = { from = 1, to = 9, count = 3, scale = \"exp\" }"),
              "e.toml:4: tau.scale = \"exp\"; allowed: one of linear, log");
    EXPECT_EQ(refusal("[axes]\ntau = { from = [1], to = 9, count = 3 }"),
              "e.toml:4: tau.from = a list; allowed: a number");
    EXPECT_EQ(refusal("[axes]\ntau = { from = 1, to = 9 }"), "e.toml:4: tau = a table; " + forms);
    EXPECT_EQ(refusal("[axes]\ntau = { from = 1, step = 9 }"), "e.toml:4: tau = a table; " + forms);
    EXPECT_EQ(refusal("[axes]\ntau = { from = 1, to = 9, step = 1, count = 9 }"), "e.toml:4: tau = a table; " + forms);
    EXPECT_EQ(refusal("[axes]\ntau = { from = 1, to = 9, step = 1, scale = \"log\" }"),
              "e.toml:4: tau = a table; " + forms);
    EXPECT_EQ(refusal("[axes]\nshuffled = { from = 0, to = 1, step = 1 }"),
              "e.toml:4: shuffled = a range; allowed: a list, each true or false");
    EXPECT_EQ(refusal("[axes]\nseed = []"), "e.toml:4: seed = []; allowed: at least one value");
}

TEST(ExperimentErrors, Axes) {
    EXPECT_EQ(refusal("[fixed]\nseed = 1\n[axes]\nseed = [1]"),
              "e.toml:6: seed: given twice, in [axes] and, in line 4, in [fixed]");
    EXPECT_EQ(refusal("[axes]\ntau = [1]\nseed = [1]\n[[points]]\nseed = 2\n[[points]]\nseed = 3"),
              "e.toml:5: seed: this axis is not used, as every point sets it");
}

TEST(ExperimentErrors, Zip) {
    const std::string axes = "[axes]\nseed = [1, 2]\ntau = [5, 6, 7]\nthreshold = [1, 2]\n";
    EXPECT_EQ(refusal(axes + "zip = [\"seed\", \"tau\"]"),
              "e.toml:7: zip: seed has 2 values, tau has 3; allowed: equally many");
    EXPECT_EQ(refusal(axes + "zip = [\"seed\", \"patterns\"]"),
              "e.toml:7: zip: \"patterns\" is no axis; allowed: names of axes");
    EXPECT_EQ(refusal(axes + "zip = [\"seed\", \"sede\"]"),
              "e.toml:7: zip: \"sede\" is no axis; allowed: names of axes");
    EXPECT_EQ(refusal(axes + "zip = [\"seed\", \"seed\"]"), "e.toml:7: zip: seed is named twice; allowed: once");
    EXPECT_EQ(refusal(axes + "zip = [\"seed\"]"),
              "e.toml:7: zip: a group of fewer than two; allowed: two or more axes");
    EXPECT_EQ(refusal(axes + "zip = [[\"seed\", \"threshold\"], [\"seed\", \"tau\"]]"),
              "e.toml:7: zip: seed is in two groups; allowed: one");
    const std::string forms = "; allowed: [\"a\", \"b\"] or [[\"a\", \"b\"], [\"c\", \"d\"]] with names of axes";
    EXPECT_EQ(refusal(axes + "zip = \"seed\""), "e.toml:7: zip = \"seed\"" + forms);
    EXPECT_EQ(refusal(axes + "zip = []"), "e.toml:7: zip = a list" + forms);
    EXPECT_EQ(refusal(axes + "zip = [\"seed\", [\"tau\", \"threshold\"]]"), "e.toml:7: zip = a list" + forms);
}

TEST(ExperimentErrors, Accounting) {
    EXPECT_EQ(refusal("[accounting]\nmaintenance_cost = -1"),
              "e.toml:4: maintenance_cost = -1; allowed: a finite number >= 0");
    EXPECT_EQ(refusal("[accounting]\nexponent = [1, nan]"), "e.toml:4: exponent = nan; allowed: a finite number >= 0");
    EXPECT_EQ(refusal("[accounting]\nexponent = inf"), "e.toml:4: exponent = inf; allowed: a finite number >= 0");
    EXPECT_EQ(refusal("[accounting]\npersistent_cost = []"),
              "e.toml:4: persistent_cost = []; allowed: at least one value");
    EXPECT_EQ(refusal("[accounting]\npotentiation_only = [0, 1]"),
              "e.toml:4: potentiation_only = 0; allowed: true or false");
    EXPECT_EQ(refusal("[accounting]\nmaintenance_cost = { from = 0, to = 1, step = 1e-5 }\n"
                      "exponent = { from = 0, to = 1, step = 1e-5 }"),
              "e.toml:3: accounting: more than 1000000 settings; allowed: lists whose product is smaller");
}

TEST(ExperimentErrors, Record) {
    EXPECT_EQ(refusal("record = [\"epoch\"]"), "e.toml:3: record = \"epoch\"; allowed: one of epochs, traces, weights");
    EXPECT_EQ(refusal("record = true"), "e.toml:3: record = true; allowed: one of epochs, traces, weights");
    EXPECT_EQ(refusal("record = [\"epochs\"]\n[fixed]\nrecord = [\"epochs\"]"),
              "e.toml:5: record: given twice, also in line 3");
}

}  // namespace
}  // namespace syncache
