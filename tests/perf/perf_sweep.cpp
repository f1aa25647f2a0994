// What a sweep of small trials costs beside their training: planning, naming, storing, progress. One thread, so that
// the processor time of a whole run and of its trainings alone can be compared.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include "host/experiment/sweep.hpp"
#include "host/experiment/trial_identity.hpp"
#include "host/run/run.hpp"
#include "tests/support/program.hpp"
#include "tests/support/results_file.hpp"

namespace {

using namespace syncache;
using namespace syncache::test;

constexpr std::int64_t n_trials = 100'000;

// Perceptrons of so many inputs and patterns, each with patterns of its own.
std::string sweep_text(std::int64_t size) {
    return fmt::format(
        "name = \"small\"\nmodel = \"perceptron\"\n[fixed]\ninputs = {0}\npatterns = {0}\nvariant = \"local-local\"\n"
        "threshold = 5\ntau = 500\n[axes]\nseed = {{ from = 1, to = {1}, step = 1 }}\n",
        size, n_trials);
}

Experiment experiment_of(std::int64_t size) { return parse_experiment(sweep_text(size), ".", "small"); }

void ask_trials(benchmark::State& state) {
    const Experiment experiment = experiment_of(100);
    const Sweep sweep(experiment);
    for (auto _ : state) {
        const Survey survey(sweep, experiment.tallies(), {});
        benchmark::DoNotOptimize(survey.plan({}, [](std::size_t) { return false; }));
    }
    state.SetItemsProcessed(state.iterations() * n_trials);
}
BENCHMARK(ask_trials)->Unit(benchmark::kMillisecond);

void name_trials(benchmark::State& state) {
    const Experiment experiment = experiment_of(100);
    const Sweep sweep(experiment);
    FileChecksums checksums;
    for (auto _ : state) {
        for (std::size_t place = 0; place < sweep.size(); ++place) {
            benchmark::DoNotOptimize(canonical_text(sweep.trial(place), checksums));
        }
    }
    state.SetItemsProcessed(state.iterations() * n_trials);
}
BENCHMARK(name_trials)->Unit(benchmark::kMillisecond);

void train_alone(benchmark::State& state) {
    const Experiment experiment = experiment_of(state.range(0));
    const Sweep sweep(experiment);
    const Plan plan = Survey(sweep, experiment.tallies(), {}).plan({}, [](std::size_t) { return false; });
    const std::atomic<bool> stop{false};
    for (auto _ : state) {
        const auto trainer = experiment.model->cpu_trainer();
        for (const Batch& batch : plan.batches) {
            std::vector<Trial> trials;
            for (const std::uint32_t place : batch.trials) {
                trials.push_back(sweep.trial(place));
            }
            trainer->train(trials, experiment.tallies(), stop,
                           [](std::size_t, Outcome outcome) { benchmark::DoNotOptimize(outcome); });
        }
    }
    state.SetItemsProcessed(state.iterations() * n_trials);
}

void whole_run(benchmark::State& state) {
    for (auto _ : state) {
        const ScratchFolder folder;
        write_text(folder / "e.toml", sweep_text(state.range(0)));
        RunOptions options;
        options.experiment = folder / "e.toml";
        options.backend = {BackendChoice::cpu, 1, {}};
        StopRequest stop;
        run_experiment(options, stop, std::cout);
    }
    state.SetItemsProcessed(state.iterations() * n_trials);
}
BENCHMARK(train_alone)->Arg(100)->Arg(200)->Iterations(1)->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);
BENCHMARK(whole_run)->Arg(100)->Arg(200)->Iterations(1)->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
