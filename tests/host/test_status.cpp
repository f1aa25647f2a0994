#include <fstream>

#include "host/status.hpp"
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
    merge(folder / "all.sqlite", shards, false);
    EXPECT_EQ(read_status(folder / "all.sqlite").planned, 3);
    EXPECT_EQ(read_status(folder / "all.sqlite").missing(), 0);
}

TEST(Status, OfAFolderNamesWhatItCannotRead) {
    const ScratchFolder folder;
    EXPECT_THROW(read_folder_status(folder.path()), std::invalid_argument);
    write_toy_results(folder / "b.sqlite", {1});
    std::ofstream(folder / "a.sqlite") << "notes";
    std::ofstream(folder / "c.txt") << "notes";
    const auto all = read_folder_status(folder.path());
    ASSERT_EQ(all.size(), 2u);
    EXPECT_NE(all[0].problem.find("a.sqlite: is not a results file"), std::string::npos);
    EXPECT_EQ(all[1].done, 1);
}

}  // namespace
}  // namespace syncache
