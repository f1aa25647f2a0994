#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "tests/support/near.hpp"
#include "tests/support/spiking_cases.hpp"

// The spiking neuron's engine beside the plain reference, on the same input spikes in the same run. Results are in
// tests/perf/README.md.
//   Training/*   one thread; `reference_over_engine` is the ratio of times per presentation, `neuron_seconds` the
//                simulated seconds of neurons per second
//   AllCores     the same over all cores
namespace syncache {
namespace {

double seconds_of(const auto& function) {
    const auto start = std::chrono::steady_clock::now();
    function();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double presentations_of(const Outcome& outcome) { return static_cast<double>(outcome.presentations); }

// The engine draws its input spikes as it goes; the reference gets the same ones, drawn by the engine's law, so it is
// spared a plain draw for each step and source.
void training(benchmark::State& state, spiking::Settings settings, double tolerance) {
    Outcome engine;
    double engine_seconds = 0.0;
    for (auto _ : state) {
        engine_seconds += seconds_of([&] { engine = spiking::train({settings}).at(0); });
    }
    test::ReferenceTrained reference;
    const double reference_seconds =
        seconds_of([&] { reference = test::train_reference(test::reference_training(settings)); });
    if (!test::is_near(engine.sums.at(0).uncached, reference.outcome.sums.at(0).uncached, tolerance)) {
        state.SkipWithError("the engine's energy is not the reference's");
        return;
    }
    engine_seconds /= static_cast<double>(state.iterations());
    const double presentations = presentations_of(engine);
    state.counters["reference_us"] = 1e6 * reference_seconds / presentations;
    state.counters["engine_us"] = 1e6 * engine_seconds / presentations;
    state.counters["reference_over_engine"] = reference_seconds / engine_seconds;
    state.counters["neuron_seconds"] = presentations * settings.presentation_time / engine_seconds;
}

void all_cores(benchmark::State& state) {
    const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
    std::vector<double> presentations(cores);
    for (auto _ : state) {
        std::vector<std::jthread> threads;
        for (unsigned t = 0; t < cores; ++t) {
            threads.emplace_back([t, &presentations] {
                const Outcome outcome = spiking::train({test::spiking_settings(8, t + 1)}).at(0);
                presentations[t] += presentations_of(outcome);
            });
        }
    }
    double all = 0.0;
    for (const double n : presentations) {
        all += n;
    }
    state.counters["neuron_seconds"] = benchmark::Counter(0.15 * all, benchmark::Counter::kIsRate);
}
BENCHMARK(all_cores)->Name("AllCores/patterns:8")->UseRealTime()->Unit(benchmark::kMillisecond);

void register_trainings() {
    const auto add = [](const char* name, const spiking::Settings& settings, double tolerance) {
        benchmark::RegisterBenchmark(name, [=](benchmark::State& state) { training(state, settings, tolerance); })
            ->Unit(benchmark::kMillisecond)
            ->MinTime(0.5);
    };
    spiking::Settings plain = test::spiking_settings(8);
    add("Training/none/double", plain, 1e-9);
    plain.single = true;
    add("Training/none/single", plain, 0.1);  // another trajectory once a spike falls differently
    spiking::Settings cached = test::spiking_settings(8);
    cached.policy = Policy::local_global;
    cached.threshold = 1e-10;
    cached.decay = 1.0 - 1.0 / 100.0;
    add("Training/local-global/tau:100/double", cached, 1e-9);
    cached.policy = Policy::local_local;
    add("Training/local-local/tau:100/double", cached, 1e-9);
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
