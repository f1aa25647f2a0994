#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "host/results/results.hpp"
#include "host/store/sql.hpp"
#include "host/store/store.hpp"
#include "tests/support/results_file.hpp"

// A results file is one file, but while somebody writes it.
namespace syncache {
namespace {

using namespace test;
using Access = Store::Access;

std::vector<std::string> names_in(const std::filesystem::path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        names.push_back(entry.path().filename().string());
    }
    return names;
}

TEST(OneFile, NothingIsLeftBesideItByWritersAndReaders) {
    const ScratchFolder folder;
    const std::vector<std::string> alone{"r.sqlite"};
    write_toy_results(folder / "r.sqlite", {1, 2});
    EXPECT_EQ(names_in(folder.path()), alone);
    csv(folder / "r.sqlite");
    EXPECT_EQ(names_in(folder.path()), alone);
    {
        // A reader that stays longer than the writer, and another.
        Store writer(folder / "r.sqlite", Access::write);
        Store reader(folder / "r.sqlite", Access::read);
        make_result_tables(reader);
        writer.begin_run(toy_experiment(), toy_run(), 2);
    }
    EXPECT_EQ(names_in(folder.path()), alone);
    EXPECT_EQ(csv(folder / "r.sqlite").find("trial,seed"), 0u);
}

// A killed run leaves its log; the next reader takes it up and away.
TEST(OneFile, TheNextReaderTidiesUpAfterAKilledRun) {
    const ScratchFolder folder;
    {
        Store writer(folder / "live.sqlite", Access::write);
        const auto run = writer.begin_run(toy_experiment(), toy_run(), 1);
        const std::vector<Store::Result> results{toy_result(1)};
        writer.put(run, results);
        for (const char* suffix : {"", "-wal"}) {
            std::filesystem::copy_file(folder / (std::string("live.sqlite") + suffix),
                                       folder / (std::string("killed.sqlite") + suffix));
        }
    }
    EXPECT_NE(csv(folder / "killed.sqlite").find("\n1,1,double"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(folder / "killed.sqlite-wal"));
    EXPECT_FALSE(std::filesystem::exists(folder / "killed.sqlite-shm"));
}

TEST(OneFile, ReadersChangeNothing) {
    const ScratchFolder folder;
    write_toy_results(folder / "r.sqlite", {1});
    Store reader(folder / "r.sqlite", Access::read);
    make_result_tables(reader);
    for (const char* change :
         {"DELETE FROM trials", "INSERT INTO checksums VALUES(1, 'a', 'b')", "UPDATE trials SET updates = 0",
          "CREATE TABLE t(x)", "DROP VIEW outcomes", "DROP TABLE sums"}) {
        const std::string what = change == std::string("DROP VIEW outcomes") ? "DROP VIEW main.outcomes" : change;
        EXPECT_THROW(sql::execute(reader.handle(), what), sql::Error) << what;
    }
    EXPECT_EQ(sql::query_integer(reader.handle(), "SELECT count(*) FROM trials"), 1);
}

// Ten seconds after the last time, what the log holds is copied into the file; not before.
TEST(OneFile, TheLogIsCopiedNowAndThen) {
    const ScratchFolder folder;
    const auto file = folder / "r.sqlite";
    const std::vector<Store::Result> results{toy_result(1)};
    Store writer(file, Access::write);
    writer.put(writer.begin_run(toy_experiment(), toy_run(), 1), results);
    const auto trials_in_the_file_alone = [&] {
        std::filesystem::copy_file(file, folder / "copy.sqlite", std::filesystem::copy_options::overwrite_existing);
        const sql::Database copy = sql::open(folder / "copy.sqlite", SQLITE_OPEN_READONLY, "immutable=1");
        return sql::query_integer(copy.get(), "SELECT count(*) FROM sqlite_master WHERE name = 'trials'") == 0
                   ? 0
                   : sql::query_integer(copy.get(), "SELECT count(*) FROM trials");
    };
    writer.checkpoint();
    EXPECT_EQ(trials_in_the_file_alone(), 0);
    writer.checkpoint(std::chrono::steady_clock::now() + std::chrono::seconds(9));
    EXPECT_EQ(trials_in_the_file_alone(), 0);
    writer.checkpoint(std::chrono::steady_clock::now() + std::chrono::seconds(11));
    EXPECT_EQ(trials_in_the_file_alone(), 1);
}

TEST(Copy, IsOneWholeFile) {
    const ScratchFolder folder;
    {
        Store writer(folder / "r.sqlite", Access::write);
        const auto run = writer.begin_run(toy_experiment(), toy_run(), 2);
        const std::vector<Store::Result> first{toy_result(1)}, second{toy_result(2)};
        writer.put(run, first);
        copy_results(folder / "r.sqlite", folder / "copy.sqlite");  // while it is being written
        writer.put(run, second);
    }
    EXPECT_FALSE(std::filesystem::exists(folder / "copy.sqlite-wal"));
    EXPECT_FALSE(std::filesystem::exists(folder / "copy.sqlite.part"));
    const std::string whole = csv(folder / "r.sqlite"), part = csv(folder / "copy.sqlite");
    EXPECT_EQ(whole.find(part), 0u) << "its beginning";
    EXPECT_LT(part.size(), whole.size());
    copy_results(folder / "r.sqlite", folder / "all.sqlite");
    EXPECT_EQ(csv(folder / "all.sqlite"), whole);
}

TEST(Copy, RefusesWhatIsThereAndWhatIsNot) {
    const ScratchFolder folder;
    write_toy_results(folder / "r.sqlite", {1});
    EXPECT_NE(message_of([&] {
                  copy_results(folder / "r.sqlite", folder / "r.sqlite");
              }).find("r.sqlite: is there already; allowed: a file that does not exist yet"),
              std::string::npos);
    EXPECT_NE(message_of([&] {
                  copy_results(folder / "none.sqlite", folder / "copy.sqlite");
              }).find("none.sqlite: there is no such results file"),
              std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(folder / "copy.sqlite"));
    EXPECT_THROW(copy_results(folder / "r.sqlite", folder / "no/copy.sqlite"), std::runtime_error);
}

}  // namespace
}  // namespace syncache
