// The command that Python runs: its words, and what it says where Python or its package is missing.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/program.hpp"
#include "tests/support/results_file.hpp"

namespace syncache {
namespace {

using namespace test;

class Explore : public testing::Test {
  protected:
    // Runs `syncache explore` with a Python of ours: a script of a shell.
    ProgramRun explore(const std::string& python, std::vector<std::string> words) const {
        const std::filesystem::path script = folder_ / "python";
        write_text(script, "#!/bin/sh\n" + python + "\n");
        std::filesystem::permissions(script, std::filesystem::perms::owner_all);
        words.insert(words.begin(), "explore");
        return run_program(words, folder_.path(), {{"SYNCACHE_PYTHON", script.string()}});
    }
    const ScratchFolder folder_;
};

constexpr const char* print_words = "shift 2; printf '<%s>' \"$@\"; echo; echo said >&2; exit 7";

TEST_F(Explore, BecomesPythonWithTheSameWords) {
    const ProgramRun all = explore(print_words, {"r.sqlite", "-o", "a b.html", "--where", "tau = 300", "--complete",
                                                 "--price", "exponent=[1, 2]"});
    EXPECT_EQ(all.out, "<--output=a b.html><--where=tau = 300><--price=exponent=[1, 2]><--complete><--><r.sqlite>\n");
    EXPECT_EQ(all.err, "said\n");
    EXPECT_EQ(all.exit_code, 7);
    EXPECT_EQ(explore(print_words, {"--serve", "--port", "8000", "r.sqlite"}).out,
              "<--serve><--port=8000><--><r.sqlite>\n");
}

TEST_F(Explore, SaysWhatIsMissing) {
    const ProgramRun bare = explore("exec python3 -I -S \"$@\"", {"r.sqlite"});
    EXPECT_EQ(bare.exit_code, 1);
    EXPECT_EQ(std::ranges::count(bare.err, '\n'), 1);
    EXPECT_NE(bare.err.find("syncache: explore needs the Python package syncache, which "), std::string::npos)
        << bare.err;

    const ProgramRun none =
        run_program({"explore", "r.sqlite"}, folder_.path(), {{"SYNCACHE_PYTHON", "/nowhere/python"}});
    EXPECT_EQ(none.exit_code, 1);
    EXPECT_EQ(
        none.err,
        "syncache: explore needs Python with the package syncache (docs/python.md): /nowhere/python: No such file or "
        "directory\n");

    const ProgramRun wrong = explore(print_words, {"r.sqlite", "--port", "8000"});
    EXPECT_EQ(wrong.exit_code, 2);
    EXPECT_EQ(wrong.err, "syncache: --port requires --serve (see syncache explore --help)\n");
}

}  // namespace
}  // namespace syncache
