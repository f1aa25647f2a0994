#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "host/store/sql.hpp"
#include "host/store/store.hpp"
#include "tests/support/near.hpp"
#include "tests/support/results_file.hpp"
#include "tests/support/small_disk.hpp"

namespace syncache {
namespace {

using namespace test;
using Access = Store::Access;
using Journal = Store::Journal;

std::int64_t count(const Store& store, const std::string& table) {
    return sql::query_integer(store.handle(), "SELECT count(*) FROM " + table);
}

// Runs `work` in another process until that one says "ready" by returning from it; then calls `meanwhile`, then kills
// it.
void beside_another_process(const std::function<void()>& work, const std::function<void()>& meanwhile) {
    int ready[2];
    ASSERT_EQ(pipe(ready), 0);
    const pid_t child = fork();
    if (child == 0) {
        const std::string problem = message_of([&] {
            work();
            if (write(ready[1], "r", 1) != 1) {
                _exit(2);
            }
            while (true) {
                pause();
            }
        });
        std::fprintf(stderr, "%s\n", problem.c_str());
        _exit(1);
    }
    close(ready[1]);
    char signal = 0;
    ASSERT_EQ(read(ready[0], &signal, 1), 1) << "the other process has failed";
    meanwhile();
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    close(ready[0]);
}

TEST(StoreFiles, RefusesAnotherProgramsFileAndLeavesIt) {
    const ScratchFolder folder;
    std::ofstream(folder / "text.sqlite") << "some notes";
    std::ofstream(folder / "long.sqlite") << std::string(5000, 'x');
    {
        sqlite3* other = nullptr;
        ASSERT_EQ(sqlite3_open((folder / "other.sqlite").c_str(), &other), SQLITE_OK);
        ASSERT_EQ(sqlite3_exec(other, "PRAGMA journal_mode = wal; CREATE TABLE t(x)", nullptr, nullptr, nullptr),
                  SQLITE_OK);
        sqlite3_close(other);
    }
    for (const char* name : {"text.sqlite", "long.sqlite", "other.sqlite"}) {
        const std::string before = read_text(folder / name);
        for (const Access access : {Access::write, Access::read}) {
            EXPECT_THROW(Store(folder / name, access), std::invalid_argument) << name;
            EXPECT_NE(message_of([&] { Store(folder / name, access); }).find(name), std::string::npos);
        }
        EXPECT_EQ(read_text(folder / name), before) << name;
    }
    EXPECT_EQ(names_in(folder).size(), 3u) << "nothing is left beside them";
    EXPECT_THROW(Store(folder.path(), Access::write), std::invalid_argument) << "a folder is no file";
}

TEST(StoreFiles, RefusesANewerSchema) {
    const ScratchFolder folder;
    write_toy_results(folder / "r.sqlite", {1});
    {
        const Store store(folder / "r.sqlite", Access::write);
        sql::execute(store.handle(), "PRAGMA user_version = 99");
    }
    EXPECT_THROW(Store(folder / "r.sqlite", Access::read), std::invalid_argument);
    EXPECT_THROW(Store(folder / "r.sqlite", Access::write), std::invalid_argument);
}

// A file as version 1 of the tables had it.
void write_version_1(const std::filesystem::path& file) {
    write_toy_results(file, {1, 2});
    const Store store(file, Access::write);
    sql::execute(store.handle(),
                 "DROP VIEW outcomes; DROP TABLE extra_values; ALTER TABLE trials DROP COLUMN seconds; ALTER TABLE "
                 "runs DROP COLUMN failed; PRAGMA user_version = 1");
}

TEST(StoreFiles, BringsEarlierTablesUpToDate) {
    const ScratchFolder folder;
    write_toy_results(folder / "new.sqlite", {1, 2});
    for (const Access access : {Access::write, Access::read}) {
        write_version_1(folder / "old.sqlite");
        {
            Store store(folder / "old.sqlite", access);
            EXPECT_EQ(sql::query_integer(store.handle(), "PRAGMA user_version"), 3);
            EXPECT_EQ(sql::query_integer(store.handle(), "SELECT count(*) FROM trials WHERE seconds IS NULL"), 2);
            EXPECT_EQ(sql::query_integer(store.handle(), "SELECT sum(failed) FROM runs"), 0);
            EXPECT_EQ(csv(store), csv(folder / "new.sqlite"));
        }
        std::filesystem::remove(folder / "old.sqlite");
    }
}

TEST(StoreFiles, UsesAnEmptyFileAndMissesAnAbsentOne) {
    const ScratchFolder folder;
    std::ofstream(folder / "empty.sqlite").close();
    EXPECT_THROW(Store(folder / "empty.sqlite", Access::read), std::invalid_argument);
    write_toy_results(folder / "empty.sqlite", {1});
    EXPECT_FALSE(csv(folder / "empty.sqlite").empty());
    EXPECT_THROW(Store(folder / "absent.sqlite", Access::read), std::invalid_argument);
    EXPECT_FALSE(Store::is_there(folder / "absent.sqlite"));
    // A header without tables, which is what a killed creation comes to once it is taken back.
    sql::execute(sql::open(folder / "blank.sqlite", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE).get(),
                 "PRAGMA application_id = 0x73796e63");
    EXPECT_FALSE(Store::is_there(folder / "blank.sqlite"));
    EXPECT_NE(message_of([&] { Store(folder / "blank.sqlite", Access::read); }).find("is empty"), std::string::npos);
    write_toy_results(folder / "blank.sqlite", {1});
    EXPECT_TRUE(Store::is_there(folder / "blank.sqlite"));
    EXPECT_FALSE(std::filesystem::exists(folder / "absent.sqlite"));
}

TEST(StoreFiles, NamesAFolderThatCannotBeWritten) {
    for (const char* file : {"/proc/no-such-folder/r.sqlite", "/proc/r.sqlite"}) {
        EXPECT_NE(message_of([&] { Store(file, Access::write); }).find(std::string(file) + ": cannot be written"),
                  std::string::npos);
    }
}

TEST(StoreFiles, OneWriterByAnyNameOfTheFile) {
    const ScratchFolder folder;
    std::filesystem::create_directory(folder / "sub");
    std::filesystem::create_symlink("sub/file.sqlite", folder / "link.sqlite");  // of what is not there yet
    std::filesystem::create_symlink(folder / "link.sqlite", folder / "sub/back.sqlite");
    const auto work = [&] { static Store store(folder / "link.sqlite", Access::write); };
    beside_another_process(work, [&] {
        for (const char* name : {"link.sqlite", "sub/file.sqlite", "sub/back.sqlite"}) {
            EXPECT_EQ(message_of([&] { Store(folder / name, Access::write); }),
                      (folder / name).string() + ": is being written by another run");
        }
    });
    EXPECT_FALSE(std::filesystem::exists(folder / "link.sqlite.lock"));
}

TEST(StoreFiles, OneWriterAndReadersBesideIt) {
    const ScratchFolder folder;
    for (const Journal journal : {Journal::wal, Journal::rollback}) {
        const auto file = folder / (journal == Journal::wal ? "wal.sqlite" : "rollback.sqlite");
        const auto work = [&] {
            static Store store(file, Access::write, journal);
            const auto run = store.begin_run(toy_experiment(), toy_run(), 2);
            const Store::Result result = toy_result(1);
            store.put(run, {&result, 1});
        };
        beside_another_process(work, [&] {
            EXPECT_EQ(message_of([&] { Store(file, Access::write); }),
                      file.string() + ": is being written by another run");
            EXPECT_EQ(count(Store(file, Access::read), "trials"), 1);
        });
        // The lock has ended with its process, and nothing is lost.
        Store store(file, Access::write, journal);
        EXPECT_TRUE(store.is_done(toy_trial(1), {}, 1));
        EXPECT_THROW(Store(file, Access::write), std::runtime_error) << "also within one process";
    }
}

TEST(StoreFiles, ReadsWhatAKilledTransactionLeft) {
    const ScratchFolder folder;
    for (const Journal journal : {Journal::wal, Journal::rollback}) {
        const auto file = folder / (journal == Journal::wal ? "wal.sqlite" : "rollback.sqlite");
        write_toy_results(file, {1});
        const auto work = [&] {
            static Store store(file, Access::write, journal);
            // Little room for changes, so that they spill into the file before the end that never comes.
            sql::execute(store.handle(), "PRAGMA cache_size = 1; BEGIN IMMEDIATE; CREATE TABLE junk(x)");
            for (int i = 0; i < 200; ++i) {
                sql::execute(store.handle(), "INSERT INTO junk VALUES(randomblob(2000))");
            }
        };
        beside_another_process(work, [] {});
        const Store store(file, Access::read);
        EXPECT_EQ(count(store, "trials"), 1);
        EXPECT_EQ(count(store, "sqlite_master WHERE name = 'junk'"), 0);
    }
}

TEST(StoreFiles, ReportsAFullDiskAndStaysUsable) {
    const ScratchFolder folder;
    Store store(folder / "r.sqlite", Access::write);
    const auto run = store.begin_run(toy_experiment(), toy_run(), 2);
    const Store::Result first = toy_result(1);
    store.put(run, {&first, 1});
    // SQLite's own bound on the file gives the same error as the disk.
    sql::execute(store.handle(),
                 "PRAGMA max_page_count = " + std::to_string(sql::query_integer(store.handle(), "PRAGMA page_count")));
    Store::Result large = toy_result(2);
    large.outcome.weights = {{"persistent", {100000}, std::vector<double>(100000)}};
    for (std::size_t i = 0; i < 100000; ++i) {
        large.outcome.weights[0].values[i] = 1.0 / static_cast<double>(i + 1);
    }
    const std::string message = message_of([&] { store.put(run, {&large, 1}); });
    EXPECT_NE(message.find("r.sqlite: cannot be written: the disk is full"), std::string::npos) << message;
    EXPECT_EQ(count(store, "trials"), 1);
    sql::execute(store.handle(), "PRAGMA max_page_count = 1000000");
    store.put(run, {&large, 1});
    EXPECT_TRUE(store.is_done(toy_trial(2), {}, 2));
    EXPECT_EQ(sql::query_text(store.handle(), "PRAGMA integrity_check"), "ok");
}

TEST(StoreFiles, LeavesNothingOnADiskThatIsFullFromTheStart) {
    const ScratchFolder folder;
    if (!mount_small_disk(folder.path(), "16k")) {
        GTEST_SKIP() << "may not mount a small file system here";
    }
    const std::string message = message_of([&] { Store(folder / "r.sqlite", Access::write); });
    const auto left = names_in(folder);
    umount(folder.path().c_str());
    EXPECT_NE(message.find("r.sqlite: cannot be written"), std::string::npos) << message;
    EXPECT_TRUE(left.empty()) << left.front();
}

TEST(StoreFiles, NoticesThatItsFileHasGone) {
    const ScratchFolder folder;
    Store store(folder / "r.sqlite", Access::write);
    const auto run = store.begin_run(toy_experiment(), toy_run(), 1);
    std::filesystem::remove(folder / "r.sqlite");
    const Store::Result result = toy_result(1);
    EXPECT_NE(message_of([&] { store.put(run, {&result, 1}); }).find("was removed"), std::string::npos);
}

TEST(StoreFiles, ReadsAFileInAReadOnlyFolder) {
    const ScratchFolder folder;
    write_toy_results(folder / "r.sqlite", {1});
    std::filesystem::permissions(folder.path(), std::filesystem::perms(0555));
    const pid_t child = fork();
    if (child == 0) {
        constexpr uid_t nobody = 65534;  // root may write anywhere
        const bool dropped = geteuid() != 0 || (setgid(nobody) == 0 && setuid(nobody) == 0);
        const std::string problem = message_of(
            [&] { _exit(dropped && count(Store(folder / "r.sqlite", Access::read), "trials") == 1 ? 0 : 1); });
        std::fprintf(stderr, "%s\n", problem.c_str());
        _exit(1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace syncache
