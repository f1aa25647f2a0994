#include <atomic>
#include <boost/math/distributions/chi_squared.hpp>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "host/models/spiking/model.hpp"
#include "host/models/spiking/trainer.hpp"
#include "tests/support/near.hpp"
#include "tests/support/scratch.hpp"
#include "tests/support/spiking_cases.hpp"

namespace syncache::test {
namespace {

using Given = std::vector<std::pair<std::string, Value>>;

// The values of a trial with these settings, completed as for an experiment in `folder`.
std::vector<Value> completed(const Given& given, const std::filesystem::path& folder) {
    const Model& model = spiking_model();
    std::vector<Value> values;
    for (const Parameter& parameter : model.parameters()) {
        values.push_back(parameter.fallback);
    }
    std::vector<bool> is_set(values.size(), false);
    for (const auto& [name, value] : given) {
        const auto at = static_cast<std::size_t>(find_parameter(model, name));
        values.at(at) = checked(model.parameters()[at], value);
        is_set.at(at) = true;
    }
    model.complete(values, is_set, folder);
    return values;
}

std::string refused(const Given& given, const std::filesystem::path& folder = {}) {
    return message_of<std::invalid_argument>([&] { completed(given, folder); });
}

TEST(SpikingModel, CombinationsThatMeanNothingAreRefused) {
    EXPECT_EQ(refused({{"active_inputs", 3}, {"auditory_inputs", 2}}),
              "active_inputs = 3; allowed: at most auditory_inputs = 2");
    EXPECT_EQ(refused({{"initial_conductance", 3e-9}}),
              "initial_conductance = 3e-09; allowed: at most max_conductance = 2.5e-09");
    EXPECT_EQ(refused({{"spike_threshold", -0.08}}), "spike_threshold = -0.08; allowed: above leak_reversal = -0.07");
    EXPECT_EQ(refused({{"time_step", 1e-7}}),
              "presentation_time = 0.15, time_step = 1e-07; allowed: 2 to 100000 time steps in a presentation");
    EXPECT_EQ(refused({{"visual_onset", 0.13}}),
              "visual_onset = 0.13, visual_offset = 0.12; allowed: onset <= offset <= presentation_time = 0.15");
    EXPECT_EQ(refused({{"auditory_offset", 0.2}}),
              "auditory_onset = 0, auditory_offset = 0.2; allowed: onset <= offset <= presentation_time = 0.15");
    EXPECT_EQ(refused({{"synaptic_time", 1e-5}}), "synaptic_time = 1e-05; allowed: at least time_step = 0.0001");
    EXPECT_EQ(refused({{"background_rate", 20000.0}}),
              "background_rate = 20000; allowed: at most one spike per neuron and time_step, 10000");
}

TEST(SpikingModel, SingleValuesOutOfRangeAreRefused) {
    for (const auto& [name, value] : Given{{"patterns", 0},
                                           {"max_runs", 0},
                                           {"active_inputs", 9},
                                           {"threshold", -1e-12},
                                           {"threshold", NAN},
                                           {"tau", 0.5},
                                           {"membrane_capacitance", 0.0},
                                           {"membrane_capacitance", 0.5},  // nF without its power of ten
                                           {"leak_conductance", 20.0},
                                           {"stdp_size", 1.25},
                                           {"spike_threshold", -50.0},
                                           {"time_step", 0.0},
                                           {"max_conductance", 0.0},
                                           {"auditory_rate", -1.0},
                                           {"variant", std::string("l1")},
                                           {"precision", std::string("half")},
                                           {"seed", -1},
                                           {"visual_ratio_low", 1.5}}) {
        EXPECT_NE(refused({{name, value}}).find(name), std::string::npos) << name;
    }
}

class SpikingFiles : public ::testing::Test {
  protected:
    // What is said of patterns (two of them, if not told otherwise) and spikes.
    std::string refused_files(const std::string& spikes, const std::string& patterns = "0,5 7,1\n1,2 5,0.5\n",
                              Given more = {}) {
        scratch_.write("patterns.csv", "pattern,active_auditory_inputs,visual_rate_ratio\n" + patterns);
        scratch_.write("spikes.csv", "run,pattern,step,source,count\n" + spikes);
        more.push_back({"patterns_file", std::string("patterns.csv")});
        more.push_back({"input_spikes_file", std::string("spikes.csv")});
        std::string message = refused(more, scratch_.folder());
        if (const std::size_t at = message.find(scratch_.folder().string()); at != std::string::npos) {
            message.erase(at, scratch_.folder().string().size() + 1);
        }
        return message;
    }

    Scratch scratch_;
};

TEST_F(SpikingFiles, BadSpikesAreRefused) {
    const std::string good = "0,0,1,a5,1\n0,1,1,b0,1\n";
    EXPECT_EQ(refused_files(""), "spikes.csv: no spikes; allowed: at least one");
    EXPECT_EQ(refused_files("0,0,1499,a5,1\n"), "spikes.csv:2: step: 1499; allowed: an integer from 0 to 1498");
    EXPECT_EQ(refused_files("0,2,1,a5,1\n"), "spikes.csv:2: pattern: 2; allowed: an integer from 0 to 1");
    EXPECT_EQ(refused_files("0,0,1,a5,0\n"), "spikes.csv:2: count: 0; allowed: an integer from 1 to 1000000");
    for (const char* source : {"a6", "v1", "b", "", "a", "x5", "a5x", "a-5", "a05x"}) {
        EXPECT_NE(refused_files("0,0,1," + std::string(source) + ",1\n")
                      .find("allowed: v0, b0, or an active auditory input of the pattern: a5, a7"),
                  std::string::npos)
            << source;
    }
    EXPECT_EQ(
        refused_files("0,0,5,a5,1\n0,0,4,a5,1\n"),
        "spikes.csv:3: run 0, pattern 0, step 4 after a later one; allowed: rows sorted by run, pattern and step");
    EXPECT_EQ(
        refused_files(good + "0,0,9,b0,1\n"),
        "spikes.csv:4: run 0, pattern 0, step 9 after a later one; allowed: rows sorted by run, pattern and step");
    EXPECT_EQ(refused_files("0,0,5,a5,1\n0,0,5,v0,1\n0,0,5,a5,1\n"),
              "spikes.csv:4: source: a5; allowed: each source once in a step");
    EXPECT_EQ(refused_files("1,0,5,a5,1\n").find("spikes.csv:2: run: 1; allowed: "), 0u);
    EXPECT_EQ(refused_files(good + "2,0,1,b0,1\n").find("spikes.csv:4: run: 2; allowed: "), 0u);
    EXPECT_EQ(refused_files(good + "1,0,1,b0,1\n"),
              "spikes.csv:4: ends in run 1 with pattern 0; allowed: whole runs of 2 patterns");
    EXPECT_EQ(refused_files(good, "0,5 7,1\n1,2 5,0.5\n", {{"max_runs", 2}}).find("max_runs = 2: "), 0u);
}

TEST_F(SpikingFiles, BadPatternsAreRefused) {
    const std::string active = "patterns.csv:2: active_auditory_inputs: ";
    EXPECT_EQ(refused_files("", ""), "patterns.csv: no patterns; allowed: at least one");
    EXPECT_EQ(refused_files("", "1,5 7,1\n"), "patterns.csv:2: pattern: 1; allowed: an integer from 0 to 0");
    for (const char* inputs : {"", "100", "-1", "5 5", "5;7", "5  7", "1 2 3 4 5 6 7 8 9"}) {
        EXPECT_EQ(refused_files("", "0," + std::string(inputs) + ",1\n"),
                  active + (*inputs == '\0' ? "nothing" : inputs) +
                      "; allowed: 1 to 8 distinct integers from 0 to 99, separated by spaces");
    }
    EXPECT_EQ(refused_files("", "0,5,0.7\n"),
              "patterns.csv:2: visual_rate_ratio: 0.7; allowed: visual_ratio_high = 1 or visual_ratio_low = 0.5");
    EXPECT_EQ(refused_files("0,0,1,b0,1\n", "0,5,1\n", {{"patterns", 3}}).find("patterns = 3: "), 0u);
    EXPECT_EQ(refused_files("0,0,1,b0,1\n", "0,5,1\n", {{"active_inputs", 1}}),
              "active_inputs is given together with patterns_file, which decides it");
    EXPECT_EQ(refused({{"input_spikes_file", std::string("spikes.csv")}}),
              "input_spikes_file is given without patterns_file; they go together");
}

TEST_F(SpikingFiles, SizesAreTakenFromTheFiles) {
    scratch_.write("patterns.csv", "pattern,active_auditory_inputs,visual_rate_ratio\n0,5 7,1\n1,2,0.5\n");
    scratch_.write("spikes.csv", "run,pattern,step,source,count\n0,0,1,a5,1\n0,1,1,a2,1\n1,1,1,v0,1\n");
    const auto values =
        completed({{"patterns_file", std::string("patterns.csv")}, {"input_spikes_file", std::string("spikes.csv")}},
                  scratch_.folder());
    const spiking::Settings settings = spiking::read_settings(values);
    EXPECT_EQ(settings.patterns, 2);
    EXPECT_EQ(settings.max_runs, 2);
}

// The times of random input play no part in a replay.
TEST_F(SpikingFiles, PresentationsOfARecordingMayBeShort) {
    scratch_.write("patterns.csv", "pattern,active_auditory_inputs,visual_rate_ratio\n0,5 7,1\n");
    scratch_.write("spikes.csv", "run,pattern,step,source,count\n0,0,1,a5,1\n");
    const auto values = completed({{"patterns_file", std::string("patterns.csv")},
                                   {"input_spikes_file", std::string("spikes.csv")},
                                   {"presentation_time", 0.02}},
                                  scratch_.folder());
    EXPECT_EQ(spiking::read_settings(values).steps(), 199);
    EXPECT_NE(refused({{"presentation_time", 0.02}}).find("auditory_offset"), std::string::npos);
}

TEST(SpikingModel, DefaultsAreThoseOfThePaper) {
    const spiking::Settings s = spiking_settings();
    EXPECT_EQ(s.steps(), 1499);
    const spiking::ConstantTables<double> tables(s);
    EXPECT_TRUE(near(tables.constants.depression, 1.25e-9 * 1.05 * 0.001 * 50.0 / 70.0, 1e-15));
    EXPECT_TRUE(near(tables.constants.potentiation, 1.25e-12, 1e-15));
    // The visual pools are 7 (7.5, truncated) and 15: P(more than one spike | any) of binomial(pool, 0.01).
    for (const int target : {0, 1}) {
        const double pool = target == 0 ? 7.0 : 15.0, silent = std::pow(0.99, pool);
        const double want = 1.0 - pool * 0.01 * std::pow(0.99, pool - 1.0) / (1.0 - silent);
        EXPECT_TRUE(near(static_cast<double>(tables.visual[target].more.at(0)) * 0x1p-64, want, 1e-12));
    }
}

// 19,000 patterns of 20 inputs: all 190 pairs occur about 100 times. Chi-square, seed fixed, two-sided, false alarm
// 1e-6.
TEST(SpikingModel, PatternsAreDistinctInputsAndUniform) {
    spiking::Settings s = spiking_settings(19000, 5);
    s.auditory_inputs = 20;
    std::vector<double> pairs(400, 0.0), targets(2, 0.0);
    for (const spiking::Pattern& pattern : spiking::make_inputs(s).patterns) {
        ASSERT_EQ(pattern.n_active, 2);
        ASSERT_LT(pattern.active[0], pattern.active[1]);
        pairs[20 * static_cast<std::size_t>(pattern.active[0]) + static_cast<std::size_t>(pattern.active[1])] += 1.0;
        targets[static_cast<std::size_t>(pattern.target)] += 1.0;
    }
    double statistic = 0.0;
    for (std::size_t a = 0; a < 20; ++a) {
        for (std::size_t b = a + 1; b < 20; ++b) {
            statistic += (pairs[20 * a + b] - 100.0) * (pairs[20 * a + b] - 100.0) / 100.0;
        }
    }
    const boost::math::chi_squared distribution(189);
    EXPECT_GT(statistic, quantile(distribution, 5e-7));
    EXPECT_LT(statistic, quantile(complement(distribution, 5e-7)));
    EXPECT_LT(std::fabs(targets[0] - 9500.0), 4.9 * std::sqrt(19000.0 / 4.0));  // 4.9 standard deviations: 1e-6
}

TEST(SpikingModel, SuccessSeparatesTheTargets) {
    const spiking::Settings s = spiking_settings();
    const auto pattern = [](int input, int target) { return spiking::Pattern{1, {input}, target}; };
    using Patterns = std::vector<spiking::Pattern>;
    const Patterns four{pattern(0, 0), pattern(1, 0), pattern(2, 1), pattern(3, 1)};
    EXPECT_TRUE(spiking::is_successful(s, four, {1.0, 1.2, 2.0, 2.2}));
    // Deviations 0.1 and 0.4: seen from the narrow group the other is 2.5 deviations away, seen from the wide group 10.
    EXPECT_TRUE(spiking::is_successful(s, four, {1.0, 1.2, 1.7, 2.5}));
    EXPECT_FALSE(spiking::is_successful(s, four, {1.0, 1.8, 1.9, 2.7}));
    // Deviations 0.15 and 0.4, means 1 apart: the narrow group lies 5 of its own deviations away (0.85), which does not
    // count, and the wide group's nearer response only 4 of them (0.6).
    EXPECT_FALSE(spiking::is_successful(s, four, {1.0, 1.3, 1.75, 2.55}));
    EXPECT_FALSE(spiking::is_successful(s, {pattern(0, 0), pattern(1, 0)}, {1.0, 2.0}));
    EXPECT_TRUE(spiking::is_successful(s, {pattern(0, 0)}, {1.0}));
    EXPECT_TRUE(spiking::is_successful(s, {pattern(0, 0), pattern(1, 1)}, {1.0, 1.5}));
    // Groups far apart, but one of six 2.2 deviations from its group's mean, in both.
    Patterns outlier;
    std::vector<double> g;
    for (int k = 0; k < 12; ++k) {
        const int group = k / 6;
        outlier.push_back(pattern(k, group));
        g.push_back((k % 6 == 5 ? 1.5 : 1.0) + 10 * group);
    }
    EXPECT_FALSE(spiking::is_successful(s, outlier, g));
    g[11] = 11.0;  // one group without its outlier is enough
    EXPECT_TRUE(spiking::is_successful(s, outlier, g));
}

TEST(SpikingModel, EpochsAddUpToTheOutcome) {
    spiking::Settings s = spiking_settings(3, 2);
    s.max_runs = 8;
    s.policy = Policy::local_global;
    s.threshold = 1e-10 / 3.0;
    s.decay = 0.9;
    Tallies tallies;
    tallies.record = {"epochs"};
    const Outcome outcome = spiking::train({s}, tallies)[0];
    const RecordedTable& table = outcome.tables.at(0);
    ASSERT_EQ(table.rows.size(), 8 * table.columns.size());
    std::vector<double> sums(table.columns.size(), 0.0);
    for (std::size_t k = 0; k < table.rows.size(); ++k) {
        sums[k % sums.size()] += table.rows[k];
    }
    EXPECT_EQ(sums[1], static_cast<double>(outcome.updates));
    EXPECT_EQ(sums[2], outcome.extras[2]);
    EXPECT_TRUE(near(sums[3], outcome.sums[0].uncached, 1e-12));
    EXPECT_EQ(table.rows[7 * table.columns.size() + 4], outcome.sums[0].minimal);
    EXPECT_TRUE(near(sums[5], outcome.maintenance_sum, 1e-12));
    EXPECT_LT(sums[6], outcome.sums[0].consolidation);  // which holds the final consolidation too
    EXPECT_FALSE(outcome.converged);
    EXPECT_EQ(outcome.epochs, 8);
}

// At the run of index 10 at the earliest, over those of index 1 to 10; the energies are those after the first of them.
// A recording is played to its end all the same.
TEST(SpikingModel, TheFirstRunNeverCountsForConvergence) {
    spiking::Settings s = golden_spiking("p4");
    s.convergence_tolerance = 1.0;
    Tallies tallies;
    tallies.record = {"presentations"};
    const Outcome outcome = spiking::train({s}, tallies)[0];
    EXPECT_TRUE(outcome.converged);
    EXPECT_EQ(outcome.epochs, 2);
    EXPECT_EQ(outcome.presentations, 2 * 4);
    EXPECT_EQ(outcome.extras[1], 15.0);
    const RecordedTable& table = outcome.tables.at(0);
    ASSERT_EQ(table.rows.size(), 15 * 4 * table.columns.size());
    EXPECT_EQ(outcome.sums[0].uncached, table.rows[7 * table.columns.size() + 5]);
    s.max_runs = 10;
    EXPECT_FALSE(spiking::train({s})[0].converged);
}

TEST(SpikingModel, AStoppedTrainerDeliversNothingHalfDone) {
    const std::vector<Value> values = completed({{"patterns", 25}}, {});
    const std::filesystem::path folder;
    const std::vector<Trial> trials(3, Trial(spiking_model(), values, folder));
    const std::atomic<bool> stop = true;
    int delivered = 0;
    spiking_model().cpu_trainer()->train(trials, {}, stop, [&](std::size_t, const Outcome&) { ++delivered; });
    EXPECT_EQ(delivered, 0);
}

}  // namespace
}  // namespace syncache::test
