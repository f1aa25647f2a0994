#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "host/store/status.hpp"
#include "tests/support/program.hpp"
#include "tests/support/results_file.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/small_disk.hpp"

// What can happen to a sweep on its way: killed at any moment, killed in a merge, asked to stop, a full disk, a folder
// that goes away, a second run. All of it ends in the table of an undisturbed run.
namespace syncache {
namespace {

using namespace test;
using Words = std::vector<std::string>;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

void sleep_for(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

// A sweep of 1200 trials, some tenths of a second in all.
constexpr const char* short_sweep = R"(name = "short"
model = "perceptron"
[fixed]
inputs = 60
variant = "local-global"
tau = 200.0
[axes]
patterns = [40, 60, 80]
threshold = [1.0, 2.0, 4.0, 8.0]
seed = { from = 1, to = 100, step = 1 }
[accounting]
exponent = [1.0, 2.0]
)";

// Trials that never converge and take seconds each.
constexpr const char* long_sweep = R"(name = "long"
model = "perceptron"
[fixed]
inputs = 300
patterns = 900
variant = "local-local"
tau = 200.0
max_epochs = 3000
[axes]
seed = { from = 1, to = 4, step = 1 }
)";

Words run_words(const Words& more = {}) {
    Words words{"run", "e.toml", "--backend", "cpu", "--quiet", "-o", "r.sqlite"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

// The table of an undisturbed run, and the seconds that it takes.
struct Undisturbed {
    std::string table;
    double seconds = 0.0;
};

Undisturbed undisturbed(const Words& words, const std::string& text) {
    const ScratchFolder folder;
    write_text(folder / "e.toml", text);
    const Clock::time_point start = Clock::now();
    const ProgramRun run = run_program(words, folder.path());
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return {csv(folder / "r.sqlite"), seconds_since(start)};
}

// Trials that the file told of when it was last looked at; 0 before there is a file.
std::int64_t told_of(const std::filesystem::path& file) {
    try {
        return read_status(file).done;
    } catch (const std::exception&) {
        return 0;
    }
}

// Kills runs at random moments and resumes them; each time all is done, compares, and begins anew.
void kill_at_random_moments(const Words& words, int n_kills, unsigned seed) {
    const Undisturbed whole = undisturbed(words, short_sweep);
    const ScratchFolder folder;
    const auto file = folder / "r.sqlite";
    write_text(folder / "e.toml", short_sweep);
    std::mt19937 random(seed);
    int n_killed = 0, n_finished = 0;
    for (int i = 0; n_killed < n_kills && i < 3 * n_kills; ++i) {
        BackgroundProgram program(words, folder.path());
        sleep_for(whole.seconds * std::uniform_real_distribution(0.0, 1.0)(random));
        const std::int64_t told = told_of(file);
        program.send(SIGKILL);
        const int code = program.wait();
        ASSERT_TRUE(code == 0 || code == 128 + SIGKILL) << code;
        n_killed += code == 0 ? 0 : 1;
        ASSERT_GE(told_of(file), told) << "kill " << n_killed << ": a stored outcome is lost";
        if (code == 0 || n_killed == n_kills) {
            ASSERT_EQ(run_program(words, folder.path()).exit_code, 0);
            ASSERT_EQ(csv(file), whole.table) << "after " << n_killed << " kills";
            std::filesystem::remove(file);
            ++n_finished;
        }
    }
    EXPECT_EQ(n_killed, n_kills);
    EXPECT_GE(n_finished, 2);
}

TEST(Mishaps, KilledAtRandomMomentsAndResumedEndsInTheSameTable) {
    kill_at_random_moments(run_words({"--threads", "2"}), 120, 1);
}

TEST(Mishaps, AShardKilledAtRandomMomentsEndsInTheSameTable) {
    kill_at_random_moments(run_words({"--threads", "2", "--shard", "1/2"}), 80, 2);
}

TEST(Mishaps, AKilledMergeIsMadeGoodByTheNext) {
    const ScratchFolder folder;
    std::vector<int> seeds[2];
    for (int seed = 1; seed <= 8000; ++seed) {
        seeds[seed % 2].push_back(seed);
    }
    write_toy_results(folder / "a.sqlite", seeds[0], toy_run("abc", "1/2"));
    write_toy_results(folder / "b.sqlite", seeds[1], toy_run("abc", "2/2"));
    const Words merge_words{"merge", "whole.sqlite", "a.sqlite", "b.sqlite"};
    Clock::time_point start = Clock::now();
    ASSERT_EQ(run_program(merge_words, folder.path()).exit_code, 0);
    const double seconds = seconds_since(start);
    const std::string whole = csv(folder / "whole.sqlite");
    std::mt19937 random(3);
    Words words = merge_words;
    words[1] = "out.sqlite";
    int n_killed = 0;
    for (int i = 0; n_killed < 20 && i < 60; ++i) {
        // Every other time the output holds one of the shards already.
        if (i % 2 == 1) {
            ASSERT_EQ(run_program({"merge", "out.sqlite", "a.sqlite"}, folder.path()).exit_code, 0);
        }
        BackgroundProgram program(words, folder.path());
        sleep_for(seconds * std::uniform_real_distribution(0.1, 1.0)(random));
        program.send(SIGKILL);
        n_killed += program.wait() == 0 ? 0 : 1;
        const ProgramRun again = run_program(words, folder.path());
        ASSERT_EQ(again.exit_code, 0) << again.err;
        ASSERT_EQ(csv(folder / "out.sqlite"), whole) << "kill " << n_killed;
        std::filesystem::remove(folder / "out.sqlite");
    }
    EXPECT_EQ(n_killed, 20);
}

// A run of the long sweep that has a trial in hand.
class InHand {
  public:
    InHand() : program_(start()) {
        for (int i = 0; i < 600 && !has_begun(); ++i) {
            sleep_for(0.05);
        }
        EXPECT_TRUE(has_begun());
        sleep_for(0.3);
    }
    BackgroundProgram& program() { return program_; }
    ResultsStatus status() const { return read_status(folder_ / "r.sqlite"); }

  private:
    BackgroundProgram start() {
        write_text(folder_ / "e.toml", long_sweep);
        return BackgroundProgram(run_words({"--threads", "1", "--batch", "1"}), folder_.path());
    }
    bool has_begun() const {
        try {
            return !status().runs.empty();
        } catch (const std::exception&) {
            return false;
        }
    }

    ScratchFolder folder_;
    BackgroundProgram program_;
};

TEST(Mishaps, AskedToStopItFinishesTheTrialInHandAndStoresIt) {
    for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) {
        InHand run;
        run.program().send(signal);
        EXPECT_EQ(run.program().wait(), 130);
        EXPECT_EQ(run.status().done, 1);
        EXPECT_EQ(run.status().runs[0].state, "interrupted");
    }
}

TEST(Mishaps, AskedTwiceItGivesUpTheTrialInHand) {
    InHand run;
    run.program().send(SIGUSR1);
    sleep_for(0.1);
    run.program().send(SIGTERM);
    EXPECT_EQ(run.program().wait(), 130);
    EXPECT_EQ(run.status().done, 0);
    EXPECT_EQ(run.status().runs[0].state, "interrupted");
}

TEST(Mishaps, ASecondRunOnTheSameFileIsRefused) {
    const ScratchFolder folder;
    write_text(folder / "e.toml", long_sweep);
    BackgroundProgram first(run_words(), folder.path());
    while (!std::filesystem::exists(folder / "r.sqlite.lock")) {
        sleep_for(0.01);
    }
    sleep_for(0.2);
    const ProgramRun second = run_program(run_words(), folder.path());
    EXPECT_EQ(second.exit_code, 1);
    EXPECT_EQ(second.err, "syncache: r.sqlite: is being written by another run\n");
    first.send(SIGKILL);
    first.wait();
}

TEST(Mishaps, AFullDiskEndsWithAClearMessageAndAUsableFile) {
    for (const Words& more : {Words{}, Words{"--shard", "1/2"}}) {
        const Undisturbed whole = undisturbed(run_words(more), short_sweep);
        const ScratchFolder folder;
        if (!mount_small_disk(folder.path(), "300k")) {
            GTEST_SKIP() << "may not mount a small file system here";
        }
        write_text(folder / "e.toml", short_sweep);
        const ProgramRun run = run_program(run_words(more), folder.path());
        EXPECT_EQ(run.exit_code, 1);
        EXPECT_EQ(run.err, "syncache: " + (folder / "r.sqlite").string() + ": cannot be written: the disk is full\n");
        EXPECT_GT(read_status(folder / "r.sqlite").missing(), 0);
        EXPECT_EQ(mount("tmpfs", folder.path().c_str(), "tmpfs", MS_REMOUNT, "size=30m"), 0);
        EXPECT_EQ(run_program(run_words(more), folder.path()).exit_code, 0);
        EXPECT_EQ(csv(folder / "r.sqlite"), whole.table);
        umount2(folder.path().c_str(), MNT_DETACH);
    }
}

TEST(Mishaps, ARunWhoseMessagesCannotBeWrittenGoesOn) {
    for (const char* form : {"text", "json"}) {
        const std::string wanted = undisturbed(run_words(), short_sweep).table;
        const ScratchFolder folder;
        write_text(folder / "e.toml", short_sweep);
        BackgroundProgram program({"run", "e.toml", "--backend", "cpu", "--progress", form, "-o", "r.sqlite"},
                                  folder.path(), "/dev/full");
        EXPECT_EQ(program.wait(), 0);
        EXPECT_EQ(csv(folder / "r.sqlite"), wanted);
    }
}

TEST(Mishaps, AFileThatTheSystemCannotReadIsAFailure) {
    const ScratchFolder folder;
    const ProgramRun run = run_program({"run", "/proc/self/mem", "-o", "r.sqlite"}, folder.path());
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_EQ(run.err, "syncache: /proc/self/mem: cannot be read: Input/output error\n");
}

TEST(Mishaps, AFolderThatGoesAwayEndsTheRunWithAClearMessage) {
    const std::string wanted = undisturbed(run_words(), short_sweep).table;
    const ScratchFolder folder;
    std::filesystem::create_directory(folder / "here");
    std::string text = short_sweep;
    text.replace(text.find("to = 100"), 8, "to = 9000");  // long enough to be met on its way
    write_text(folder / "here" / "e.toml", text);
    Words words = run_words({"--threads", "2"});
    words[1] = (folder / "here" / "e.toml").string();
    words[6] = (folder / "here" / "r.sqlite").string();
    BackgroundProgram program(words, folder.path(), folder / "err");
    while (told_of(folder / "here" / "r.sqlite") == 0) {
        sleep_for(0.02);
    }
    std::filesystem::rename(folder / "here", folder / "there");
    EXPECT_EQ(program.wait(), 1);
    EXPECT_EQ(read_text(folder / "err"),
              "syncache: " + words[6] + ": was removed or replaced while it was being written\n");
    EXPECT_GT(told_of(folder / "there" / "r.sqlite"), 0) << "what was stored can be read";
    write_text(folder / "there" / "e.toml", short_sweep);
    ASSERT_EQ(run_program(run_words(), folder / "there").exit_code, 0);
    EXPECT_EQ(csv(folder / "there" / "r.sqlite"), wanted);
}

TEST(Mishaps, MemoryThatDoesNotHoldTheLargestTrialIsRefused) {
    const ScratchFolder folder;
    write_text(folder / "e.toml", "name = \"m\"\nmodel = \"perceptron\"\n[fixed]\npatterns = 20000\nmax_epochs = 1\n");
    const ProgramRun refused = run_program(run_words({"--memory", "500MB"}), folder.path());
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_TRUE(refused.err.starts_with("syncache: --memory = 500.0 MB; allowed: at least ")) << refused.err;
    EXPECT_NE(refused.err.find(", of which 822.0 MB for the largest trial"), std::string::npos) << refused.err;
    EXPECT_FALSE(std::filesystem::exists(folder / "r.sqlite"));
    for (const char* wrong : {"none", "-1", "0"}) {
        EXPECT_EQ(run_program(run_words({"--memory", wrong}), folder.path()).exit_code, 2) << wrong;
    }
}

// How much that is depends on the libraries that the program is linked with.
TEST(Mishaps, TheMemoryThatIsAskedForSuffices) {
    if (is_sanitized) {
        GTEST_SKIP() << "a sanitizer holds memory, too";
    }
    const ScratchFolder folder;
    write_text(folder / "e.toml", short_sweep);
    const std::string asked = run_program(run_words({"--memory", "1MB"}), folder.path()).err;
    const std::string before = "allowed: at least ";
    ASSERT_NE(asked.find(before), std::string::npos) << asked;
    const double least =
        std::stod(asked.substr(asked.find(before) + before.size())) + 3.0;  // the program's size varies
    EXPECT_LT(least, 400.0);
    EXPECT_EQ(
        run_program(run_words({"--memory", std::to_string(std::lround(least)) + "MB", "--threads", "4"}), folder.path())
            .exit_code,
        0);
}

}  // namespace
}  // namespace syncache
