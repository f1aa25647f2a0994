// How many outcomes the results file takes and gives per second. A batch is 1000 outcomes in one transaction.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <ios>
#include <ostream>
#include <streambuf>
#include <string>
#include <vector>

#include "host/results/results.hpp"
#include "tests/support/results_file.hpp"

namespace {

using namespace syncache;
using namespace syncache::test;

constexpr int batch_size = 1000;

// A canonical text as long as a perceptron's.
std::string long_trial(std::int64_t seed) {
    return fmt::format(
        R"({{"model":"toy","seed":{},"precision":"double","tau":"inf","learns":true,"patterns_file":"",)"
        R"("variant":"local-global","threshold":10,"decay_form":"linear","learning_rate":1,"inputs":1000,)"
        R"("patterns":1000,"offset":0,"pattern_coding":0.5,"target_coding":0.5,"max_epochs":10000,)"
        R"("targets_file":"","trace_synapses":5,"trace_every":1}})",
        seed);
}

std::vector<Store::Result> batch(std::int64_t first, int n_pricings, bool has_extras = false) {
    std::vector<Store::Result> results(batch_size);
    for (int i = 0; i < batch_size; ++i) {
        results[i] = toy_result(i + 1);
        results[i].trial = long_trial(first + i);
        results[i].position = first + i;
        if (!has_extras) {
            results[i].outcome.extras.clear();
        }
        for (int pricing = 1; pricing < n_pricings; ++pricing) {
            results[i].outcome.sums.push_back(results[i].outcome.sums[0]);
            results[i].outcome.sums.back().pricing.exponent = 1.0 + pricing;
        }
    }
    return results;
}

// Takes everything and keeps nothing.
class Sink : public std::streambuf {
  protected:
    int overflow(int c) override { return c; }
    std::streamsize xsputn(const char*, std::streamsize n) override { return n; }
};

void put_outcomes(benchmark::State& state) {
    const ScratchFolder folder;
    Store store(folder / "r.sqlite", Store::Access::write);
    const auto run = store.begin_run(toy_experiment(), toy_run(), 1);
    std::int64_t first = 0;
    for (auto _ : state) {
        state.PauseTiming();
        const auto results = batch(first, static_cast<int>(state.range(0)), state.range(1) != 0);
        first += batch_size;
        state.ResumeTiming();
        store.put(run, results);
    }
    state.SetItemsProcessed(first);
    state.counters["bytes_per_trial"] =
        static_cast<double>(std::filesystem::file_size(folder / "r.sqlite")) / static_cast<double>(first);
}
// The million trials of a large sweep, or 300,000; with one pricing, or six; without columns of the model's own, as of
// perceptrons, or with one.
BENCHMARK(put_outcomes)
    ->ArgNames({"pricings", "extras"})
    ->Args({1, 0})
    ->Args({6, 0})
    ->Args({1, 1})
    ->Iterations(300)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK(put_outcomes)
    ->ArgNames({"pricings", "extras"})
    ->Args({1, 0})
    ->Iterations(1000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// A results file of 100,000 trials.
void fill(Store& store) {
    const auto run = store.begin_run(toy_experiment("toy", {0.0, 0.1}), toy_run(), 1);
    for (int i = 0; i < 100; ++i) {
        store.put(run, batch(std::int64_t{i} * batch_size, 1));
    }
    store.end_run(run, "finished", {});
}

void ask_whether_done(benchmark::State& state) {
    const ScratchFolder folder;
    Store store(folder / "r.sqlite", Store::Access::write);
    fill(store);
    std::int64_t seed = 0;
    for (auto _ : state) {
        if (!store.is_done(long_trial(seed), {}, seed)) {
            state.SkipWithError("a stored trial is not found");
            break;
        }
        seed = (seed + 1) % (100 * batch_size);
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ask_whether_done);

void export_outcomes(benchmark::State& state) {
    const ScratchFolder folder;
    Store store(folder / "r.sqlite", Store::Access::write);
    fill(store);
    Sink sink;
    std::ostream out(&sink);
    for (auto _ : state) {
        make_result_tables(store);
        export_table(store, {}, out);
    }
    state.SetItemsProcessed(state.iterations() * 200 * batch_size);  // rows: two accounting settings a trial
}
BENCHMARK(export_outcomes)->Unit(benchmark::kMillisecond)->UseRealTime();

void merge_shards(benchmark::State& state) {
    const ScratchFolder folder;
    {
        Store store(folder / "shard.sqlite", Store::Access::write);
        fill(store);
    }
    const std::vector<std::filesystem::path> inputs{folder / "shard.sqlite"};
    for (auto _ : state) {
        merge(folder / "out.sqlite", inputs);
        state.PauseTiming();
        std::filesystem::remove(folder / "out.sqlite");
        state.ResumeTiming();
    }
    state.SetItemsProcessed(state.iterations() * 100 * batch_size);
}
BENCHMARK(merge_shards)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
