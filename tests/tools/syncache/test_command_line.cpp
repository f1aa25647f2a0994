#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <stdio.h>
#include <sys/wait.h>

#include <cstddef>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "host/models/model.hpp"
#include "tests/support/near.hpp"
#include "tests/support/results_file.hpp"
#include "tests/support/source_folder.hpp"

namespace syncache {
namespace {

using namespace test;

struct Ran {
    int code = -1;
    std::string out, err;
};

// Runs "syncache <arguments>" in a shell.
Ran run(const std::string& arguments) {
    const ScratchFolder folder;
    const std::string command = fmt::format("{} {} 2>{}", program_file(), arguments, (folder / "err").string());
    FILE* pipe = popen(command.c_str(), "r");
    Ran ran;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
        ran.out += static_cast<char>(c);
    }
    const int status = pclose(pipe);
    ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    ran.err = read_text(folder / "err");
    return ran;
}

// Whether the message is one line that begins with the program's name and holds the text.
::testing::AssertionResult says(const Ran& ran, int code, const std::string& text) {
    const bool is_line = ran.err.starts_with("syncache: ") && ran.err.find('\n') == ran.err.size() - 1;
    if (ran.code == code && is_line && ran.err.find(text) != std::string::npos && ran.out.empty()) {
        return ::testing::AssertionSuccess();
    }
    return ::testing::AssertionFailure() << "exit code " << ran.code << ", stdout '" << ran.out << "', stderr '"
                                         << ran.err << "'";
}

TEST(CommandLine, WordsThatNobodyWantsStandInTheirOrder) {
    EXPECT_TRUE(says(run("run e.toml -q -x 3"), 2, "not expected: -q -x 3 (see syncache run --help)"));
    EXPECT_TRUE(says(run("optimum r.sqlite -o o.csv"), 2, "not expected: -o o.csv (see syncache optimum --help)"));
}

TEST(CommandLine, HelpAndVersion) {
    const Ran version = run("--version");
    EXPECT_EQ(version.code, 0);
    EXPECT_NE(version.out.find("commit "), std::string::npos);
    EXPECT_NE(version.out.find("build "), std::string::npos);
    for (const char* arguments : {"--help", "export --help", "status --help", "merge --help", "verify --help"}) {
        const Ran help = run(arguments);
        EXPECT_EQ(help.code, 0) << arguments;
        EXPECT_FALSE(help.out.empty()) << arguments;
        EXPECT_TRUE(help.err.empty()) << arguments;
    }
}

TEST(CommandLine, BadUsageIsTwo) {
    const ScratchFolder folder;
    std::ofstream(folder / "text") << "notes";
    const std::string text = (folder / "text").string();
    EXPECT_TRUE(says(run(""), 2, "subcommand"));
    EXPECT_TRUE(says(run("nonsense"), 2, "nonsense"));
    EXPECT_TRUE(says(run("export"), 2, "results"));
    EXPECT_TRUE(says(run("export x --format xml"), 2, "--format"));
    EXPECT_TRUE(says(run("export x --table epochs --weights w"), 2, "--weights"));
    EXPECT_TRUE(says(run("export /no/such.sqlite"), 2, "/no/such.sqlite: there is no such"));
    for (const char* arguments :
         {"export {}", "status {}", "merge {0} {0}", "verify /tmp --results {}", "merge /tmp/absent/o {}"}) {
        const Ran ran = run(fmt::format(fmt::runtime(arguments), text));
        EXPECT_TRUE(says(ran, 2, "")) << arguments;
    }
    EXPECT_EQ(read_text(folder / "text"), "notes");
}

TEST(CommandLine, ExportsATable) {
    const ScratchFolder folder;
    const std::string file = (folder / "r.sqlite").string();
    write_toy_results(file, {1, 2});
    const Ran table = run("export " + file);
    EXPECT_EQ(table.code, 0);
    EXPECT_EQ(table.out, csv(file));
    EXPECT_TRUE(table.err.empty());
    EXPECT_EQ(nlohmann::json::parse(run("export --format json " + file).out).size(), 2u);
    EXPECT_TRUE(says(run("export --table epochs " + file), 2, "allowed: outcomes"));
    EXPECT_TRUE(says(run("export --weights " + (folder / "w").string() + " " + file), 2, "no weights"));
}

TEST(CommandLine, AClosedPipeIsQuietAndAFullDiskIsNot) {
    const ScratchFolder folder;
    const std::string file = (folder / "r.sqlite").string();
    std::vector<int> seeds(2000);  // more than a pipe holds
    for (std::size_t i = 0; i < seeds.size(); ++i) {
        seeds[i] = static_cast<int>(i) + 1;
    }
    write_toy_results(file, seeds);
    // In a group, so that the shell tells the program's own exit code.
    const std::string command = fmt::format("{{ {} export {}; echo $? >&2; }}", program_file(), file);
    const Ran closed = run("--version > /dev/null; " + command + " 2>" + (folder / "code").string() + " | head -c 10");
    EXPECT_EQ(closed.out, "trial,seed");
    EXPECT_EQ(read_text(folder / "code"), "0\n");
    for (const std::string full : {"export ", "export --format json ", "status "}) {
        EXPECT_TRUE(says(run(full + file + " > /dev/full"), 1, "No space left on device")) << full;
    }
    write_text(folder / "e.toml", "name = \"e\"\nmodel = \"perceptron\"\n");
    EXPECT_TRUE(says(run("run --dry-run --backend cpu " + (folder / "e.toml").string() + " > /dev/full"), 1,
                     "No space left on device"));
}

TEST(CommandLine, StatusOfAFileAndOfAFolder) {
    const ScratchFolder folder;
    write_toy_results(folder / "a.sqlite", {1, 7}, toy_run("abc", "1/2"));
    write_toy_results(folder / "b.sqlite", {2}, toy_run("abc", "2/2"));
    const Ran one = run("status " + (folder / "a.sqlite").string());
    EXPECT_EQ(one.code, 0);
    EXPECT_NE(one.out.find("toy: 2 of 2 trials done, 0 missing, 0 failed, 1 not converged\n"), std::string::npos)
        << one.out;
    EXPECT_NE(one.out.find("run 1: finished, "), std::string::npos) << one.out;
    const Ran all = run("status " + folder.path().string());
    EXPECT_EQ(all.code, 0);
    EXPECT_NE(all.out.find("2 files: 3 of 3 trials done, 0 missing, 0 failed, 1 not converged\n"), std::string::npos)
        << all.out;
    std::ofstream(folder / "c.sqlite") << "notes";
    EXPECT_EQ(run("status " + folder.path().string()).code, 1);
}

TEST(CommandLine, StatusOfAMergedFileNamesTheShardsThatItLacks) {
    const ScratchFolder folder;
    const std::string merged = (folder / "m.sqlite").string();
    const auto status_with = [&](std::vector<std::string> inputs) {
        for (std::string& name : inputs) {
            name = (folder / name).string();
        }
        EXPECT_EQ(run(fmt::format("merge {} {}", merged, fmt::join(inputs, " "))).code, 0);
        return run("status " + merged).out;
    };
    write_toy_results(folder / "a.sqlite", {1, 7}, toy_run("abc", "1/3"));
    write_toy_results(folder / "b.sqlite", {2}, toy_run("abc", "2/3"));
    write_toy_results(folder / "c.sqlite", {3}, toy_run("abc", "3/3"));
    const std::string partly = status_with({"a.sqlite", "b.sqlite"});
    EXPECT_NE(partly.find("  nothing yet of shards 3/3\n"), std::string::npos) << partly;
    const std::string whole = status_with({"c.sqlite"});
    EXPECT_EQ(whole.find("of shards"), std::string::npos) << whole;
    EXPECT_EQ(run("status " + (folder / "a.sqlite").string()).out.find("of shards"), std::string::npos);
}

TEST(CommandLine, Merges) {
    const ScratchFolder folder;
    write_toy_results(folder / "a.sqlite", {1, 7});
    write_toy_results(folder / "b.sqlite", {2}, toy_run("other"));
    const std::string files = fmt::format("{0}/out.sqlite {0}/a.sqlite {0}/b.sqlite", folder.path().string());
    EXPECT_TRUE(says(run("merge " + files), 2, "different builds"));
    EXPECT_TRUE(says(run("merge --force " + files), 2, "--allow-builds"));
    const Ran merged = run("merge --allow-builds " + files);
    EXPECT_EQ(merged.code, 0) << merged.err;
    EXPECT_NE(merged.out.find("3 new trials from 2 files"), std::string::npos);
}

TEST(CommandLine, TellsTheFormThatAClaimIsFor) {
    const ScratchFolder folder;
    write_toy_results(folder / "results.sqlite", {1, 2});
    std::string claims;
    for (const std::string form : {"full", "quick", ""}) {
        claims += fmt::format(
            "[[claims]]\nid = 'c{0}'\nclaim = 'c'\nwhere = 'w'\nreason = 'r'\nsql = 'SELECT 1'\nhigh = 2\n", form);
        claims += form.empty() ? "" : fmt::format("form = '{}'\n", form);
    }
    write_text(folder / "claims.toml", claims);
    const auto json = nlohmann::json::parse(run("verify --form full --json " + folder.path().string()).out);
    EXPECT_EQ(json["form"], "full");
    ASSERT_EQ(json["claims"].size(), 3u);
    EXPECT_EQ(json["claims"][0]["form"], "full");
    EXPECT_EQ(json["claims"][1]["form"], "quick");
    EXPECT_EQ(json["claims"][1]["verdict"], "SKIP");
    EXPECT_EQ(json["claims"][2]["form"], "both");
    EXPECT_NE(run("verify --form full " + folder.path().string()).out.find("SKIP cquick: is for quick results\n"),
              std::string::npos);
}

TEST(CommandLine, StopsAClaimWithoutEnd) {
    const ScratchFolder folder;
    write_toy_results(folder / "results.sqlite", {1, 2});
    write_text(folder / "claims.toml",
               "[[claims]]\nid = 'endless'\nclaim = 'c'\nwhere = 'w'\nreason = 'r'\nhigh = 2\n"
               "sql = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n'\n"
               "[[claims]]\nid = 'good'\nclaim = 'c'\nwhere = 'w'\nreason = 'r'\nhigh = 2\nsql = 'SELECT 1'\n");
    const Ran ran = run("verify --sql-timeout 0.1 " + folder.path().string());
    EXPECT_EQ(ran.code, 1);
    EXPECT_NE(ran.out.find("FAIL endless: not measured (takes more than 0.1 s), expected at most 2\nPASS good"),
              std::string::npos)
        << ran.out;
    EXPECT_TRUE(says(run("verify --sql-timeout 0 " + folder.path().string()), 2, "--sql-timeout"));
}

TEST(CommandLine, DescribesEveryParameterWithItsDefault) {
    for (const Model* model : models()) {
        const Ran described = run(fmt::format("models {}", model->name()));
        EXPECT_EQ(described.code, 0);
        for (const Parameter& parameter : model->parameters()) {
            const bool has_default = parameter.fallback != Value(std::string());
            const std::string line =
                fmt::format("{} = {}", parameter.name, has_default ? found_text(parameter.fallback) : "none");
            const std::size_t at = ("\n" + described.out).find("\n" + line);
            ASSERT_NE(at, std::string::npos) << line;
            const char after = described.out[at + line.size()];
            EXPECT_TRUE(after == '\n' || after == ' ') << line;
        }
    }
}

TEST(CommandLine, VerifiesClaims) {
    const ScratchFolder folder;
    write_toy_results(folder / "results.sqlite", {1, 2});
    const auto claims = [&](const std::string& high, const std::string& deviation = "") {
        std::ofstream(folder / "claims.toml") << "[[claims]]\nid = 'ratio'\nclaim = 'c'\nwhere = 'w'\nreason = 'r'\n"
                                                 "sql = 'SELECT median(inefficiency) FROM outcomes'\n"
                                                 "low = 1\nhigh = "
                                              << high << "\n"
                                              << deviation << "\n";
    };
    const auto verdict = [&] {
        const auto json = nlohmann::json::parse(run("verify --json " + folder.path().string()).out);
        EXPECT_EQ(json["claims"][0]["measured"], 1.5);
        return json["claims"][0]["verdict"].get<std::string>() + (json["passed"].get<bool>() ? ", passed" : ", failed");
    };
    claims("2");
    const Ran good = run("verify " + folder.path().string());
    EXPECT_EQ(good.code, 0);
    EXPECT_NE(good.out.find("PASS ratio: measured 1.5, expected in [1, 2]\n"), std::string::npos) << good.out;
    EXPECT_EQ(verdict(), "PASS, passed");
    claims("1.2");
    const Ran bad = run(fmt::format("verify {0} --results {0}/results.sqlite", folder.path().string()));
    EXPECT_EQ(bad.code, 1);
    EXPECT_NE(bad.out.find("FAIL ratio: measured 1.5, expected in [1, 1.2]\n"), std::string::npos) << bad.out;
    EXPECT_EQ(verdict(), "FAIL, failed");
    claims("1.2", "deviation = { low = 1.4, high = 1.6, why = 'because' }");
    const Ran known = run("verify " + folder.path().string());
    EXPECT_EQ(known.code, 0);
    EXPECT_NE(known.out.find("DEVIATES ratio: measured 1.5, expected in [1, 1.2]; deviates, as known (in [1.4, 1.6])\n"
                             "     because\n"),
              std::string::npos)
        << known.out;
    EXPECT_EQ(verdict(), "DEVIATES, passed");
}

}  // namespace
}  // namespace syncache
