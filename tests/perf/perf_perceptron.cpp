#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include "host/run/scheduler.hpp"
#include "tests/support/perceptron_cases.hpp"

// The perceptron engine beside the plain reference, on the same patterns in the same run. Results are in
// tests/perf/README.md.
//   Training/*    one thread; `reference_over_engine` is the ratio of times, set-up (patterns, Gram matrix) included
//   AllCores      trials per second over all cores
//   Gram, Patterns  what the set-up costs
//   Load          cost against P/N
namespace syncache {
namespace {

using test::engine_settings;
using test::PerceptronCase;
using test::reference_network;

double seconds_of(const auto& function) {
    const auto start = std::chrono::steady_clock::now();
    function();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Times the engine in the benchmark's loop and the reference once; both must tell the same story.
void training(benchmark::State& state, const PerceptronCase& c) {
    const PerceptronSettings settings = engine_settings(c);
    Outcome engine;
    double engine_seconds = 0.0;
    for (auto _ : state) {
        engine_seconds += seconds_of([&] { engine = train_perceptrons({settings}).at(0); });
    }
    test::ReferenceOutcome reference;
    const double reference_seconds = seconds_of([&] { reference = train_reference(reference_network(c)); });
    // Single precision may part from the reference with decay; whole numbers and doubles may not.
    if (settings.number != NumberType::single_precision && engine.updates != reference.outcome.updates) {
        state.SkipWithError("the engine's updates are not the reference's");
        return;
    }
    engine_seconds /= static_cast<double>(state.iterations());
    state.counters["reference_seconds"] = reference_seconds;
    state.counters["reference_over_engine"] = reference_seconds / engine_seconds;
    state.counters["updates"] = static_cast<double>(engine.updates);
    state.counters["ns_per_update"] = 1e9 * engine_seconds / static_cast<double>(engine.updates);
}

void load(benchmark::State& state) {
    PerceptronCase c{"none", 1000, static_cast<int>(state.range(0)), 0.0};
    c.max_epochs = 10000;
    const PerceptronSettings settings = engine_settings(c);
    Outcome outcome;
    for (auto _ : state) {
        outcome = train_perceptrons({settings}).at(0);
    }
    state.counters["load"] = c.patterns / 1000.0;
    state.counters["updates"] = static_cast<double>(outcome.updates);
}
BENCHMARK(load)
    ->Name("Load/inputs:1000/patterns")
    ->Arg(10)
    ->Arg(100)
    ->Arg(500)
    ->Arg(1000)
    ->Arg(1500)
    ->Arg(1900)
    ->Arg(1980)
    ->Unit(benchmark::kMillisecond);

void patterns(benchmark::State& state) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(PatternSet::random(1, 1000, static_cast<int>(state.range(0)), 0.5, 0.5));
    }
}
BENCHMARK(patterns)->Name("Patterns/inputs:1000/patterns")->Arg(1000)->Arg(1900)->Unit(benchmark::kMillisecond);

void gram(benchmark::State& state) {
    PatternSet set = PatternSet::random(1, 1000, static_cast<int>(state.range(0)), 0.5, 0.5);
    for (auto _ : state) {
        set.make_gram();
    }
    const double n = static_cast<double>(state.range(0));
    state.counters["products_per_ns"] =
        benchmark::Counter(n * n / 2.0 * 1001.0 * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(gram)->Name("Gram/inputs:1000/patterns")->Arg(1000)->Arg(1900)->Unit(benchmark::kMillisecond);

// Distinct patterns for every trial, as a sweep over seeds has them.
void all_cores(benchmark::State& state) {
    const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
    constexpr int trials_per_core = 16;
    for (auto _ : state) {
        std::vector<std::jthread> threads;
        for (unsigned t = 0; t < cores; ++t) {
            threads.emplace_back([t] {
                std::vector<PerceptronSettings> settings;
                for (int i = 0; i < trials_per_core; ++i) {
                    settings.push_back(engine_settings(
                        {"local-global", 1000, 1000, 5.0, 0.0, 1.0, 0.0, 10000,
                         static_cast<std::uint64_t>(t * trials_per_core) + static_cast<std::uint64_t>(i)}));
                }
                train_perceptrons(settings);
            });
        }
    }
    state.counters["trials_per_second"] =
        benchmark::Counter(cores * trials_per_core, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(all_cores)->Name("AllCores/inputs:1000/patterns:1000")->UseRealTime()->Unit(benchmark::kMillisecond);

void register_trainings() {
    const auto add = [](const char* name, const PerceptronCase& c) {
        benchmark::RegisterBenchmark(name, [c](benchmark::State& state) { training(state, c); })
            ->Unit(benchmark::kMillisecond)
            ->MinTime(1.0);
    };
    add("Training/none/P:1900", {"none", 1000, 1900, 0.0, 0.0, 1.0, 0.0, 10000});
    add("Training/local-global/theta:10/P:1900", {"local-global", 1000, 1900, 10.0, 0.0, 1.0, 0.0, 10000});
    add("Training/local-local/theta:10/P:1900", {"local-local", 1000, 1900, 10.0, 0.0, 1.0, 0.0, 10000});
    add("Training/local-global/theta:5/tau:1000/P:1500/single",
        {"local-global", 1000, 1500, 5.0, 1000.0, 1.0, 0.0, 10000, 1, true});
    add("Training/local-global/theta:5/tau:1000/P:1500/double",
        {"local-global", 1000, 1500, 5.0, 1000.0, 1.0, 0.0, 10000});
    add("Training/local-local/theta:5/tau:1000/P:1500/single",
        {"local-local", 1000, 1500, 5.0, 1000.0, 1.0, 0.0, 10000, 1, true});
    add("Training/l1/theta:0.0078125/P:1000/double", {"l1", 1000, 1000, 0.0078125, 0.0, 1.0, 0.0, 10000});
}

}  // namespace
}  // namespace syncache

int main(int argc, char** argv) {
    syncache::register_trainings();
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return 1;
    }
    benchmark::RunSpecifiedBenchmarks();
}
