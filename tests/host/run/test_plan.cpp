#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "host/run/plan.hpp"
#include "tests/support/near.hpp"

// How a sweep's trials are divided into shards and batches.
namespace syncache {
namespace {

constexpr int n_shards = 8;

// 960 trials that learn differently long, though their predicted costs differ with the patterns alone.
Experiment structured_experiment() {
    return parse_experiment(R"(name = "e"
model = "perceptron"
[fixed]
inputs = 600
variant = "local-local"
tau = 300
[axes]
patterns = { from = 300, to = 900, step = 200 }
threshold = [1.0, 2.0, 3.0, 4.0]
seed = { from = 1, to = 60, step = 1 }
)",
                            "", "e.toml");
}

Plan plan_of_shard(const Sweep& sweep, int index, int count) {
    return Survey(sweep, {}, {index, count}).plan({}, [](std::size_t) { return false; });
}

template <typename Visit>
void each_trial(const Plan& plan, const Visit& visit) {
    for (const Batch& batch : plan.batches) {
        std::ranges::for_each(batch.trials, visit);
    }
}

TEST(Plan, ShardsTakeEveryTrialOnceAtEqualCost) {
    const Experiment experiment = structured_experiment();
    const Sweep sweep(experiment);
    const double whole = plan_of_shard(sweep, 1, 1).work;
    std::map<std::uint32_t, int> taken;
    for (int shard = 1; shard <= n_shards; ++shard) {
        const Plan plan = plan_of_shard(sweep, shard, n_shards);
        each_trial(plan, [&](std::uint32_t place) { ++taken[place]; });
        double training = plan.work;  // without the patterns, which several shards may need
        std::set<std::pair<std::int64_t, std::int64_t>> sets;
        each_trial(plan, [&](std::uint32_t place) {
            const Trial trial = sweep.trial(place);
            if (sets.emplace(trial.integer("patterns"), trial.integer("seed")).second) {
                training -= sweep.model().need(trial).data_work;
            }
        });
        EXPECT_LT(training, 1.02 * whole / n_shards) << shard;
    }
    EXPECT_EQ(taken.size(), sweep.size());
    EXPECT_TRUE(std::ranges::all_of(taken, [](const auto& entry) { return entry.second == 1; }));
}

// Shards may be run by different builds on different machines: their division is that of the sweep, for good. Trials
// that differ in threshold alone share a trajectory.
TEST(Plan, RefusesWhatDoesNotFitBeforeItTakesMemory) {
    const Experiment experiment = parse_experiment(R"(name = "e"
model = "perceptron"
[axes]
threshold = { from = 1, to = 4000, step = 1 }
seed = { from = 1, to = 1000000 }
)",
                                                   "", "e.toml");
    try {
        const Survey survey(Sweep(experiment), {}, {});
        FAIL() << "this machine has more than 100 GB of memory to plan with";
    } catch (const std::invalid_argument& refused) {
        EXPECT_TRUE(std::string(refused.what()).starts_with("the sweep has 4000000000 trials, whose plan takes "))
            << refused.what();
    }
}

TEST(Plan, TheDivisionIsTheSameEverywhere) {
    const Experiment experiment = parse_experiment(R"(name = "e"
model = "perceptron"
[fixed]
inputs = 50
patterns = 40
[axes]
max_epochs = [1000, 2000, 3000, 4000, 5000, 6000]
threshold = [1.0, 2.0]
seed = [1, 2]
)",
                                                   "", "e.toml");
    const Sweep sweep(experiment);
    std::vector<std::uint32_t> places;
    each_trial(plan_of_shard(sweep, 2, 4), [&](std::uint32_t place) { places.push_back(place); });
    EXPECT_EQ(places, (std::vector<std::uint32_t>{20, 22, 16, 18, 5, 7}));
}

TEST(Plan, AxesDoNotShowThroughInShards) {
    const Experiment experiment = structured_experiment();
    const Sweep sweep(experiment);
    for (int shard = 1; shard <= n_shards; ++shard) {
        std::map<double, int> trials_with;
        each_trial(plan_of_shard(sweep, shard, n_shards),
                   [&](std::uint32_t place) { ++trials_with[sweep.trial(place).real("threshold")]; });
        for (const double threshold : {1.0, 2.0, 3.0, 4.0}) {
            EXPECT_NEAR(trials_with[threshold], 30, 15) << "shard " << shard << ", threshold " << threshold;
        }
    }
}

// What a training records lies in memory while it goes on, and takes time.
TEST(Plan, CountsWhatIsRecorded) {
    const Experiment experiment = structured_experiment();
    const Sweep sweep(experiment);
    const auto plan = [&](const Tallies& tallies) {
        return Survey(sweep, tallies, {}).plan({}, [](std::size_t) { return false; });
    };
    Tallies distribution;
    distribution.record = {"distribution"};
    const Plan plain = plan({}), recorded = plan(distribution);
    // 101 bins: of an epoch, and of the 256 epochs that there is room for at first.
    EXPECT_NEAR(recorded.largest_state - plain.largest_state, 101.0 * 8.0 * 257.0, 100.0) << "bytes, held as floats";
    EXPECT_GT(recorded.work, 1.5 * plain.work);
}

// What is expected to run to its last epoch does so, and costs accordingly; neighbours on both sides converge.
TEST(Plan, ExpectsNoConvergenceWhereTheTransientWeightForgets) {
    const Experiment experiment = parse_experiment(R"(name = "e"
model = "perceptron"
[fixed]
inputs = 200
variant = "local-local"
max_epochs = 300
seed = 1
[[points]]
patterns = 200
threshold = 16
tau = 200
[[points]]
patterns = 200
threshold = 4
tau = 200
[[points]]
patterns = 200
threshold = 16
tau = 20000
[[points]]
patterns = 50
threshold = 16
tau = 200
)",
                                                   "", "e.toml");
    const Sweep sweep(experiment);
    std::vector<Trial> trials;
    for (std::size_t place = 0; place < sweep.size(); ++place) {
        trials.push_back(sweep.trial(place));
    }
    std::vector<bool> converged(trials.size());
    const std::atomic<bool> stop = false;
    experiment.model->cpu_trainer()->train(
        trials, {}, stop, [&](std::size_t trial, const Outcome& outcome) { converged[trial] = outcome.converged; });
    EXPECT_EQ(converged, (std::vector<bool>{false, true, true, true}));
    const double endless = 300.0 * 200 * 201;  // synapses in all presentations
    EXPECT_GT(experiment.model->need(trials[0]).work, endless);
    for (std::size_t trial = 1; trial < trials.size(); ++trial) {
        EXPECT_LT(experiment.model->need(trials[trial]).work, 0.2 * endless) << trial;
    }
}

TEST(Plan, KnowsWhichTrialsScatter) {
    const auto scatter = [](const char* patterns, const char* max_epochs) {
        const Experiment experiment = parse_experiment(std::string(R"(name = "e"
model = "perceptron"
[fixed]
inputs = 500
max_epochs = )") + max_epochs + "\n[axes]\npatterns = " + patterns,
                                                       "", "e.toml");
        return plan_of_shard(Sweep(experiment), 1, 1).scatter;
    };
    EXPECT_EQ(scatter("[500]", "10000"), 1.0);
    EXPECT_TRUE(test::near(scatter("[500, 900]", "10000"), 3.5, 1e-6));
    EXPECT_EQ(scatter("[900]", "10"), 1.0) << "all epochs, whatever the patterns";
    EXPECT_EQ(scatter("[1200]", "1000"), 1.0);
}

TEST(Plan, TrialsOnTheSamePatternsStayNeighbours) {
    const Experiment experiment = structured_experiment();
    const Sweep sweep(experiment);
    std::set<std::pair<std::int64_t, std::int64_t>> left;
    std::pair<std::int64_t, std::int64_t> current{0, 0};
    each_trial(plan_of_shard(sweep, 1, 1), [&](std::uint32_t place) {
        const std::pair set{sweep.trial(place).integer("patterns"), sweep.trial(place).integer("seed")};
        if (set != current) {
            EXPECT_TRUE(left.insert(current).second) << "patterns " << set.first << ", seed " << set.second;
            current = set;
        }
    });
    EXPECT_EQ(left.size(), 240u);  // and the one in hand
}

}  // namespace
}  // namespace syncache
