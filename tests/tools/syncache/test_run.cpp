#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "host/store/sql.hpp"
#include "host/store/store.hpp"
#include "tests/support/cuda.hpp"
#include "tests/support/near.hpp"
#include "tests/support/program.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/scratch.hpp"

// `syncache run` as users meet it: the same table whatever the way there, resume, interruption, records, dry run.
namespace syncache {
namespace {

using test::run_program;

constexpr const char* sweep_text = R"(name = "sweep"
model = "perceptron"
[fixed]
inputs = 100
max_epochs = 200
[axes]
variant = ["none", "local-local", "local-global", "global-global", "l1"]
tau = [inf, 300.0]
patterns = { from = 20, to = 160, step = 35 }
threshold = [0.5, 3.0]
seed = [1, 2]
[accounting]
maintenance_cost = [0.0, 0.01]
exponent = [1.0, 2.0]
potentiation_only = [false, true]
)";

constexpr const char* spiking_sweep_text = R"(name = "sweep"
model = "spiking"
[fixed]
max_runs = 60
[axes]
variant = ["none", "local-local", "local-global", "global-global"]
tau = [inf, 30.0]
patterns = [1, 3, 7]
threshold = [2e-11, 1e-10]
seed = [1, 2]
[accounting]
maintenance_cost = [0.0, 0.01]
potentiation_only = [false, true]
)";

constexpr const char* mlp_sweep_text = R"(name = "sweep"
model = "mlp"
[fixed]
data = "synthetic"
train_count = 60
test_count = 40
checkpoint_every = 25
max_epochs = 3
order = "shuffled"
[axes]
variant = ["none", "local-local", "local-neuron", "local-layer", "global-global"]
tau = [inf, 30.0]
hidden = [5, [17, 4]]
threshold = [0.02, 0.5]
precision = ["single", "double"]
[accounting]
maintenance_cost = [0.0, 0.01]
exponent = [1.0, 2.0]
)";

const std::map<std::string, const char*> sweeps{
    {"perceptron", sweep_text}, {"spiking", spiking_sweep_text}, {"mlp", mlp_sweep_text}};

// The exported table after `run` with these further arguments.
std::string table_of(const std::vector<std::string>& arguments, const std::string& text = sweep_text,
                     const std::map<std::string, std::string>& environment = {}) {
    const test::Scratch scratch;
    test::write_text(scratch.folder() / "e.toml", text);
    std::vector<std::string> words{"run", "e.toml", "--backend", "cpu", "--quiet", "-o", "r.sqlite"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    const test::ProgramRun run = run_program(words, scratch.folder(), environment);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return run_program({"export", "r.sqlite"}, scratch.folder()).out;
}

// The table of a model's sweep on one thread.
const std::string& plain_table(const std::string& model = "perceptron") {
    static std::map<std::string, std::string> tables;
    std::string& table = tables[model];
    if (table.empty()) {
        table = table_of({"--threads", "1"}, sweeps.at(model));
    }
    return table;
}

// Each model's sweep.
class RunOfModel : public ::testing::TestWithParam<const char*> {
  protected:
    const std::string& plain() const { return plain_table(GetParam()); }
    std::string text() const { return sweeps.at(GetParam()); }
};

INSTANTIATE_TEST_SUITE_P(Models, RunOfModel, ::testing::Values("perceptron", "spiking", "mlp"),
                         [](const auto& tested) { return std::string(tested.param); });

TEST(Run, TableHasARowForEachTrialAndAccountingSetting) {
    const auto rows = test::parse_csv(plain_table());
    EXPECT_EQ(rows.size(), 5u * 2 * 5 * 2 * 2 * (2 * 2 * 2));
    for (const auto& row : rows) {
        const auto number = [&](const char* name) { return std::stod(row.at(name)); };
        ASSERT_TRUE(test::near(
            number("total"), number("consolidation") + number("maintenance_cost") * number("maintenance_sum"), 1e-12));
        if (number("exponent") == 1.0 && row.at("variant") != "l1") {
            ASSERT_LE(number("minimal"), number("consolidation") * (1.0 + 1e-12));
        }
    }
}

TEST_P(RunOfModel, ThreadsAndBatchesDoNotMatter) {
    EXPECT_EQ(table_of({"--threads", "2"}, text()), plain());
    EXPECT_EQ(table_of({"--threads", "7"}, text()), plain());
    EXPECT_EQ(table_of({"--threads", "2", "--batch", "1"}, text()), plain());
    EXPECT_EQ(table_of({"--threads", "1", "--batch", "7"}, text()), plain());
}

// Vector registers of any width hold the same lanes.
TEST_P(RunOfModel, InstructionSetsDoNotMatter) {
    for (const char* isa : {"baseline", "avx2", "avx512"}) {
        const test::Scratch scratch;
        if (run_program({"devices"}, scratch.folder(), {{"SYNCACHE_ISA", isa}}).exit_code != 0) {
            continue;  // not in this processor or build
        }
        EXPECT_EQ(table_of({}, text(), {{"SYNCACHE_ISA", isa}}), plain()) << isa;
    }
}

TEST_P(RunOfModel, ShardsMergeToTheWhole) {
    for (const int count : {2, 5}) {
        const test::Scratch scratch;
        test::write_text(scratch.folder() / "e.toml", text());
        std::vector<std::string> merge{"merge", "merged.sqlite"};
        for (int i = 1; i <= count; ++i) {
            const std::string shard = std::to_string(i) + "/" + std::to_string(count);
            const auto run =
                run_program({"run", "e.toml", "--backend", "cpu", "--quiet", "--shard", shard}, scratch.folder());
            ASSERT_EQ(run.exit_code, 0) << run.err;
            merge.push_back("e.shard-" + std::to_string(i) + "-of-" + std::to_string(count) + ".sqlite");
        }
        const auto merged = run_program(merge, scratch.folder());
        ASSERT_EQ(merged.exit_code, 0) << merged.err;
        EXPECT_EQ(run_program({"export", "merged.sqlite"}, scratch.folder()).out, plain());
    }
}

TEST_P(RunOfModel, InterruptedAndResumedEndsInTheSameTable) {
    const test::Scratch scratch;
    test::write_text(scratch.folder() / "e.toml", text());
    const std::vector<std::string> words{"run",       "e.toml", "--backend", "cpu", "--quiet",
                                         "--threads", "2",      "--batch",   "3"};
    int interrupted = 0;
    for (int attempt = 0; attempt < 40; ++attempt) {
        test::BackgroundProgram program(words, scratch.folder());
        std::this_thread::sleep_for(std::chrono::milliseconds(20 + 7 * attempt));
        program.send(attempt % 3 == 2 ? SIGKILL : SIGINT);
        const int code = program.wait();
        ASSERT_TRUE(code == 0 || code == 130 || code == 128 + SIGKILL || code == 128 + SIGINT) << code;
        interrupted += code != 0;
        if (code == 0) {
            break;
        }
    }
    EXPECT_GT(interrupted, 0);
    ASSERT_EQ(run_program(words, scratch.folder()).exit_code, 0);
    EXPECT_EQ(run_program({"export", "e.sqlite"}, scratch.folder()).out, plain());
}

TEST(Run, AgainRepeatsNothingAndAddsWhatIsNew) {
    const test::Scratch scratch;
    test::write_text(scratch.folder() / "e.toml", sweep_text);
    const std::vector<std::string> words{"run", "e.toml", "--backend", "cpu", "-o", "r.sqlite"};
    ASSERT_EQ(run_program(words, scratch.folder()).exit_code, 0);
    const auto again = run_program(words, scratch.folder());
    EXPECT_EQ(again.exit_code, 0);
    EXPECT_NE(again.err.find("200 trials, 200 already done"), std::string::npos) << again.err;
    std::vector<std::string> more = words;
    more.insert(more.end(), {"--set", "exponent=[1.0, 2.0, 3.0]", "--retrain"});
    const auto new_exponent = run_program(more, scratch.folder());
    EXPECT_NE(new_exponent.err.find("200 trials, 0 already done"), std::string::npos)
        << "a new exponent has to be tallied";
    more = words;
    more.insert(more.end(), {"--set", "maintenance_cost=[0.5]"});
    const auto new_cost = run_program(more, scratch.folder());
    EXPECT_NE(new_cost.err.find("200 trials, 200 already done"), std::string::npos) << "costs need no new simulation";
}

TEST(Run, RecordsEpochsTracesAndWeights) {
    const test::Scratch scratch;
    test::write_text(scratch.folder() / "e.toml",
                     "name = \"r\"\nmodel = \"perceptron\"\nrecord = [\"epochs\", \"traces\", \"weights\"]\n[fixed]\n"
                     "inputs = 50\npatterns = 60\nthreshold = 3.0\ntraced_synapses = 2\nvariant = \"local-global\"\n");
    ASSERT_EQ(run_program({"run", "e.toml", "--backend", "cpu", "--quiet"}, scratch.folder()).exit_code, 0);
    const auto outcome = test::parse_csv(run_program({"export", "e.sqlite"}, scratch.folder()).out).at(0);
    const auto epochs = test::parse_csv(run_program({"export", "e.sqlite", "--table", "epochs"}, scratch.folder()).out);
    double updates = 0.0, maintenance = 0.0, consolidation = 0.0, traced = 0.0;
    for (const auto& row : epochs) {
        updates += std::stod(row.at("updates"));
        maintenance += std::stod(row.at("maintenance_sum"));
        consolidation += std::stod(row.at("consolidation"));
    }
    EXPECT_EQ(updates, std::stod(outcome.at("updates")));
    EXPECT_TRUE(test::near(maintenance, std::stod(outcome.at("maintenance_sum")), 1e-12));
    const auto traces = test::parse_csv(run_program({"export", "e.sqlite", "--table", "traces"}, scratch.folder()).out);
    EXPECT_EQ(traces.size(), 2u * std::stoul(outcome.at("updates")));
    for (const auto& row : traces) {  // both synapses have what all of them consolidated
        traced += 0.5 * std::stod(row.at("consolidation"));
    }
    EXPECT_GT(traced, 0.0);
    EXPECT_TRUE(test::near(traced, consolidation, 1e-12));
    ASSERT_EQ(run_program({"export", "e.sqlite", "--weights", "w"}, scratch.folder()).exit_code, 0);
    EXPECT_TRUE(std::filesystem::exists(scratch.folder() / "w/index.csv"));
}

// A parameter that says what is recorded is known to tables, and to the identity of a trial, where it is set.
TEST(Run, RecordsChosenSynapsesOfAMultilayerPerceptron) {
    const test::Scratch scratch;
    const auto& folder = scratch.folder();
    const std::string text =
        "[fixed]\ndata = \"synthetic\"\ntrain_count = 40\ntest_count = 20\nhidden = 5\nmax_epochs = 1\n"
        "checkpoint_every = 16\nvariant = \"local-local\"\nthreshold = 0.01\n";
    test::write_text(folder / "plain.toml", "name = \"d\"\nmodel = \"mlp\"\n" + text);
    test::write_text(folder / "traced.toml",
                     "name = \"d\"\nmodel = \"mlp\"\nrecord = [\"traces\", \"weights\", \"checkpoint_weights\"]\n" +
                         text + "traced = [406, 3969]\n");
    ASSERT_EQ(run_program({"run", "plain.toml", "--quiet"}, folder).exit_code, 0);
    ASSERT_EQ(run_program({"run", "traced.toml", "--quiet"}, folder).exit_code, 0);
    const std::string plain = run_program({"export", "plain.sqlite"}, folder).out;
    EXPECT_EQ(plain.find("traced"), std::string::npos);
    const auto outcome = test::parse_csv(run_program({"export", "traced.sqlite"}, folder).out).at(0);
    EXPECT_EQ(outcome.at("traced"), "406,3969");
    EXPECT_EQ(outcome.at("total"), test::parse_csv(plain).at(0).at("total"));
    const auto traces = test::parse_csv(run_program({"export", "traced.sqlite", "--table", "traces"}, folder).out);
    ASSERT_EQ(traces.size(), 2u * 40u);
    EXPECT_EQ(traces.back().at("presentation"), "39");
    EXPECT_EQ(traces.back().at("synapse"), "3969");
    for (const auto& row : traces) {
        EXPECT_EQ(std::stod(row.at("weight")), std::stod(row.at("transient")) + std::stod(row.at("persistent")));
    }
    ASSERT_EQ(run_program({"export", "traced.sqlite", "--weights", "w"}, folder).exit_code, 0);
    EXPECT_TRUE(std::filesystem::exists(folder / "w/1-checkpoint_weights_layer2.npy"));
    const auto again = run_program({"run", "traced.toml", "--set", "record=weights", "--set", "traced=5"}, folder);
    EXPECT_NE(again.err.find("traced = [5]: not used"), std::string::npos) << again.err;
}

TEST(Run, DryRunTellsThePlanAndWritesNothing) {
    const test::Scratch scratch;
    test::write_text(scratch.folder() / "e.toml", sweep_text);
    const auto plan = run_program({"run", "e.toml", "--backend", "cpu", "--dry-run"}, scratch.folder());
    EXPECT_EQ(plan.exit_code, 0) << plan.err;
    for (const char* word : {"trials:  200", "batches:", "memory:", "time:"}) {
        EXPECT_NE(plan.out.find(word), std::string::npos) << plan.out;
    }
    EXPECT_TRUE(plan.out.starts_with("results: e.sqlite (none yet)\n")) << plan.out;
    EXPECT_FALSE(std::filesystem::exists(scratch.folder() / "e.sqlite"));
}

TEST(Run, WarnsOfTrialsThatRepeatOthersAndOfTimesThatScatter) {
    const test::Scratch scratch;
    test::write_text(scratch.folder() / "e.toml", R"(name = "e"
model = "perceptron"
[fixed]
inputs = 20
patterns = 36
variant = "none"
seed = 1
[axes]
threshold = [1.0, 2.0, 3.0]
)");
    for (const std::string& how : {std::string("--dry-run"), std::string("--quiet")}) {
        const auto done = run_program({"run", "e.toml", "--backend", "cpu", how}, scratch.folder());
        EXPECT_EQ(done.exit_code, 0) << done.err;
        EXPECT_EQ(done.err,
                  "warning: 2 of 3 trials repeat others: they differ in threshold alone, which has no effect "
                  "with variant = \"none\"\n");
        EXPECT_EQ(done.out.find("may take 4 times") != std::string::npos, how == "--dry-run") << done.out;
    }
}

TEST(Run, DryRunTellsHowFarTheResultsAre) {
    const test::Scratch scratch;
    test::write_text(scratch.folder() / "e.toml", sweep_text);
    const auto state = [&](const std::vector<std::string>& more) {
        std::vector<std::string> words{"run", "e.toml", "--backend", "cpu", "--dry-run"};
        words.insert(words.end(), more.begin(), more.end());
        const std::string out = run_program(words, scratch.folder()).out;
        return out.substr(0, out.find('\n'));
    };
    const std::vector<std::string> run{"run", "e.toml", "--backend", "cpu", "--quiet"};
    ASSERT_EQ(run_program(run, scratch.folder()).exit_code, 0);
    EXPECT_EQ(state({}), "results: e.sqlite (complete)");
    // Of these nothing is left to train, but what exports evaluate is another experiment.
    EXPECT_EQ(state({"--set", "maintenance_cost=0.7"}), "results: e.sqlite (of another experiment)");
    EXPECT_EQ(state({"--set", "seed=1"}), "results: e.sqlite (of another experiment)");
    {
        Store store(scratch.folder() / "e.sqlite", Store::Access::write);
        sql::execute(store.handle(), "DELETE FROM trials WHERE position = 3");
    }
    EXPECT_EQ(state({}), "results: e.sqlite (incomplete)");
    ASSERT_EQ(run_program(run, scratch.folder()).exit_code, 0);
    {
        Store store(scratch.folder() / "e.sqlite", Store::Access::write);
        sql::execute(store.handle(), "UPDATE trials SET position = NULL WHERE position = 3");
    }
    EXPECT_EQ(state({}), "results: e.sqlite (incomplete)") << "as a kill leaves it before places are stored";
}

// The number before " MB" that follows `word`.
double megabytes_after(const std::string& text, const std::string& word) {
    const std::size_t at = text.find(word);
    EXPECT_NE(at, std::string::npos) << text;
    return at == std::string::npos ? 0.0 : std::stod(text.substr(at + word.size()));
}

// At N = 1000, P = 2000 in double precision with decay, which needs the most.
TEST(Run, PeakMemoryIsAsPlanned) {
    if (test::is_sanitized) {
        GTEST_SKIP() << "a sanitizer holds memory, too";
    }
    const test::Scratch scratch;
    test::write_text(scratch.folder() / "e.toml",
                     "name = \"m\"\nmodel = \"perceptron\"\n[fixed]\ninputs = 1000\npatterns = 2000\nmax_epochs = 2\n"
                     "threshold = 5.0\n[axes]\ntau = [500.0, 1000.0, 2000.0]\nseed = [1, 2]\n");
    // Two threads on one pattern set share it.
    for (const auto& [threads, seeds] : {std::pair("1", "seed=[1, 2]"), std::pair("2", "seed=3")}) {
        const std::vector<std::string> words{"run",       "e.toml", "--backend", "cpu",
                                             "--threads", threads,  "-o",        std::string(threads) + ".sqlite",
                                             "--batch",   "1",      "--set",     seeds};
        std::vector<std::string> dry = words;
        dry.push_back("--dry-run");
        const std::string plan = run_program(dry, scratch.folder()).out;
        const double planned = megabytes_after(plan, "memory:  ");
        const double measured = megabytes_after(run_program(words, scratch.folder()).err, "peak memory ");
        EXPECT_TRUE(test::near(measured, planned, 0.2)) << threads << " threads";
        EXPECT_LT(megabytes_after(plan, "at the peak: "), 12.0) << "for each pattern set: " << plan;
        EXPECT_LT(megabytes_after(plan, "sets in all), "), 100.0) << "kB for each trial in flight: " << plan;
    }
}

// Of many small trials it is outcomes on their way into the file that need the memory, which --memory bounds as well.
TEST(Run, MemoryOfManySmallTrialsIsAsPlannedAndKept) {
    if (test::is_sanitized) {
        GTEST_SKIP() << "a sanitizer holds memory, too";
    }
    const test::Scratch scratch;
    test::write_text(
        scratch.folder() / "e.toml",
        "name = \"m\"\nmodel = \"perceptron\"\n[fixed]\ninputs = 20\npatterns = 20\nmax_epochs = 50\n[axes]\n"
        "threshold = { from = 0, to = 9, step = 1 }\nseed = { from = 1, to = 30000, step = 1 }\n");
    const std::vector<std::string> words{"run", "e.toml", "--backend", "cpu", "--threads", "2"};
    std::vector<std::string> dry = words, bounded = words;
    dry.push_back("--dry-run");
    const double planned = megabytes_after(run_program(dry, scratch.folder()).out, "memory:  ");
    const double allowed = std::ceil(1.02 * planned);  // the plan says what suffices, but for the program's own scatter
    bounded.insert(bounded.end(), {"--memory", std::to_string(std::lround(allowed)) + "MB"});
    const double measured = megabytes_after(run_program(bounded, scratch.folder()).err, "peak memory ");
    EXPECT_TRUE(test::near(measured, planned, 0.2));
    EXPECT_LE(measured, 1.1 * allowed) << "resident memory is told in pages that the heap may keep";
}

TEST(Run, AskedForCudaWithoutADeviceFails) {
    std::string reason;
    if (!cuda_devices(reason).empty()) {
        GTEST_SKIP() << "there is a CUDA device";
    }
    const test::Scratch scratch;
    test::write_text(scratch.folder() / "e.toml", sweep_text);
    const auto run = run_program({"run", "e.toml", "--backend", "cuda"}, scratch.folder());
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_EQ(run.err, "syncache: --backend cuda: " + reason + "\n");
    EXPECT_FALSE(std::filesystem::exists(scratch.folder() / "e.sqlite"));
}

}  // namespace
}  // namespace syncache
