#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/near.hpp"
#include "tests/support/program.hpp"
#include "tests/support/scratch.hpp"

// Whole sweeps through the command line with `--backend cuda`, on emulated devices whose checks are on: a report ends
// the program with an exit code of its own.
namespace syncache::test {
namespace {

using Environment = std::map<std::string, std::string>;

const std::map<std::string, std::string> sweeps{{"perceptron", R"(name = "sweep"
model = "perceptron"
record = ["epochs", "traces", "weights"]
[fixed]
inputs = 30
max_epochs = 20
[axes]
variant = ["none", "local-local", "local-global", "global-global", "l1"]
tau = [inf, 30.0]
patterns = [1, 20, 45]
threshold = [0.5, 3.0]
precision = ["single", "double"]
[accounting]
maintenance_cost = [0.0, 0.01]
potentiation_only = [false, true]
)"},
                                                {"spiking", R"(name = "sweep"
model = "spiking"
record = ["epochs", "presentations"]
[fixed]
max_runs = 6
[axes]
variant = ["none", "local-local", "local-global", "global-global"]
tau = [inf, 30.0]
patterns = [1, 3]
threshold = [2e-11, 1e-10]
precision = ["single", "double"]
)"},
                                                {"mlp", R"(name = "sweep"
model = "mlp"
[fixed]
data = "synthetic"
train_count = 6
test_count = 70
checkpoint_every = 4
max_epochs = 1
order = "shuffled"
[axes]
variant = ["none", "local-local", "local-neuron", "local-layer", "global-global"]
tau = [inf, 30.0]
hidden = [5, [9, 4]]
threshold = 0.02
precision = ["single", "double"]
)"}};

class EmulatedCudaSweep : public ::testing::TestWithParam<const char*> {
  protected:
    // Runs the sweep, which must succeed.
    static void run(const Scratch& scratch, std::vector<std::string> words, const Environment& environment = {}) {
        write_text(scratch.folder() / "e.toml", sweeps.at(GetParam()));
        words.insert(words.begin(), {"run", "e.toml", "--quiet"});
        const ProgramRun made = run_program(words, scratch.folder(), environment);
        ASSERT_EQ(made.exit_code, 0) << made.err;
    }

    // Every table that the sweep has recorded.
    static std::vector<std::string> tables(const Scratch& scratch) {
        std::vector<std::string> texts;
        for (const char* table : {"outcomes", "checkpoints", "epochs", "traces", "presentations"}) {
            texts.push_back(run_program({"export", "e.sqlite", "--table", table}, scratch.folder()).out);
        }
        return texts;
    }

    static const std::vector<std::string>& of_cpu() {
        static std::map<std::string, std::vector<std::string>> all;
        std::vector<std::string>& texts = all[GetParam()];
        if (texts.empty()) {
            const Scratch scratch;
            run(scratch, {"--backend", "cpu"});
            texts = tables(scratch);
        }
        return texts;
    }

    // The same numbers as the CPU's, the MLP's energies up to the order of sums, which differs.
    static void expect_the_cpus(const Scratch& scratch) {
        const std::vector<std::string> got = tables(scratch), want = of_cpu();
        for (std::size_t t = 0; t < want.size(); ++t) {
            if (std::string(GetParam()) != "mlp") {
                EXPECT_EQ(got[t], want[t]);
                continue;
            }
            const auto rows = parse_csv(got[t]), cpu_rows = parse_csv(want[t]);
            ASSERT_EQ(rows.size(), cpu_rows.size());
            for (std::size_t k = 0; k < rows.size(); ++k) {
                for (const auto& [column, text] : cpu_rows[k]) {
                    const std::string& mine = rows[k].at(column);
                    EXPECT_TRUE(mine == text || near(std::stod(mine), std::stod(text), 1e-12)) << column << " " << k;
                }
            }
        }
    }
};

TEST_P(EmulatedCudaSweep, GivesTheCpusTablesOnEverySchedule) {
    for (const char* seed : {"1", "2", "3"}) {
        const Scratch scratch;
        run(scratch, {"--backend", "cuda"}, {{"EMULATOR_SEED", seed}});
        expect_the_cpus(scratch);
    }
}

TEST_P(EmulatedCudaSweep, UsesTwoUnequalDevices) {
    const Scratch scratch;
    run(scratch, {"--backend", "cuda", "--devices", "0,1", "--batch", "7"},
        {{"EMULATOR_DEVICES", "small,workstation"}});
    expect_the_cpus(scratch);
}

// Whichever of the first allocations fails: the batch is tried again in halves, and nothing is lost.
TEST_P(EmulatedCudaSweep, OutOfMemoryIsTriedAgainInHalves) {
    for (const char* nth : {"1", "4", "9"}) {
        const Scratch scratch;
        run(scratch, {"--backend", "cuda"}, {{"EMULATOR_FAIL_ALLOCATION", nth}});
        expect_the_cpus(scratch);
    }
}

// A launch holds the whole sweep, which one request to stop lets it finish; the second reaches into the kernels.
TEST_P(EmulatedCudaSweep, StopsAndResumes) {
    const Scratch scratch;
    write_text(scratch.folder() / "e.toml", sweeps.at(GetParam()));
    int interrupted = 0;
    for (int attempt = 0; attempt < 8; ++attempt) {
        BackgroundProgram program({"run", "e.toml", "--quiet", "--backend", "cuda"}, scratch.folder());
        std::this_thread::sleep_for(std::chrono::milliseconds(10 + 15 * attempt));
        program.send(SIGINT);
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        program.send(SIGINT);
        const int code = program.wait();
        ASSERT_TRUE(code == 0 || code == 130 || code == 128 + SIGINT) << code;
        interrupted += code != 0;
    }
    EXPECT_GT(interrupted, 0);
    run(scratch, {"--backend", "cuda"});
    expect_the_cpus(scratch);
}

INSTANTIATE_TEST_SUITE_P(Models, EmulatedCudaSweep, ::testing::Values("perceptron", "spiking", "mlp"),
                         [](const auto& tested) { return std::string(tested.param); });

TEST(EmulatedCudaDevices, AreListedAndAbsentOnesAreErrors) {
    const Scratch scratch;
    const Environment two{{"EMULATOR_DEVICES", "h100,a100"}};
    const ProgramRun listed = run_program({"devices"}, scratch.folder(), two);
    EXPECT_NE(listed.out.find("Emulated H100"), std::string::npos) << listed.out;
    EXPECT_NE(listed.out.find("Emulated A100"), std::string::npos) << listed.out;
    write_text(scratch.folder() / "e.toml", sweeps.at("spiking"));
    const ProgramRun beyond =
        run_program({"run", "e.toml", "--backend", "cuda", "--devices", "2"}, scratch.folder(), two);
    EXPECT_NE(beyond.exit_code, 0);
    EXPECT_NE(beyond.err.find("no device 2; allowed: 0 to 1"), std::string::npos) << beyond.err;
    const ProgramRun none =
        run_program({"run", "e.toml", "--backend", "cuda"}, scratch.folder(), {{"EMULATOR_DEVICES", "none"}});
    EXPECT_EQ(none.exit_code, 1);
    EXPECT_NE(none.err.find("no CUDA"), std::string::npos) << none.err;
}

TEST(EmulatedCudaCounts, ArePrintedWhenAsked) {
    const Scratch scratch;
    write_text(scratch.folder() / "e.toml",
               "name = \"c\"\nmodel = \"perceptron\"\n[fixed]\ninputs = 20\npatterns = 10\nmax_epochs = 1\n");
    const std::vector<std::string> words{"run", "e.toml", "--quiet", "--backend", "cuda"};
    EXPECT_EQ(run_program(words, scratch.folder()).err.find("emulator:"), std::string::npos);
    std::filesystem::remove(scratch.folder() / "e.sqlite");
    const std::string counted = run_program(words, scratch.folder(), {{"EMULATOR_COUNT", "1"}}).err;
    EXPECT_NE(counted.find("narrow_kernel"), std::string::npos) << counted;
    const std::size_t training = counted.find("perceptron_kernel");
    ASSERT_NE(training, std::string::npos) << counted;
    EXPECT_NE(counted.find(": 1 launches, 1 blocks, 128 threads\n", training), std::string::npos) << counted;
    EXPECT_NE(counted.find(" 2 atomics\n", training), std::string::npos) << counted;
}

// A driver that ends long kernels, as for a display, ends a run whose batch takes longer. It was said before, what is
// stored stays, and the run goes on elsewhere.
TEST(EmulatedCudaDevices, ThatEndLongKernelsAreUsedWithAWarning) {
    const Scratch scratch;
    write_text(scratch.folder() / "e.toml", sweeps.at("perceptron"));
    const std::vector<std::string> words{"run", "e.toml", "--backend", "cuda", "--devices", "0", "--batch", "8"};
    const ProgramRun ended =
        run_program(words, scratch.folder(), {{"EMULATOR_DEVICES", "display"}, {"EMULATOR_WATCHDOG", "3000000"}});
    EXPECT_EQ(ended.exit_code, 1);
    EXPECT_NE(ended.err.find("warning: device 0 (Emulated RTX A4000 with a display): its driver ends kernels"),
              std::string::npos)
        << ended.err;
    EXPECT_NE(ended.err.find("the launch timed out and was terminated"), std::string::npos) << ended.err;
    const ProgramRun rest = run_program({"run", "e.toml", "--backend", "cpu"}, scratch.folder());
    EXPECT_EQ(rest.exit_code, 0) << rest.err;
}

}  // namespace
}  // namespace syncache::test
