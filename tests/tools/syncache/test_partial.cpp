// Files that lack trials, and files of another experiment, as the command line treats them.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/program.hpp"
#include "tests/support/results_file.hpp"

namespace syncache {
namespace {

using namespace test;

constexpr const char* sweep = R"(name = "sweep"
model = "perceptron"
[fixed]
inputs = 20
patterns = 10
[axes]
threshold = [1.0, 2.0, 4.0]
seed = [1, 2, 3, 4]
)";

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

class Partial : public testing::Test {
  protected:
    Partial() { write_text(folder_ / "sweep.toml", sweep); }
    ProgramRun run(const std::vector<std::string>& words) const { return run_program(words, folder_.path()); }
    const ScratchFolder folder_;
};

TEST_F(Partial, IsNeverSilent) {
    ASSERT_EQ(run({"run", "sweep.toml", "--shard", "1/2", "-o", "half.sqlite", "--quiet"}).exit_code, 0);
    const std::string lack = " of 12 trials are missing";
    for (const std::string command : {"export", "optimum", "theory"}) {
        const ProgramRun warned = run({command, "half.sqlite"});
        EXPECT_EQ(warned.exit_code, 0) << command;
        EXPECT_TRUE(has(warned.err, lack)) << command << warned.err;
        const ProgramRun refused = run({command, "half.sqlite", "--complete"});
        EXPECT_EQ(refused.exit_code, 1) << command;
        EXPECT_EQ(refused.out, "") << command;
        EXPECT_TRUE(has(refused.err, lack)) << command << refused.err;
    }
    write_text(folder_ / "claims.toml",
               "[[claims]]\nid = \"any\"\nclaim = \"c\"\nwhere = \"w\"\nsql = \"SELECT 1\"\nlow = 1\nreason = \"r\"\n");
    EXPECT_TRUE(has(run({"verify", ".", "--results", "half.sqlite"}).err, lack));
    EXPECT_EQ(run({"verify", ".", "--results", "half.sqlite", "--complete"}).exit_code, 1);
    EXPECT_TRUE(has(run({"status", "half.sqlite"}).out, "part of an experiment of 12 trials"));

    ASSERT_EQ(run({"run", "sweep.toml", "--shard", "2/2", "-o", "rest.sqlite", "--quiet"}).exit_code, 0);
    ASSERT_EQ(run({"merge", "all.sqlite", "half.sqlite", "rest.sqlite"}).exit_code, 0);
    const ProgramRun complete = run({"export", "all.sqlite", "--complete"});
    EXPECT_EQ(complete.exit_code, 0);
    EXPECT_EQ(complete.err, "");
    EXPECT_EQ(run({"theory", "sweep.toml", "--complete"}).exit_code, 2);
}

TEST_F(Partial, StatusAsJson) {
    ASSERT_EQ(run({"run", "sweep.toml", "--shard", "1/2", "-o", "half.sqlite", "--quiet"}).exit_code, 0);
    const ProgramRun printed = run({"status", "half.sqlite", "--json"});
    const auto json = nlohmann::json::parse(printed.out);
    EXPECT_EQ(json["experiment"], "sweep");
    EXPECT_EQ(json["planned_in_all_shards"], 12);
    EXPECT_EQ(json["done"], json["planned"]);
    EXPECT_EQ(json["missing"], 0);
    EXPECT_EQ(json["being_written"], false);
    EXPECT_TRUE(json["seconds_left"].is_null());
    EXPECT_EQ(json["runs"][0]["state"], "finished");
    const auto sum = nlohmann::json::parse(run({"status", ".", "--json"}).out);
    EXPECT_EQ(sum["sum"]["absent_shards"], nlohmann::json({"2/2"}));
    // Nothing is being written, so that one look is all; with --watch it is one line.
    const ProgramRun watched = run({"status", "half.sqlite", "--json", "--watch", "--every", "0.1"});
    EXPECT_EQ(watched.exit_code, 0);
    EXPECT_EQ(nlohmann::json::parse(watched.out), json);
    EXPECT_EQ(watched.out.find('\n'), watched.out.size() - 1);
}

TEST_F(Partial, AnotherExperimentIsAddedWhenAskedFor) {
    ASSERT_EQ(run({"run", "sweep.toml", "-o", "r.sqlite", "--quiet"}).exit_code, 0);
    write_text(folder_ / "other.toml",
               "name = \"other\"\nmodel = \"perceptron\"\n[fixed]\ninputs = 20\npatterns = 10\n");
    const std::string before = run({"export", "r.sqlite"}).out;
    const ProgramRun refused = run({"run", "other.toml", "-o", "r.sqlite", "--quiet"});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_TRUE(has(refused.err, "\"sweep\"") && has(refused.err, "\"other\"") && has(refused.err, "--add"))
        << refused.err;
    EXPECT_EQ(run({"export", "r.sqlite"}).out, before);
    EXPECT_EQ(run({"run", "other.toml", "-o", "r.sqlite", "--quiet", "--add"}).exit_code, 0);
    EXPECT_TRUE(has(run({"status", "r.sqlite"}).out, "12 more trials are kept from other experiments"));
    // The same experiment with other values goes on without being asked.
    EXPECT_EQ(run({"run", "sweep.toml", "-o", "s.sqlite", "--quiet"}).exit_code, 0);
    EXPECT_EQ(run({"run", "sweep.toml", "-o", "s.sqlite", "--quiet", "--set", "seed=[1, 5]"}).exit_code, 0);
}

TEST_F(Partial, MergeOfMoreSeedsNeedsNoForce) {
    ASSERT_EQ(run({"run", "sweep.toml", "-o", "a.sqlite", "--quiet"}).exit_code, 0);
    ASSERT_EQ(run({"run", "sweep.toml", "--set", "seed=[5]", "-o", "b.sqlite", "--quiet"}).exit_code, 0);
    ASSERT_EQ(run({"run", "sweep.toml", "--set", "seed=[1, 2, 3, 4, 5]", "-o", "whole.sqlite", "--quiet"}).exit_code,
              0);
    ASSERT_EQ(run({"merge", "u.sqlite", "a.sqlite", "b.sqlite"}).exit_code, 0);
    EXPECT_TRUE(has(run({"status", "u.sqlite"}).out, "15 of 15 trials done, 0 missing"));
    EXPECT_EQ(run({"export", "u.sqlite", "--complete"}).out, run({"export", "whole.sqlite"}).out);
}

TEST_F(Partial, PricesAfterTheFact) {
    ASSERT_EQ(run({"run", "sweep.toml", "-o", "r.sqlite", "--quiet"}).exit_code, 0);
    ASSERT_EQ(
        run({"run", "sweep.toml", "-o", "priced.sqlite", "--quiet", "--set", "maintenance_cost=[0.0, 0.1]"}).exit_code,
        0);
    const std::string before = run({"export", "r.sqlite"}).out;
    EXPECT_EQ(run({"export", "r.sqlite", "--price", "maintenance_cost=[0.0, 0.1]"}).out,
              run({"export", "priced.sqlite"}).out);
    EXPECT_EQ(run({"optimum", "r.sqlite", "--price", "maintenance_cost=[0.0, 0.1]"}).out,
              run({"optimum", "priced.sqlite"}).out);
    EXPECT_EQ(run({"export", "r.sqlite"}).out, before);
    const ProgramRun refused = run({"export", "r.sqlite", "--price", "exponent=0.7"});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_TRUE(has(refused.err, "12 trials are stored without exponent 0.7")) << refused.err;
}

TEST_F(Partial, TrainsNothingAgainUnasked) {
    ASSERT_EQ(run({"run", "sweep.toml", "-o", "r.sqlite", "--quiet"}).exit_code, 0);
    const std::vector<std::string> words{"run",   "sweep.toml",         "-o", "r.sqlite", "--quiet",
                                         "--set", "exponent=[0.7, 1.0]"};
    const ProgramRun refused = run(words);
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_TRUE(has(refused.err, "12 trials are stored without exponent 0.7") && has(refused.err, "--retrain"))
        << refused.err;
    std::vector<std::string> more = words;
    more.push_back("--dry-run");
    EXPECT_TRUE(has(run(more).out, "retrain: 12 trials"));
    more.back() = "--retrain";
    EXPECT_EQ(run(more).exit_code, 0);
    EXPECT_EQ(run(words).exit_code, 0);
    // New trials are no reason to stop.
    EXPECT_EQ(run({"run", "sweep.toml", "-o", "r.sqlite", "--quiet", "--set", "seed=[1, 9]"}).exit_code, 0);
}

}  // namespace
}  // namespace syncache
