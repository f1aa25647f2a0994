#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "host/store/sql.hpp"
#include "host/store/status.hpp"
#include "tests/support/near.hpp"
#include "tests/support/results_file.hpp"

namespace syncache {
namespace {

using namespace test;
using Access = Store::Access;

TEST(Status, CountsTrialsAndTellsOfRuns) {
    const ScratchFolder folder;
    write_toy_results(folder / "r.sqlite", {9}, toy_run(), toy_experiment("before"));
    Store store(folder / "r.sqlite", Access::write);
    const auto run = store.begin_run(toy_experiment(), toy_run("def"), 5);
    const std::vector<Store::Result> results{toy_result(1), toy_result(7)};
    store.put(run, results);

    const ResultsStatus status = read_status(folder / "r.sqlite");
    EXPECT_EQ(status.experiment, "toy");
    EXPECT_EQ(status.model, "toy");
    EXPECT_TRUE(status.is_being_written);
    EXPECT_EQ(status.planned, 5);
    EXPECT_EQ(status.done, 2);
    EXPECT_EQ(status.missing(), 3);
    EXPECT_EQ(status.not_converged, 1);
    EXPECT_EQ(status.elsewhere, 1);
    ASSERT_EQ(status.runs.size(), 2u);
    EXPECT_EQ(status.runs[0].state, "finished");
    EXPECT_EQ(status.runs[1].state, "running");
    EXPECT_EQ(status.runs[1].commit, "def");
    EXPECT_TRUE(status.runs[1].ended.empty());
}

TEST(Status, ARunWithoutAnEndWasKilled) {
    const ScratchFolder folder;
    {
        Store store(folder / "r.sqlite", Access::write);
        store.begin_run(toy_experiment(), toy_run(), 5);
    }
    const ResultsStatus status = read_status(folder / "r.sqlite");
    EXPECT_FALSE(status.is_being_written);
    EXPECT_EQ(status.runs.at(0).state, "killed");
}

TEST(Status, PlannedIsTheSumOverShards) {
    const ScratchFolder folder;
    write_toy_results(folder / "a.sqlite", {1, 2}, toy_run("abc", "1/2"));
    write_toy_results(folder / "a.sqlite", {1, 2}, toy_run("abc", "1/2"));
    write_toy_results(folder / "b.sqlite", {3}, toy_run("abc", "2/2"));
    EXPECT_EQ(read_status(folder / "a.sqlite").planned, 2);
    const std::vector<std::filesystem::path> shards{folder / "a.sqlite", folder / "b.sqlite"};
    merge(folder / "all.sqlite", shards);
    EXPECT_EQ(read_status(folder / "all.sqlite").planned, 3);
    EXPECT_EQ(read_status(folder / "all.sqlite").missing(), 0);
}

TEST(Status, TellsOfFailedTrialsAndTheSlowest) {
    const ScratchFolder folder;
    {
        Store store(folder / "r.sqlite", Access::write);
        const auto run = store.begin_run(toy_experiment(), toy_run(), 5);
        std::vector<Store::Result> results{toy_result(1), toy_result(2), toy_result(3)};
        results[0].seconds = 0.5;
        results[1].seconds = 2.5;
        store.put(run, results);
        store.end_run(run, "failed: too large", {}, 2);
    }
    const ResultsStatus status = read_status(folder / "r.sqlite");
    EXPECT_EQ(status.failed, 2);
    EXPECT_EQ(status.missing(), 2);
    EXPECT_EQ(status.runs[0].failed, 2);
    ASSERT_TRUE(status.slowest);
    EXPECT_EQ(status.slowest->seconds, 2.5);
    EXPECT_NE(status.slowest->settings.find("seed=2 "), std::string::npos) << status.slowest->settings;
    Store(folder / "r.sqlite", Access::write).begin_run(toy_experiment(), toy_run(), 5);
    EXPECT_EQ(read_status(folder / "r.sqlite").failed, 0) << "a later run has not failed yet";
}

TEST(Status, TimesStayOutOfExports) {
    const ScratchFolder folder;
    write_toy_results(folder / "r.sqlite", {1});
    const std::string before = csv(folder / "r.sqlite");
    Store store(folder / "r.sqlite", Access::write);
    Store::Result result = toy_result(1);
    result.seconds = 1.25;
    store.put(1, {&result, 1});
    EXPECT_EQ(sql::query_integer(store.handle(), "SELECT 100 * seconds FROM trials"), 125);
    EXPECT_EQ(csv(store), before);
}

TEST(Status, SumsUpShardsAndNamesAbsentOnes) {
    const ScratchFolder folder;
    write_toy_results(folder / "a.sqlite", {1, 2, 7}, toy_run("abc", "1/3"));
    {
        Store store(folder / "c.sqlite", Access::write);
        const auto run = store.begin_run(toy_experiment(), toy_run("abc", "3/3"), 4);
        Store::Result result = toy_result(3);
        result.seconds = 4.0;
        store.put(run, {&result, 1});
    }
    StatusSum sum = sum_up(read_folder_status(folder.path()));
    EXPECT_EQ(sum.n_files, 2);
    EXPECT_EQ(sum.planned, 7);
    EXPECT_EQ(sum.done, 4);
    EXPECT_EQ(sum.missing, 3);
    EXPECT_EQ(sum.not_converged, 1);
    EXPECT_EQ(sum.absent_shards, std::vector<std::string>{"2/3"});
    ASSERT_TRUE(sum.slowest);
    EXPECT_EQ(sum.slowest->seconds, 4.0);
    EXPECT_EQ(sum.slowest_file, folder / "c.sqlite");
    const std::vector<std::filesystem::path> shards{folder / "a.sqlite", folder / "c.sqlite"};
    merge(folder / "merged.sqlite", shards);
    sum = sum_up(read_folder_status(folder.path()));
    EXPECT_EQ(sum.n_files, 2) << "what is merged counts once";
    EXPECT_EQ(sum.done, 4);
    std::filesystem::remove(folder / "a.sqlite");
    std::filesystem::remove(folder / "c.sqlite");
    sum = sum_up(read_folder_status(folder.path()));
    EXPECT_EQ(sum.n_files, 1);
    EXPECT_EQ(sum.done, 4);
    ASSERT_TRUE(sum.slowest) << "times are merged, too";
    EXPECT_EQ(sum.slowest->seconds, 4.0);
}

TEST(Status, OfShardsThatAreNone) {
    for (const char* shard : {"", "3", "1/", "1/x", "1/99999999999", "1/-2", "1/2147483647"}) {
        const ScratchFolder folder;
        write_toy_results(folder / "a.sqlite", {1}, toy_run("abc", shard));
        EXPECT_TRUE(sum_up(read_folder_status(folder.path())).absent_shards.empty()) << shard;
    }
}

TEST(Status, OfNumbersThatNoRunPlans) {
    const ScratchFolder folder;
    write_toy_results(folder / "a.sqlite", {1}, toy_run("abc", "1/2"));
    write_toy_results(folder / "b.sqlite", {2}, toy_run("abc", "2/2"));
    const std::vector<std::filesystem::path> shards{folder / "a.sqlite", folder / "b.sqlite"};
    merge(folder / "all.sqlite", shards);
    for (const char* planned : {"9223372036854775807", "-9223372036854775807"}) {
        sql::execute(sql::open(folder / "all.sqlite", SQLITE_OPEN_READWRITE).get(),
                     std::string("UPDATE runs SET failed = 1, planned = ") + planned);
        const ResultsStatus status = read_status(folder / "all.sqlite");
        EXPECT_GE(status.planned, status.done);
        EXPECT_GE(status.missing(), 0);
        EXPECT_EQ(status.failed, 2);
    }
}

TEST(Status, OfASlowestTrialWhoseSettingsAreNone) {
    const ScratchFolder folder;
    write_toy_results(folder / "a.sqlite", {1});
    sql::execute(sql::open(folder / "a.sqlite", SQLITE_OPEN_READWRITE).get(),
                 "UPDATE trials SET seconds = 1, parameters = '{'");
    EXPECT_EQ(read_status(folder / "a.sqlite").slowest.value().settings, "{");
}

TEST(Status, CountsTheMergeOfASingleShardOnce) {
    const ScratchFolder folder;
    write_toy_results(folder / "b.sqlite", {1, 2});
    const std::vector<std::filesystem::path> inputs{folder / "b.sqlite"};
    merge(folder / "a.sqlite", inputs);
    write_toy_results(folder / "c.sqlite", {3});
    const StatusSum sum = sum_up(read_folder_status(folder.path()));
    EXPECT_EQ(sum.n_files, 2);
    EXPECT_EQ(sum.done, 3);
}

TEST(Status, CountsNoMergedFileBesideOneThatHasGoneOn) {
    const ScratchFolder folder;
    write_toy_results(folder / "a.sqlite", {1, 2});
    const std::vector<std::filesystem::path> inputs{folder / "a.sqlite"};
    merge(folder / "m.sqlite", inputs);
    write_toy_results(folder / "a.sqlite", {1, 2, 3});  // a second run
    EXPECT_EQ(sum_up(read_folder_status(folder.path())).done, 3);
}

TEST(Status, OfAFolderNamesWhatItCannotRead) {
    const ScratchFolder folder;
    EXPECT_THROW(read_folder_status(folder.path()), std::invalid_argument);
    write_toy_results(folder / "b.sqlite", {1});
    std::ofstream(folder / "a.sqlite") << "notes";
    std::ofstream(folder / "c.txt") << "notes";
    {
        const Store created(folder / "d.sqlite", Access::write);
    }  // and killed before its run began
    const auto all = read_folder_status(folder.path());
    ASSERT_EQ(all.size(), 3u);
    EXPECT_NE(all[0].problem.find("a.sqlite: is not a results file"), std::string::npos);
    EXPECT_EQ(all[1].done, 1);
    EXPECT_NE(all[2].problem.find("d.sqlite: holds no run yet"), std::string::npos);
    EXPECT_THROW(read_status(folder / "d.sqlite"), std::invalid_argument);
}

}  // namespace
}  // namespace syncache
