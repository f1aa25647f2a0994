#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "host/store/sql.hpp"
#include "host/store/store.hpp"
#include "tests/support/near.hpp"
#include "tests/support/results_file.hpp"

namespace syncache {
namespace {

using namespace test;
using Access = Store::Access;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

std::int64_t count(const Store& store, const std::string& table) {
    return sql::query_integer(store.handle(), "SELECT count(*) FROM " + table);
}

TEST(Store, KeepsOutcomesAcrossOpenings) {
    const ScratchFolder folder;
    write_toy_results(folder / "r.sqlite", {1, 2});
    EXPECT_EQ(names_in(folder), std::vector<std::string>{"r.sqlite"}) << "one file, without lock or log";
    Store store(folder / "r.sqlite", Access::write);
    EXPECT_TRUE(store.is_done(toy_trial(1), {}, 1));
    EXPECT_TRUE(store.is_done(toy_trial(2), {}, 2));
    EXPECT_FALSE(store.is_done(toy_trial(3), {}, 3));
}

TEST(Store, IsDoneOnlyWithAllThatIsAskedFor) {
    const ScratchFolder folder;
    Store store(folder / "r.sqlite", Access::write);
    const auto run = store.begin_run(toy_experiment(), toy_run(), 1);
    Store::Result result = toy_result(1);
    store.put(run, {&result, 1});

    Tallies squared, potentiation, persistent, tables, own, weights, checkpoint_weights;
    squared.pricings = {{1.0, false}, {2.0, false}};
    potentiation.pricings = {{1.0, true}};
    persistent.persistent_sum = true;
    tables.record = {"epochs", "traces"};
    own.record = {"a word of its own"};
    weights.record = {"weights"};
    checkpoint_weights.record = {"checkpoint_weights"};
    const std::vector<Tallies> more{squared, potentiation, persistent, tables, own, weights};
    for (const Tallies& tallies : more) {
        EXPECT_FALSE(store.is_done(toy_trial(1), tallies, 1));
    }
    result.outcome.sums.push_back({{2.0, false}, 1, 1, 1, 1});
    result.outcome.sums.push_back({{1.0, true}, 1, 1, 1, 1});
    result.outcome.persistent_sum = 5.0;
    result.outcome.tables = {{"epochs", {"epoch"}, {}}, {"traces", {"t"}, {1}}, {"a word of its own", {"t"}, {1, 2}}};
    result.outcome.weights = {{"persistent", {2}, {1, 2}}};
    store.put(run, {&result, 1});
    for (const Tallies& tallies : more) {
        EXPECT_TRUE(store.is_done(toy_trial(1), tallies, 1));
    }
    EXPECT_FALSE(store.is_done(toy_trial(1), checkpoint_weights, 1));
    result.outcome.weights = {{"checkpoint_weights_layer1", {1, 2}, {1, 2}}};
    store.put(run, {&result, 1});
    EXPECT_TRUE(store.is_done(toy_trial(1), checkpoint_weights, 1));
    EXPECT_EQ(count(store, "trials"), 1);
}

TEST(Store, CountsOfChangesAreNoWeights) {
    const ScratchFolder folder;
    Store store(folder / "r.sqlite", Access::write);
    const auto run = store.begin_run(toy_experiment(), toy_run(), 1);
    Store::Result result = toy_result(1);
    result.outcome.weights = {{"changes_layer1", {1, 2}, {1, 2}}};
    store.put(run, {&result, 1});
    Tallies changes, weights;
    changes.record = {"changes"};
    weights.record = {"weights"};
    EXPECT_TRUE(store.is_done(toy_trial(1), changes, 1));
    EXPECT_FALSE(store.is_done(toy_trial(1), weights, 1));
}

TEST(Store, AddsToAnOutcomeOfTheSameDynamicsAndReplacesAnother) {
    const ScratchFolder folder;
    Store store(folder / "r.sqlite", Access::write);
    const auto run = store.begin_run(toy_experiment(), toy_run(), 1);
    Store::Result result = toy_result(1);
    result.outcome.persistent_sum = 5.0;
    store.put(run, {&result, 1});
    result.outcome.persistent_sum = nan;
    result.outcome.sums[0].pricing.exponent = 2.0;
    store.put(run, {&result, 1});
    Tallies both;
    both.pricings = {{1.0, false}, {2.0, false}};
    both.persistent_sum = true;
    EXPECT_TRUE(store.is_done(toy_trial(1), both, 1));
    result.outcome.updates += 1;
    store.put(run, {&result, 1});
    EXPECT_FALSE(store.is_done(toy_trial(1), both, 1));
    EXPECT_EQ(count(store, "sums"), 1);
}

TEST(Store, KeepsInfinitiesAndStoresNaNAsNull) {
    const ScratchFolder folder;
    Store store(folder / "r.sqlite", Access::write);
    const auto run = store.begin_run(toy_experiment(), toy_run(), 1);
    Store::Result result = toy_result(1);
    result.outcome.maintenance_sum = infinity;
    result.outcome.sums[0].uncached = nan;
    result.outcome.sums[0].minimal = -infinity;
    store.put(run, {&result, 1});
    sql::Statement row(store.handle(), "SELECT maintenance_sum, uncached, minimal FROM trials JOIN sums ON trial = id");
    ASSERT_TRUE(row.step());
    EXPECT_EQ(row.real(0), infinity);
    EXPECT_TRUE(row.is_null(1));
    EXPECT_EQ(row.real(2), -infinity);
}

TEST(Store, StoresAllOrNone) {
    const ScratchFolder folder;
    Store store(folder / "r.sqlite", Access::write);
    const auto run = store.begin_run(toy_experiment(), toy_run(), 2);
    std::vector<Store::Result> results{toy_result(1), toy_result(2)};
    results[1].outcome.tables = {{"epochs", {"a", "b"}, {1, 2, 3}}};  // half a row
    EXPECT_THROW(store.put(run, results), std::logic_error);
    EXPECT_EQ(count(store, "trials"), 0);
    results[1].outcome.tables.clear();
    store.put(run, results);
    EXPECT_EQ(count(store, "trials"), 2);
}

TEST(Store, RecordsRuns) {
    const ScratchFolder folder;
    {
        Store store(folder / "r.sqlite", Access::write);
        store.begin_run(toy_experiment(), toy_run(), 1);  // and no end
    }
    Store store(folder / "r.sqlite", Access::write);
    const auto run = store.begin_run(toy_experiment(), toy_run("def", "2/3"), 5);
    store.end_run(run, "interrupted", {{"a.idx", "00ff"}});
    sql::Statement rows(store.handle(),
                        "SELECT state, \"commit\", shard, planned, ended IS NOT NULL FROM runs ORDER BY id");
    ASSERT_TRUE(rows.step());
    EXPECT_EQ(rows.text(0), "killed");
    ASSERT_TRUE(rows.step());
    EXPECT_EQ(rows.text(0), "interrupted");
    EXPECT_EQ(rows.text(1), "def");
    EXPECT_EQ(rows.text(2), "2/3");
    EXPECT_EQ(rows.integer(3), 5);
    EXPECT_EQ(rows.integer(4), 1);
    EXPECT_EQ(sql::query_text(store.handle(), "SELECT run || file || sha256 FROM checksums"), "2a.idx00ff");
}

// 1, NORMAL: a commit may be lost with the power, the file never; 3, EXTRA: no commit is, not even while the journal's
// removal is pending.
TEST(Store, WaitsForTheDiskAsItsJournalNeeds) {
    const ScratchFolder folder;
    const Store log(folder / "log.sqlite", Access::write);
    EXPECT_EQ(sql::query_text(log.handle(), "PRAGMA journal_mode"), "wal");
    EXPECT_EQ(sql::query_integer(log.handle(), "PRAGMA synchronous"), 1);
    const Store rollback(folder / "rollback.sqlite", Access::write, Store::Journal::rollback);
    EXPECT_EQ(sql::query_text(rollback.handle(), "PRAGMA journal_mode"), "delete");
    EXPECT_EQ(sql::query_integer(rollback.handle(), "PRAGMA synchronous"), 3);
}

TEST(Store, AnotherExperimentTakesOnlyItsOwnTrials) {
    const ScratchFolder folder;
    write_toy_results(folder / "r.sqlite", {1, 2, 3});
    const std::string before = csv(folder / "r.sqlite");
    {
        Store store(folder / "r.sqlite", Access::write);
        const auto run = store.begin_run(toy_experiment("only 3 and 2"), toy_run(), 2);
        EXPECT_TRUE(store.is_done(toy_trial(3), {}, 0));
        EXPECT_TRUE(store.is_done(toy_trial(2), {}, 1));
        store.end_run(run, "finished", {});
        sql::Statement rows(store.handle(), "SELECT epochs FROM trials WHERE position IS NOT NULL ORDER BY position");
        ASSERT_TRUE(rows.step());
        EXPECT_EQ(rows.integer(0), 3);
        ASSERT_TRUE(rows.step());
        EXPECT_EQ(rows.integer(0), 2);
        EXPECT_FALSE(rows.step());
        EXPECT_EQ(count(store, "trials"), 3);
    }
    Store store(folder / "r.sqlite", Access::write);
    const auto run = store.begin_run(toy_experiment(), toy_run(), 3);
    for (const int seed : {1, 2, 3}) {
        EXPECT_TRUE(store.is_done(toy_trial(seed), {}, seed));
    }
    store.end_run(run, "finished", {});
    EXPECT_EQ(csv(store), before);
}

}  // namespace
}  // namespace syncache
