#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/experiment/experiment.hpp"
#include "tests/support/fake_model.hpp"
#include "tests/support/scratch.hpp"

namespace syncache {
namespace {

using test::fake_model;
using test::message_of;
using Overrides = std::vector<std::string>;

const std::string head = "name = \"e\"\nmodel = \"fake\"\n";

Experiment parse(const std::string& body, const Overrides& overrides = {}) {
    return parse_experiment(head + body, "folder", "e.toml", overrides, test::fake_models());
}

int index_of(std::string_view name) { return find_parameter(fake_model(), name); }

// The values of an axis of one parameter, as text.
std::vector<std::string> texts(const Axis& axis) {
    std::vector<std::string> result;
    for (const auto& step : axis.values) {
        std::string text;
        for (const Value& value : step) {
            text += text.empty() ? "" : " ";
            text += to_text(value);
        }
        result.push_back(text);
    }
    return result;
}
using Texts = std::vector<std::string>;

TEST(Experiment, ReadsAllParts) {
    const Experiment experiment = parse(R"(
record = ["epochs", "weights"]
[fixed]
variant = "local-local"
tau = inf
threshold = 3
[axes]
patterns = { from = 10, to = 30, step = 10 }
seed = [3, 1, 2]
learning_rate = { from = 0.01, to = 1.0, count = 3, scale = "log" }
[accounting]
maintenance_cost = [0.0, 0.01]
)");
    EXPECT_EQ(experiment.name, "e");
    EXPECT_EQ(experiment.model, &fake_model());
    EXPECT_EQ(experiment.folder, "folder");
    EXPECT_EQ(experiment.fixed, (std::vector<std::pair<int, Value>>{{index_of("variant"), std::string("local-local")},
                                                                    {index_of("tau"), double{INFINITY}},
                                                                    {index_of("threshold"), 3.0}}));
    ASSERT_EQ(experiment.axes.size(), 3U);  // in the order of the file, not of the alphabet
    EXPECT_EQ(experiment.axes[0].parameters, std::vector<int>{index_of("patterns")});
    EXPECT_EQ(texts(experiment.axes[0]), (Texts{"10", "20", "30"}));
    EXPECT_EQ(experiment.axes[1].parameters, std::vector<int>{index_of("seed")});
    EXPECT_EQ(texts(experiment.axes[1]), (Texts{"3", "1", "2"}));
    EXPECT_EQ(texts(experiment.axes[2]), (Texts{"0.01", "0.1", "1"}));
    EXPECT_EQ(experiment.record, (Texts{"epochs", "weights"}));
    EXPECT_EQ(experiment.accounting.size(), 2U);
    EXPECT_TRUE(experiment.points.empty());
}

TEST(Experiment, PointsAreInTheOrderOfTheFile) {
    const Experiment experiment = parse("[[points]]\ntau = 5.0\nseed = 2\n[[points]]\n[[points]]\nseed = 1\n");
    ASSERT_EQ(experiment.points.size(), 3U);
    EXPECT_EQ(experiment.points[0].settings,
              (std::vector<std::pair<int, Value>>{{index_of("tau"), 5.0}, {index_of("seed"), std::int64_t{2}}}));
    EXPECT_TRUE(experiment.points[1].settings.empty());
    EXPECT_EQ(parse("points = [{ seed = 1 }, { seed = 2 }]").points.size(), 2U);
}

TEST(Experiment, ZipJoinsAxesWhereTheFirstStood) {
    const std::string axes =
        "[axes]\nseed = [1, 2]\nvariant = [\"none\", \"local-local\"]\ntau = [5, 6, 7]\nthreshold = [3, 4]\n";
    const Experiment one = parse(axes + "zip = [\"threshold\", \"seed\"]");
    ASSERT_EQ(one.axes.size(), 3U);
    EXPECT_EQ(one.axes[0].parameters, (std::vector<int>{index_of("seed"), index_of("threshold")}));
    EXPECT_EQ(texts(one.axes[0]), (Texts{"1 3", "2 4"}));
    EXPECT_EQ(texts(one.axes[1]), (Texts{"none", "local-local"}));

    const Experiment two = parse(axes +
                                 "learning_rate = [0.1, 0.2, 0.3]\n"
                                 "zip = [[\"seed\", \"variant\", \"threshold\"], [\"tau\", \"learning_rate\"]]");
    ASSERT_EQ(two.axes.size(), 2U);
    EXPECT_EQ(texts(two.axes[0]), (Texts{"1 none 3", "2 local-local 4"}));
    EXPECT_EQ(texts(two.axes[1]), (Texts{"5 0.1", "6 0.2", "7 0.3"}));
}

TEST(Experiment, AccountingDefaults) {
    const Experiment experiment = parse("");
    ASSERT_EQ(experiment.accounting.size(), 1U);
    const AccountingSetting& setting = experiment.accounting[0];
    EXPECT_EQ(setting.maintenance_cost, 0.0);
    EXPECT_EQ(setting.transient_change_cost, 0.0);
    EXPECT_EQ(setting.persistent_cost, 0.0);
    EXPECT_EQ(setting.pricing, Pricing{});
}

TEST(Experiment, AccountingIsTheProductWithMaintenanceSlowest) {
    const Experiment experiment = parse(R"(
[accounting]
potentiation_only = [false, true]
exponent = { from = 1, to = 2, step = 1 }
maintenance_cost = [0, 0.5]
persistent_cost = 0.25
)");
    ASSERT_EQ(experiment.accounting.size(), 8U);
    for (std::size_t i = 0; i < 8; ++i) {
        const AccountingSetting& setting = experiment.accounting[i];
        EXPECT_EQ(setting.maintenance_cost, i < 4 ? 0.0 : 0.5);
        EXPECT_EQ(setting.persistent_cost, 0.25);
        EXPECT_EQ(setting.pricing.exponent, i % 4 < 2 ? 1.0 : 2.0);
        EXPECT_EQ(setting.pricing.potentiation_only, i % 2 == 1);
    }
    const Tallies tallies = experiment.tallies();
    EXPECT_EQ(tallies.pricings, (std::vector<Pricing>{{1.0, false}, {1.0, true}, {2.0, false}, {2.0, true}}));
    EXPECT_TRUE(tallies.persistent_sum);
}

TEST(Experiment, TalliesWhatIsRecorded) {
    const Tallies none = parse("").tallies();
    EXPECT_EQ(none.pricings, std::vector<Pricing>{Pricing{}});
    EXPECT_FALSE(none.persistent_sum);
    EXPECT_TRUE(none.record.empty());
    const Tallies some = parse("record = [\"weights\", \"epochs\", \"weights\"]").tallies();
    EXPECT_EQ(some.record, (Texts{"weights", "epochs"}));
    EXPECT_TRUE(some.records("epochs") && some.records("weights"));
    EXPECT_FALSE(some.records("traces"));
    EXPECT_EQ(parse("record = \"traces\"").tallies().record, Texts{"traces"});
    EXPECT_EQ(parse("[fixed]\nrecord = [\"traces\"]").tallies().record, Texts{"traces"});
    EXPECT_TRUE(parse("record = []").record.empty());
}

TEST(Experiment, ReadsFilesWhereTheyAre) {
    const test::Scratch scratch;
    const auto file = scratch.write("fig.toml", head + "[axes]\nseed = [1, 2]\n");
    const Experiment experiment = read_experiment(file, {"tau=5"}, test::fake_models());
    EXPECT_EQ(experiment.folder, scratch.folder());
    EXPECT_EQ(experiment.axes.size(), 1U);
    EXPECT_EQ(experiment.text, head + "[axes]\nseed = [1, 2]\n[overrides]\ntau = 5\n");

    const auto refusal = [](const std::filesystem::path& bad) {
        return message_of<std::invalid_argument>([&] { read_experiment(bad, {}, test::fake_models()); });
    };
    EXPECT_EQ(refusal(scratch / "no.toml"),
              (scratch / "no.toml").string() + ": cannot be read: No such file or directory");
    EXPECT_EQ(refusal(scratch.folder()), scratch.folder().string() + ": cannot be read: Is a directory");
    EXPECT_EQ(refusal(scratch.write("bad.toml", head + "x = 1")).substr(scratch.folder().string().size()),
              "/bad.toml:3: x: unknown key; allowed: name, model, fixed, axes, points, accounting, record");
}

}  // namespace
}  // namespace syncache
