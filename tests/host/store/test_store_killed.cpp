#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <random>
#include <thread>
#include <vector>

#include "host/store/sql.hpp"
#include "host/store/store.hpp"
#include "tests/support/results_file.hpp"

namespace syncache {
namespace {

using namespace test;
using Access = Store::Access;
using Journal = Store::Journal;

// In another process: stores results one by one in small batches, and tells how many after each.
[[noreturn]] void store_and_tell(const std::filesystem::path& file, Journal journal, int first, int told) {
    Store store(file, Access::write, journal);
    const auto run = store.begin_run(toy_experiment(), toy_run(), 1'000'000);
    for (int seed = first;; seed += 3) {
        const std::vector<Store::Result> results{toy_result(seed), toy_result(seed + 1), toy_result(seed + 2)};
        store.put(run, results);
        const int n_stored = seed + 2;
        if (write(told, &n_stored, sizeof n_stored) != sizeof n_stored) {
            _exit(1);
        }
    }
}

TEST(Store, LosesNothingThatItHasToldOfWhenKilled) {
    const ScratchFolder folder;
    std::mt19937 random(1);
    for (const Journal journal : {Journal::wal, Journal::rollback}) {
        const auto file = folder / (journal == Journal::wal ? "wal.sqlite" : "rollback.sqlite");
        int last_told = 0;
        for (int kill_number = 0; kill_number < 60; ++kill_number) {
            int told[2];
            ASSERT_EQ(pipe(told), 0);
            const auto child = fork();
            if (child == 0) {
                store_and_tell(file, journal, last_told + 1, told[1]);
            }
            close(told[1]);
            int n_stored = 0;
            ASSERT_EQ(read(told[0], &n_stored, sizeof n_stored), ssize_t{sizeof n_stored});
            std::this_thread::sleep_for(std::chrono::microseconds(random() % 20'000));
            kill(child, SIGKILL);
            waitpid(child, nullptr, 0);
            do {
                last_told = n_stored;
            } while (read(told[0], &n_stored, sizeof n_stored) == ssize_t{sizeof n_stored});
            close(told[0]);
            Store store(file, Access::read);
            ASSERT_GE(sql::query_integer(store.handle(), "SELECT count(*) FROM trials"), last_told);
            ASSERT_LE(sql::query_integer(store.handle(), "SELECT count(*) FROM trials"), last_told + 3)
                << "the batch that it had in hand";
            ASSERT_TRUE(store.is_done(toy_trial(last_told), {}, last_told));
        }
        EXPECT_EQ(sql::query_text(Store(file, Access::read).handle(), "PRAGMA integrity_check"), "ok");
    }
}

}  // namespace
}  // namespace syncache
