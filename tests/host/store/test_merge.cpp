#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "host/experiment/sweep.hpp"
#include "host/experiment/trial_identity.hpp"
#include "host/store/sql.hpp"
#include "host/store/status.hpp"
#include "host/store/store.hpp"
#include "tests/support/near.hpp"
#include "tests/support/results_file.hpp"

namespace syncache {
namespace {

using namespace test;
using Access = Store::Access;
using Paths = std::vector<std::filesystem::path>;

// One results file with those results in one run.
void write_results(const std::filesystem::path& file, const std::vector<Store::Result>& results) {
    Store store(file, Access::write);
    const auto run = store.begin_run(toy_experiment(), toy_run(), results.size());
    store.put(run, results);
    store.end_run(run, "finished", {{"a.idx", "00ff"}});
}

TEST(Merge, ShardsGiveTheTableOfTheWhole) {
    const ScratchFolder folder;
    write_toy_results(folder / "whole.sqlite", {1, 2, 3, 4, 5});
    write_toy_results(folder / "a.sqlite", {5, 1}, toy_run("abc", "1/2"));
    write_toy_results(folder / "b.sqlite", {2, 4, 3}, toy_run("abc", "2/2"));
    const Paths shards{folder / "b.sqlite", folder / "a.sqlite"};
    EXPECT_EQ(merge(folder / "merged.sqlite", shards), 5u);
    EXPECT_EQ(csv(folder / "merged.sqlite"), csv(folder / "whole.sqlite"));
    // Again, and with trials that are there already: nothing new.
    EXPECT_EQ(merge(folder / "merged.sqlite", shards), 0u);
    EXPECT_EQ(merge(folder / "merged.sqlite", Paths{folder / "whole.sqlite"}), 0u);
    EXPECT_EQ(csv(folder / "merged.sqlite"), csv(folder / "whole.sqlite"));
    const Store merged(folder / "merged.sqlite", Access::read);
    EXPECT_EQ(sql::query_integer(merged.handle(), "SELECT count(*) FROM runs"), 3);
    EXPECT_EQ(sql::query_integer(merged.handle(), "SELECT count(*) FROM experiments"), 1);
}

// The trials of the other half have the places of the whole, not ones behind those that are there.
TEST(Merge, IntoOneShardGivesTheTableOfTheWhole) {
    const ScratchFolder folder;
    write_toy_results(folder / "whole.sqlite", {1, 2, 3, 4, 5});
    write_toy_results(folder / "a.sqlite", {5, 1}, toy_run("abc", "1/2"));
    write_toy_results(folder / "b.sqlite", {2, 4, 3}, toy_run("abc", "2/2"));
    EXPECT_EQ(merge(folder / "a.sqlite", Paths{folder / "b.sqlite"}), 3u);
    EXPECT_EQ(csv(folder / "a.sqlite"), csv(folder / "whole.sqlite"));
    const auto places = [&](const char* file) {
        const Store store(folder / file, Access::read);
        return sql::query_text(
            store.handle(),
            "SELECT group_concat(key || ' ' || position, ', ') FROM (SELECT key, position FROM trials ORDER BY key)");
    };
    EXPECT_EQ(places("a.sqlite"), places("whole.sqlite"));
}

TEST(Merge, CarriesRecordsPricingsAndChecksums) {
    const ScratchFolder folder;
    Store::Result plain = toy_result(1), rich = toy_result(1);
    rich.outcome.persistent_sum = 5.0;
    rich.outcome.sums.push_back({Pricing{2.0, true}, 1, 2, 3, 4});
    rich.outcome.tables = {{"epochs", {"epoch", "energy"}, {1, 0.1, 2, 0.2}}};
    rich.outcome.weights = {{"persistent", {2, 1}, {0.5, 0.25}}};
    write_results(folder / "plain.sqlite", {plain});
    write_results(folder / "rich.sqlite", {rich});
    EXPECT_EQ(merge(folder / "out.sqlite", Paths{folder / "plain.sqlite", folder / "rich.sqlite"}), 1u);
    EXPECT_EQ(csv(folder / "out.sqlite", "epochs"), csv(folder / "rich.sqlite", "epochs"));
    Store out(folder / "out.sqlite", Access::read);
    Tallies tallies;
    tallies.pricings.push_back({2.0, true});
    tallies.persistent_sum = true;
    tallies.record = {"epochs", "weights"};
    EXPECT_TRUE(out.is_done(toy_trial(1), tallies, 1));
    EXPECT_EQ(sql::query_integer(out.handle(), "SELECT count(*) FROM checksums"), 2);
}

TEST(Merge, RefusesOtherExperimentsAndBuildsUnlessForced) {
    const ScratchFolder folder;
    write_toy_results(folder / "a.sqlite", {1});
    write_toy_results(folder / "build.sqlite", {2}, toy_run("other-commit"));
    write_toy_results(folder / "experiment.sqlite", {3}, toy_run(), toy_experiment("another text"));
    for (const char* other : {"build.sqlite", "experiment.sqlite"}) {
        const Paths inputs{folder / "a.sqlite", folder / other};
        EXPECT_THROW(merge(folder / "out.sqlite", inputs), std::invalid_argument) << other;
        EXPECT_FALSE(std::filesystem::exists(folder / "out.sqlite")) << other;
    }
    const Paths all{folder / "a.sqlite", folder / "build.sqlite", folder / "experiment.sqlite"};
    EXPECT_EQ(merge(folder / "out.sqlite", all, {true, true}), 3u);
    EXPECT_EQ(merge(folder / "out.sqlite", all, {true, true}), 0u);
}

constexpr const char* sweep_text = R"(name = "sweep"
model = "perceptron"
[fixed]
inputs = 10
patterns = 5
[axes]
threshold = [1.0, 2.0]
seed = [1, 2]
tau = [10.0, 20.0]
)";

// A file with all trials of that experiment, whose updates are 100 times the seed.
void write_sweep(const std::filesystem::path& file, const std::string& text,
                 const std::vector<std::string>& overrides = {}) {
    const Experiment experiment = parse_experiment(text, ".", "test", overrides);
    const Sweep sweep(experiment);
    FileChecksums checksums;
    std::vector<Store::Result> results;
    for (std::size_t place = 0; place < sweep.size(); ++place) {
        const Trial trial = sweep.trial(place);
        Store::Result result{canonical_text(trial, checksums), static_cast<std::int64_t>(place), toy_result(1).outcome};
        result.outcome.updates = 100 * trial.integer("seed");
        result.outcome.extras.clear();
        results.push_back(result);
    }
    Store store(file, Access::write);
    const auto run = store.begin_run(experiment, toy_run(), results.size());
    store.put(run, results);
    store.end_run(run, "finished", {});
}

TEST(Merge, MoreSeedsGiveTheTableOfAllSeeds) {
    const ScratchFolder folder;
    write_sweep(folder / "a.sqlite", sweep_text);
    write_sweep(folder / "b.sqlite", sweep_text, {"seed=4"});
    write_sweep(folder / "c.sqlite", sweep_text, {"seed=[2, 3]"});
    write_sweep(folder / "whole.sqlite", sweep_text, {"seed=[1, 2, 4, 3]"});
    EXPECT_EQ(merge(folder / "out.sqlite", Paths{folder / "a.sqlite", folder / "b.sqlite"}), 12u);
    EXPECT_EQ(read_status(folder / "out.sqlite").planned, 12);
    EXPECT_EQ(read_status(folder / "out.sqlite").missing(), 0);
    EXPECT_EQ(merge(folder / "out.sqlite", Paths{folder / "c.sqlite"}), 4u);  // seed 2 is there already
    EXPECT_EQ(csv(folder / "out.sqlite"), csv(folder / "whole.sqlite"));
    EXPECT_EQ(merge(folder / "out.sqlite", Paths{folder / "b.sqlite", folder / "a.sqlite"}), 0u);
    EXPECT_EQ(csv(folder / "out.sqlite"), csv(folder / "whole.sqlite"));
    EXPECT_EQ(read_status(folder / "out.sqlite").planned, 16);
    EXPECT_EQ(read_status(folder / "out.sqlite").done, 16);
}

TEST(Merge, WhatDiffersInMoreThanSeedsIsAnotherExperiment) {
    const ScratchFolder folder;
    write_sweep(folder / "a.sqlite", sweep_text);
    for (const std::vector<std::string>& overrides : {std::vector<std::string>{"seed=3", "tau=30.0"},
                                                      {"seed=3", "maintenance_cost=1.0"},
                                                      {"seed=3", "inputs=11"}}) {
        std::filesystem::remove(folder / "b.sqlite");
        write_sweep(folder / "b.sqlite", sweep_text, overrides);
        const Paths inputs{folder / "a.sqlite", folder / "b.sqlite"};
        const std::string message = message_of([&] { merge(folder / "out.sqlite", inputs); });
        EXPECT_NE(message.find("(\"sweep\")"), std::string::npos) << message;
        EXPECT_NE(message.find("--force"), std::string::npos) << message;
    }
    const Paths inputs{folder / "a.sqlite", folder / "b.sqlite"};
    EXPECT_EQ(merge(folder / "out.sqlite", inputs, {.other_experiments = true}), 12u);
    EXPECT_EQ(read_status(folder / "out.sqlite").planned, 12);
    EXPECT_EQ(read_status(folder / "out.sqlite").done, 12);
}

TEST(Merge, EachPermissionIsItsOwn) {
    const ScratchFolder folder;
    write_toy_results(folder / "a.sqlite", {1});
    write_toy_results(folder / "build.sqlite", {2}, toy_run("other-commit"));
    write_toy_results(folder / "experiment.sqlite", {3}, toy_run(), toy_experiment("another text"));
    const Paths builds{folder / "a.sqlite", folder / "build.sqlite"};
    const Paths experiments{folder / "a.sqlite", folder / "experiment.sqlite"};
    EXPECT_THROW(merge(folder / "out.sqlite", builds, {.other_experiments = true}), std::invalid_argument);
    EXPECT_THROW(merge(folder / "out.sqlite", experiments, {.other_builds = true}), std::invalid_argument);
    EXPECT_EQ(merge(folder / "builds.sqlite", builds, {.other_builds = true}), 2u);
    EXPECT_EQ(merge(folder / "experiments.sqlite", experiments, {.other_experiments = true}), 2u);
}

TEST(Merge, NamesTheTrialOnWhichFilesDisagree) {
    const ScratchFolder folder;
    const auto refusal = [&](const std::function<void(Outcome&)>& change) {
        Store::Result changed = toy_result(2);
        change(changed.outcome);
        std::filesystem::remove(folder / "a.sqlite");
        std::filesystem::remove(folder / "b.sqlite");
        write_results(folder / "a.sqlite", {toy_result(2)});
        write_results(folder / "b.sqlite", {toy_result(1), changed});
        const std::string message =
            message_of([&] { merge(folder / "out.sqlite", Paths{folder / "a.sqlite", folder / "b.sqlite"}); });
        EXPECT_EQ(std::filesystem::exists(folder / "out.sqlite"), message.empty());
        std::filesystem::remove(folder / "out.sqlite");
        EXPECT_TRUE(message.empty() || message.find(toy_trial(2)) != std::string::npos) << message;
        return !message.empty();
    };
    EXPECT_TRUE(refusal([](Outcome& o) { o.converged = false; }));
    EXPECT_TRUE(refusal([](Outcome& o) { o.epochs += 1; }));
    EXPECT_TRUE(refusal([](Outcome& o) { o.presentations += 1; }));
    EXPECT_TRUE(refusal([](Outcome& o) { o.updates += 1; }));
    EXPECT_TRUE(refusal([](Outcome& o) { o.maintenance_sum *= 1 + 1e-8; }));
    EXPECT_TRUE(refusal([](Outcome& o) { o.maintenance_sum = std::numeric_limits<double>::infinity(); }));
    EXPECT_TRUE(refusal([](Outcome& o) { o.extras[0] = 2; }));
    EXPECT_TRUE(refusal([](Outcome& o) { o.sums[0].consolidation *= 1 + 1e-8; }));
    EXPECT_FALSE(refusal([](Outcome& o) { o.sums[0].consolidation *= 1 + 1e-12; })) << "rounding";
}

TEST(Merge, LeavesTheOutputAsItWasWhenItFails) {
    const ScratchFolder folder;
    write_toy_results(folder / "out.sqlite", {1});
    Store::Result wrong = toy_result(1);
    wrong.outcome.updates += 1;
    write_results(folder / "wrong.sqlite", {toy_result(2), wrong});
    write_toy_results(folder / "good.sqlite", {3});
    const std::string before = csv(folder / "out.sqlite");
    EXPECT_THROW(merge(folder / "out.sqlite", Paths{folder / "good.sqlite", folder / "wrong.sqlite"}),
                 std::runtime_error);
    EXPECT_EQ(csv(folder / "out.sqlite"), before);
}

TEST(Merge, RefusesDamagedFilesByName) {
    for (const char* damage :
         {"UPDATE trials SET run = 99", "UPDATE runs SET experiment = 99", "UPDATE trials SET position = -1",
          "UPDATE trials SET position = 9223372036854775807", "UPDATE trials SET extras = x'010203'"}) {
        const ScratchFolder folder;
        write_toy_results(folder / "good.sqlite", {1});
        write_toy_results(folder / "bad.sqlite", {2}, toy_run(), toy_experiment("other"));
        sql::execute(sql::open(folder / "bad.sqlite", SQLITE_OPEN_READWRITE).get(), damage);
        const std::string message = message_of([&] {
            merge(folder / "out.sqlite", Paths{folder / "good.sqlite", folder / "bad.sqlite"},
                  {.other_experiments = true});
        });
        EXPECT_NE(message.find("bad.sqlite: is damaged: "), std::string::npos) << damage << ": " << message;
        EXPECT_FALSE(std::filesystem::exists(folder / "out.sqlite")) << damage;
    }
}

TEST(Merge, RefusesBadInputs) {
    const ScratchFolder folder;
    write_toy_results(folder / "a.sqlite", {1});
    std::ofstream(folder / "text.sqlite") << "notes";
    EXPECT_THROW(merge(folder / "a.sqlite", Paths{folder / "a.sqlite"}), std::invalid_argument);
    EXPECT_THROW(merge(folder / "out.sqlite", Paths{}), std::invalid_argument);
    EXPECT_THROW(merge(folder / "out.sqlite", Paths{folder / "absent.sqlite"}), std::invalid_argument);
    EXPECT_THROW(merge(folder / "out.sqlite", Paths{folder / "a.sqlite", folder / "text.sqlite"}),
                 std::invalid_argument);
    EXPECT_THROW(merge(folder / "text.sqlite", Paths{folder / "a.sqlite"}), std::invalid_argument);
    {
        const Store empty(folder / "no-run.sqlite", Access::write);
    }
    EXPECT_THROW(merge(folder / "out.sqlite", Paths{folder / "no-run.sqlite"}), std::invalid_argument);
    EXPECT_FALSE(std::filesystem::exists(folder / "out.sqlite"));
    const Store writer(folder / "out.sqlite", Access::write);
    EXPECT_THROW(merge(folder / "out.sqlite", Paths{folder / "a.sqlite"}), std::runtime_error);
    EXPECT_TRUE(std::filesystem::exists(folder / "out.sqlite")) << "the other writer's file stays";
}

}  // namespace
}  // namespace syncache
