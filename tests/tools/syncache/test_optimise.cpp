#include <cmath>
#include <cstddef>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "host/theory/theory.hpp"
#include "tests/support/near.hpp"
#include "tests/support/program.hpp"
#include "tests/support/scratch.hpp"

// `syncache optimise`, `optimum` and `theory` as users meet them.
namespace syncache {
namespace {

using test::parse_csv;
using test::run_program;

constexpr const char* text = R"(name = "o"
model = "perceptron"
[fixed]
inputs = 100
patterns = 90
[axes]
variant = ["local-local", "local-global"]
threshold = [1.0, 4.0, 16.0]
seed = [1, 2, 3]
[accounting]
maintenance_cost = [0.0, 0.02]
)";

class Optimise : public ::testing::Test {
  protected:
    Optimise() { test::write_text(scratch_.folder() / "e.toml", text); }

    test::ProgramRun run(const std::vector<std::string>& words) const { return run_program(words, scratch_.folder()); }
    std::string out(const std::vector<std::string>& words) const {
        const auto done = run(words);
        EXPECT_EQ(done.exit_code, 0) << done.err;
        return done.out;
    }

    const test::Scratch scratch_;
};

TEST_F(Optimise, KnowsEveryThresholdToTheTolerance) {
    out({"optimise", "e.toml", "-o", "r.sqlite", "--backend", "cpu", "--quiet", "--tolerance", "0.1"});
    const auto rows = parse_csv(out({"optimum", "r.sqlite"}));
    ASSERT_EQ(rows.size(), 4u);
    for (const auto& row : rows) {
        const double best = std::stod(row.at("threshold"));
        EXPECT_EQ(row.at("edge"), "no");
        EXPECT_LE(best - std::stod(row.at("threshold_below")), 0.1 * best);
        EXPECT_LE(std::stod(row.at("threshold_above")) - best, 0.1 * best);
        EXPECT_EQ(row.at("seeds"), "3");
    }
    // All seeds at every threshold, and no trial twice.
    const auto outcomes = parse_csv(out({"export", "r.sqlite"}));
    std::map<std::string, int> seeds;
    for (const auto& row : outcomes) {
        ++seeds[row.at("variant") + ' ' + row.at("threshold") + ' ' + row.at("maintenance_cost")];
    }
    for (const auto& [setting, n_seeds] : seeds) {
        EXPECT_EQ(n_seeds, 3) << setting;
    }
    EXPECT_GT(seeds.size(), 3u * 2 * 2);
    // What is in the file is what the added thresholds give when they are asked for.
    const std::string& added = rows[0].at("threshold");
    out({"run", "e.toml", "-o", "again.sqlite", "--quiet", "--set", "threshold=" + added, "--set",
         "variant=\"local-local\""});
    const auto again = parse_csv(out({"optimum", "again.sqlite"}));
    EXPECT_EQ(again[0].at("total"), rows[0].at("total"));
}

TEST_F(Optimise, ResumesAndGoesOnToASmallerTolerance) {
    out({"optimise", "e.toml", "-o", "r.sqlite", "--quiet", "--tolerance", "0.2"});
    const std::string first = out({"export", "r.sqlite"});
    const auto again = run({"optimise", "e.toml", "-o", "r.sqlite", "--tolerance", "0.2"});
    EXPECT_NE(again.err.find("4 of 4 optima known to within 20 %"), std::string::npos) << again.err;
    EXPECT_EQ(out({"export", "r.sqlite"}), first);
    const std::string status = out({"status", "r.sqlite"});
    const std::size_t done = std::stoul(status.substr(status.find(": o: ") + 5));
    EXPECT_NE(status.find(" of " + std::to_string(done) + " trials done, 0 missing"), std::string::npos) << status;
    // A plain run of the experiment keeps what was added.
    out({"run", "e.toml", "-o", "r.sqlite", "--quiet"});
    EXPECT_EQ(out({"export", "r.sqlite"}), first);

    out({"optimise", "e.toml", "-o", "r.sqlite", "--quiet", "--tolerance", "0.05"});
    out({"optimise", "e.toml", "-o", "straight.sqlite", "--quiet", "--tolerance", "0.05"});
    EXPECT_EQ(out({"optimum", "r.sqlite"}), out({"optimum", "straight.sqlite"}));
    EXPECT_NE(out({"export", "r.sqlite"}), first);
}

TEST_F(Optimise, TellsWhereNoOptimumIsKnown) {
    const auto absent = run({"optimise", "e.toml", "-o", "r.sqlite", "--set", "max_epochs=1"});
    EXPECT_EQ(absent.exit_code, 0);
    EXPECT_NE(absent.err.find("0 of 4 optima known to within 5 %; 4: too few trials converge at any value"),
              std::string::npos)
        << absent.err;
    const auto endless = run({"optimise", "e.toml", "-o", "s.sqlite", "--quiet", "--tolerance", "1e-20", "--set",
                              "seed=1", "--set", "inputs=20", "--set", "patterns=10"});
    EXPECT_EQ(endless.exit_code, 1);
    EXPECT_NE(endless.err.find("optima are still not known to within 1e-18 % after 50 rounds"), std::string::npos)
        << endless.err;
}

TEST_F(Optimise, KeepsToItsOwnTrialsInAForcedMerge) {
    const auto words = [](const char* file, const char* patterns) {
        return std::vector<std::string>{"run", "e.toml", "-o", file, "--quiet", "--set", patterns, "--set", "seed=1"};
    };
    out(words("a.sqlite", "patterns=10"));
    out(words("b.sqlite", "patterns=18"));
    out({"merge", "--force", "m.sqlite", "a.sqlite", "b.sqlite"});
    // Rows without the first column, the number of the trial, which counts on.
    const auto rows = [&](const char* file) {
        std::istringstream lines(out({"export", file}));
        std::string all, line;
        std::getline(lines, line);
        while (std::getline(lines, line)) {
            all += line.substr(line.find(',')) + '\n';
        }
        return all;
    };
    EXPECT_EQ(rows("m.sqlite"), rows("a.sqlite") + rows("b.sqlite")) << "those of the other experiment follow";
    out({"optimise", "e.toml", "-o", "m.sqlite", "--quiet", "--set", "patterns=10", "--set", "seed=1"});
    out({"optimise", "e.toml", "-o", "a.sqlite", "--quiet", "--set", "patterns=10", "--set", "seed=1"});
    const auto merged = parse_csv(out({"optimum", "m.sqlite"}));
    const auto alone = parse_csv(out({"optimum", "a.sqlite"}));
    ASSERT_EQ(merged.size(), 8u);
    ASSERT_EQ(alone.size(), 4u);
    for (std::size_t i = 0; i < alone.size(); ++i) {
        EXPECT_EQ(merged[i].at("patterns"), "10");
        EXPECT_EQ(merged[i].at("threshold"), alone[i].at("threshold"));
    }
}

TEST_F(Optimise, RefusesWhatMakesNoSense) {
    for (const auto& [words, said] : std::vector<std::pair<std::vector<std::string>, std::string>>{
             {{"--tolerance", "0"}, "--tolerance = 0; allowed: a number > 0"},
             {{"--tolerance", "nan"}, "--tolerance = nan; allowed: a number > 0"},
             {{"--over", "variant"},
              "--over = variant; allowed: one of threshold, threshold_end, threshold_time, tau, "},
             {{"--over", "seed"}, "--over = seed; allowed: one of threshold, threshold_end, threshold_time, tau, "}}) {
        std::vector<std::string> all{"optimise", "e.toml", "-o", "r.sqlite"};
        all.insert(all.end(), words.begin(), words.end());
        const auto done = run(all);
        EXPECT_EQ(done.exit_code, 2);
        EXPECT_NE(done.err.find(said), std::string::npos) << done.err;
        EXPECT_FALSE(std::filesystem::exists(scratch_.folder() / "r.sqlite"));
    }
}

TEST_F(Optimise, OptimumWarnsOfEdges) {
    out({"run", "e.toml", "-o", "r.sqlite", "--quiet", "--set", "threshold=[1.0, 2.0]"});
    const auto done = run({"optimum", "r.sqlite", "--format", "json"});
    EXPECT_EQ(done.exit_code, 0);
    EXPECT_NE(done.err.find("warning: r.sqlite: in 4 of 4 rows the optimum lies at an edge"), std::string::npos)
        << done.err;
    EXPECT_NE(done.out.find("\"edge\": \"high\""), std::string::npos);
}

TEST_F(Optimise, OptimumSaysNothingWhereNoneIsAtAnEdge) {
    out({"run", "e.toml", "-o", "r.sqlite", "--quiet", "--set", "threshold=[0.0, 4.0, 1000.0]", "--set",
         "maintenance_cost=0.02"});
    const auto done = run({"optimum", "r.sqlite"});
    EXPECT_EQ(done.exit_code, 0);
    EXPECT_EQ(done.err, "");
}

TEST_F(Optimise, TheoryOfAnExperimentAndOfItsResults) {
    const auto predicted = parse_csv(out({"theory", "e.toml", "--set", "seed=1"}));
    ASSERT_EQ(predicted.size(), 12u);
    EXPECT_TRUE(test::near(std::stod(predicted[0].at("updates")), theory::perceptron_updates(90, 100), 1e-15));
    out({"run", "e.toml", "-o", "r.sqlite", "--quiet"});
    const auto outcomes = parse_csv(out({"export", "r.sqlite"}));
    const auto measured = parse_csv(out({"theory", "r.sqlite"}));
    ASSERT_EQ(measured.size(), outcomes.size());
    for (std::size_t i = 0; i < measured.size(); ++i) {
        EXPECT_EQ(measured[i].at("updates"), outcomes[i].at("updates"));
        EXPECT_EQ(measured[i].at("maintenance_cost"), outcomes[i].at("maintenance_cost"));
    }
    const auto refused = run({"theory", "r.sqlite", "--set", "seed=1"});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_NE(refused.err.find("--set: r.sqlite holds results"), std::string::npos) << refused.err;
    EXPECT_EQ(run({"theory", "e.toml", "--table", "epochs"}).exit_code, 2);
}

}  // namespace
}  // namespace syncache
