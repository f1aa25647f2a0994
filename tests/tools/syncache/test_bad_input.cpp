#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "datasets/idx.hpp"
#include "tests/support/near.hpp"
#include "tests/support/program.hpp"
#include "tests/support/scratch.hpp"

// Bad input: one clear line that names what is wrong, the right exit code, and nothing written.
namespace syncache {
namespace {

using test::run_program;

const std::string head = "name = \"bad\"\nmodel = \"perceptron\"\n";

void expect_refused(const std::string& text, const std::string& named, const std::vector<std::string>& arguments = {},
                    int exit_code = 2) {
    const test::Scratch scratch;
    test::write_text(scratch.folder() / "bad.toml", text);
    std::vector<std::string> words{"run", "bad.toml", "--backend", "cpu"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    const auto run = run_program(words, scratch.folder());
    EXPECT_EQ(run.exit_code, exit_code) << run.err;
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
    EXPECT_NE(run.err.find(named), std::string::npos) << "expected \"" << named << "\" in: " << run.err;
    EXPECT_FALSE(std::filesystem::exists(scratch.folder() / "bad.sqlite"));
}

TEST(BadInput, ExperimentFiles) {
    expect_refused(head + "[fixed]\nimputs = 5\n", "bad.toml:4: imputs");
    expect_refused(head + "[fixed]\ninputs = \"five\"\n", "bad.toml:4: inputs");
    expect_refused(head + "[fixed]\ninputs = 0\n", "bad.toml:4: inputs = 0");
    expect_refused(head + "[fixed]\npatterns = 0\n", "bad.toml:4: patterns = 0");
    expect_refused(head + "[fixed]\nthreshold = -1.0\n", "bad.toml:4: threshold");
    expect_refused(head + "[fixed]\nthreshold = nan\n", "bad.toml:4: threshold = nan");
    expect_refused(head + "[fixed]\ntau = 0.5\n", "bad.toml:4: tau");
    expect_refused(head + "[axes]\ntau = [10.0, 0.5]\n", "bad.toml:4: tau");
    expect_refused(head + "[fixed]\nvariant = \"local\"\n", "bad.toml:4: variant");
    expect_refused(head + "[fixed]\ntraced_synapses = 3\n", "traced_synapses = 3");
    expect_refused(head + "[accounting]\nmaintenance_costs = [0.1]\n", "bad.toml:4: maintenance_costs");
    expect_refused(head + "[fixed\n", "bad.toml:3");
    expect_refused("name = \"bad\"\nmodel = \"perceptrom\"\n", "perceptrom");
    expect_refused(head, "--set tau", {"--set", "tau=0.5"});
    expect_refused(head, "--set taw", {"--set", "taw=5"});
    for (const char* shard : {"3/2", "0/2", "1/4294967297", "1", "1/", "1/2x", "1 2", ""}) {
        expect_refused(head, std::string("--shard = ") + shard + "; allowed: i/n with 1 <= i <= n, auto, auto/n",
                       {"--shard", shard});
    }
    expect_refused(head + "[axes]\nseed = [1, 2, 1]\n", "bad.toml:4: seed = 1 twice; allowed: once");
    expect_refused(head + "[[points]]\npatterns = 8\n[[points]]\npatterns = 8\nthreshold = 0.0\n",
                   "points: trials 1 and 2 of the sweep are the same; allowed: points that do not overlap");
    expect_refused(head, "--devices", {"--devices", "7"});
}

TEST(BadInput, ThresholdSchedules) {
    const std::string local = head + "[fixed]\npatterns = 5\n";
    expect_refused(local + "threshold_schedule = \"linear\"\n", "bad.toml:5: threshold_schedule = \"linear\"");
    expect_refused(local + "threshold_end = inf\n", "bad.toml:5: threshold_end = inf; allowed: a finite number >= 0");
    expect_refused(local + "threshold_time = 0.0\n", "bad.toml:5: threshold_time = 0.0; allowed: a number > 0");
    expect_refused(local + "threshold_end = 2.0\n",
                   "threshold_end = 2.0; allowed with threshold_schedule = \"constant\": 0, as it is not used");
    expect_refused(local + "threshold_time = 50.0\n",
                   "threshold_time = 50.0; allowed with threshold_schedule = \"constant\": inf, as it is not used");
    expect_refused(local + "threshold_schedule = \"exponential\"\n",
                   "threshold_time = inf; allowed with threshold_schedule = \"exponential\": a finite number > 0");
    expect_refused(local + "threshold_schedule = \"error-rate\"\nthreshold_time = 50.0\nthreshold_end = 2.0\n",
                   "threshold_end = 2.0; allowed with threshold_schedule = \"error-rate\": 0, as it is not used");
    expect_refused(local + "threshold_schedule = \"exponential\"\nthreshold_time = 50.0\nthreshold = inf\n",
                   "threshold = inf; allowed with threshold_schedule = \"exponential\": a finite number >= 0");
    expect_refused(local + "variant = \"l1\"\nthreshold = inf\n",
                   "threshold = inf; allowed with variant = \"l1\": a finite number >= 0");
    for (const std::string variant : {"none", "l1"}) {
        expect_refused(local + "variant = \"" + variant + "\"\nthreshold_schedule = \"error-rate\"\n",
                       "threshold_schedule = \"error-rate\"; allowed with variant = \"" + variant + "\": \"constant\"");
    }
}

TEST(BadInput, Pathways) {
    const std::string local = head + "[fixed]\nvariant = \"local-local\"\nthreshold = 3\ninputs = 100\npatterns = 10\n";
    const std::string halves = "pathway_sizes = [50, 50]\n";
    for (const std::string variant : {"none", "global-global", "l1"}) {
        expect_refused(head + "[fixed]\nvariant = \"" + variant + "\"\npathway_sizes = [500, 500]\n",
                       "pathway_sizes = 500,500; allowed with variant = \"" + variant +
                           "\", where no synapse has a threshold of its own: 0");
    }
    expect_refused(local + "pathway_sizes = [50, 51]\npathway_threshold_factors = [1, 2]\n",
                   "pathway_sizes = 50,51: 101 inputs; allowed: 0, or sizes that add up to inputs = 100");
    expect_refused(local + halves,
                   "pathway_threshold_factors = 1: 1 numbers; allowed: 2, one for each of pathway_sizes = 50,50");
    expect_refused(local + "pathway_threshold_factors = [1, 2]\n",
                   "pathway_threshold_factors = 1,2; allowed without pathway_sizes: 1");
    expect_refused(local + halves + "pathway_threshold_factors = [1, 0]\n", "; allowed: a finite number > 0");
    const test::Scratch scratch;
    test::write_text(scratch.folder() / "good.toml",
                     local + halves + "[axes]\npathway_threshold_factors = [[1, 2], [0.5, 1]]\n");
    const auto good = run_program({"run", "good.toml", "--backend", "cpu"}, scratch.folder());
    EXPECT_EQ(good.exit_code, 0) << good.err;
}

TEST(BadInput, MissingExperimentFile) {
    const test::Scratch scratch;
    const auto run = run_program({"run", "none.toml"}, scratch.folder());
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_NE(run.err.find("none.toml"), std::string::npos);
}

TEST(BadInput, CommandLine) {
    const test::Scratch scratch;
    EXPECT_EQ(run_program({}, scratch.folder()).exit_code, 2);
    EXPECT_EQ(run_program({"rum"}, scratch.folder()).exit_code, 2);
    EXPECT_EQ(run_program({"run", "e.toml", "--backend", "tpu"}, scratch.folder()).exit_code, 2);
    EXPECT_EQ(run_program({"--version"}, scratch.folder()).exit_code, 0);
}

class BadPatterns : public ::testing::Test {
  protected:
    void SetUp() override {
        write_idx<std::int8_t>(scratch.folder() / "x.idx2", {3, 2}, {1, -1, 1, 1, -1, 1});
        write_idx<std::int8_t>(scratch.folder() / "d.idx1", {3}, {1, -1, 1});
        test::write_text(scratch.folder() / "bad.toml",
                         head + "[fixed]\npatterns_file = \"x.idx2\"\ntargets_file = \"d.idx1\"\n");
    }

    void expect_refused(const std::string& named, const std::vector<std::string>& arguments = {}) {
        std::vector<std::string> words{"run", "bad.toml", "--backend", "cpu"};
        words.insert(words.end(), arguments.begin(), arguments.end());
        const auto run = run_program(words, scratch.folder());
        EXPECT_EQ(run.exit_code, 2) << run.err;
        EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
        EXPECT_NE(run.err.find(named), std::string::npos) << "expected \"" << named << "\" in: " << run.err;
        EXPECT_FALSE(std::filesystem::exists(scratch.folder() / "bad.sqlite"));
    }

    test::Scratch scratch;
};

TEST_F(BadPatterns, GoodOnesRun) {
    EXPECT_EQ(run_program({"run", "bad.toml", "--backend", "cpu", "--quiet"}, scratch.folder()).exit_code, 0);
}

TEST_F(BadPatterns, Missing) {
    std::filesystem::remove(scratch.folder() / "x.idx2");
    expect_refused("x.idx2");
}

TEST_F(BadPatterns, OneFileOfTwo) { expect_refused("targets_file", {"--set", "targets_file=\"\""}); }

TEST_F(BadPatterns, Truncated) {
    std::filesystem::resize_file(scratch.folder() / "x.idx2", 15);
    expect_refused("x.idx2");
}

TEST_F(BadPatterns, WrongMagic) {
    test::write_text(scratch.folder() / "d.idx1", "PNG not an idx file");
    expect_refused("d.idx1");
}

TEST_F(BadPatterns, SizesDisagree) {
    write_idx<std::int8_t>(scratch.folder() / "d.idx1", {2}, {1, -1});
    expect_refused("d.idx1");
    write_idx<std::int8_t>(scratch.folder() / "d.idx1", {3}, {1, -1, 1});
    expect_refused("inputs = 5", {"--set", "inputs=5"});
}

TEST_F(BadPatterns, TargetsOtherThanPlusMinusOne) {
    write_idx<std::int8_t>(scratch.folder() / "d.idx1", {3}, {1, 0, 1});
    expect_refused("pattern 1 is 0");
}

TEST(BadInput, ResultsFiles) {
    const test::Scratch scratch;
    test::write_text(scratch.folder() / "e.toml", head + "[fixed]\ninputs = 10\npatterns = 5\n");
    test::write_text(scratch.folder() / "notes.txt", "my notes, not results\n");
    auto run = run_program({"run", "e.toml", "--backend", "cpu", "-o", "notes.txt"}, scratch.folder());
    EXPECT_EQ(run.exit_code, 2) << run.err;
    EXPECT_NE(run.err.find("notes.txt"), std::string::npos) << run.err;
    EXPECT_EQ(test::read_text(scratch.folder() / "notes.txt"), "my notes, not results\n");
    run = run_program({"run", "e.toml", "--backend", "cpu", "-o", "/proc/nowhere/r.sqlite"}, scratch.folder());
    EXPECT_EQ(run.exit_code, 1) << run.err;
    EXPECT_NE(run.err.find("/proc/nowhere"), std::string::npos) << run.err;
    run = run_program({"run", "e.toml", "--backend", "cpu", "-o", "/dev/full"}, scratch.folder());
    EXPECT_NE(run.exit_code, 0) << run.err;
    EXPECT_NE(run.err.find("/dev/full"), std::string::npos) << run.err;
}

}  // namespace
}  // namespace syncache
