// The engine on a GPU beside the engine on all cores of the same machine; tools/gpu-bench runs it and the peers.
//   <workload>/networks:<n>/<cuda|cpu>
// A time is the wall time of one call to the trainer for all networks: launches, waiting for them, fetching results. No
// smaller part is of use to anybody, and CUDA events around it would say the same. `seconds` is the median of `repeats`
// calls, from `seconds_low` to `seconds_high`, after one call for warm-up, which also makes the patterns and their Gram
// matrices (`first_call`).
//   perceptron: whole trainings to convergence, each network on patterns of its own.
//   mlp:        3 epochs of 1,000 images less 1 epoch (both are medians), since each call draws the initial weights.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <stdexcept>
#include <thread>

#include "host/experiment.hpp"
#include "host/sweep.hpp"
#include "kernels/common/cuda/devices.hpp"
#include "tests/support/golden_mlp.hpp"

namespace syncache::test {
namespace {

constexpr int most_repeats = 20, least_repeats = 3;
constexpr double seconds_of_repeats = 5.0;  // after which there are no more than the least
constexpr int images_per_epoch = 1000;

// An experiment and its trials.
struct Workload {
    Experiment experiment;
    Sweep sweep{experiment};
    std::vector<Trial> trials;

    explicit Workload(const std::string& text) : experiment(parse_experiment(text, ".", "perf_gpu")) {
        for (std::size_t i = 0; i < sweep.size(); ++i) {
            trials.push_back(sweep.trial(i));
        }
    }
};

std::string perceptron_text(const std::string& variant, int patterns, int networks) {
    return fmt::format(
        "name = \"perf\"\nmodel = \"perceptron\"\n[fixed]\nprecision = \"single\"\ninputs = 1000\npatterns = {}\n"
        "variant = \"{}\"\nthreshold = {}\n[axes]\nseed = {{ from = 1, to = {}, step = 1 }}\n",
        patterns, variant, variant == "none" ? "0.0" : "10.0", networks);
}

std::string mlp_text(int epochs, int networks) {
    return fmt::format(
        "name = \"perf\"\nmodel = \"mlp\"\n[fixed]\nprecision = \"single\"\ndata = \"{}\"\nhidden = 100\n"
        "variant = \"local-neuron\"\nthreshold = 0.04\ntau = 1000\nbackprop = \"published\"\ntrain_count = {}\n"
        "test_count = 1\ncheckpoint_every = {}\nmax_epochs = {}\n[axes]\nseed = {{ from = 1, to = {}, step = 1 }}\n",
        mnist_is_there() ? "mnist" : "synthetic", images_per_epoch, images_per_epoch, epochs, networks);
}

// Trains on one GPU, or on all cores: there each network has a trainer, which keeps its patterns as the GPU's keeps
// all.
class Runner {
  public:
    Runner(const Model& model, bool cuda, std::size_t networks)
        : trials_at_once_(cuda ? networks : 1),
          n_threads_(cuda ? 1 : std::max(1u, std::thread::hardware_concurrency())) {
        for (std::size_t i = 0; i < networks / trials_at_once_; ++i) {
            trainers_.push_back(cuda ? model.cuda_trainer(0) : model.cpu_trainer());
        }
    }

    // Returns the presentations that were made. Throws what a trainer throws.
    double run(const Workload& workload) {
        std::atomic<std::size_t> next = 0;
        std::vector<double> presentations(trainers_.size());
        std::vector<std::exception_ptr> failures(trainers_.size());
        const auto work = [&] {
            for (std::size_t t = next++; t < trainers_.size(); t = next++) {
                try {
                    presentations[t] = train(t, workload);
                } catch (...) {
                    failures[t] = std::current_exception();
                }
            }
        };
        {
            std::vector<std::jthread> threads;
            for (unsigned i = 0; i < n_threads_; ++i) {
                threads.emplace_back(work);
            }
        }
        for (const std::exception_ptr& failure : failures) {
            if (failure) {
                std::rethrow_exception(failure);
            }
        }
        return std::accumulate(presentations.begin(), presentations.end(), 0.0);
    }

  private:
    double train(std::size_t t, const Workload& workload) {
        const std::atomic<bool> stop = false;
        double presentations = 0.0;
        trainers_[t]->train(std::span<const Trial>(workload.trials).subspan(t * trials_at_once_, trials_at_once_),
                            workload.experiment.tallies(), stop, [&](std::size_t, Outcome outcome) {
                                presentations += static_cast<double>(outcome.presentations);
                            });
        return presentations;
    }

    std::size_t trials_at_once_;
    unsigned n_threads_;
    std::vector<std::unique_ptr<Trainer>> trainers_;
};

struct Timing {
    double presentations = 0.0, first_call = 0.0, median = 0.0, low = 0.0, high = 0.0;
    std::size_t repeats = 0;
};

Timing time_calls(Runner& runner, const Workload& workload) {
    Timing timing;
    std::vector<double> seconds;
    const auto call = [&] {
        const auto start = std::chrono::steady_clock::now();
        timing.presentations = runner.run(workload);
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    timing.first_call = call();
    double total = 0.0;
    while (seconds.size() < least_repeats || (seconds.size() < most_repeats && total < seconds_of_repeats)) {
        seconds.push_back(call());
        total += seconds.back();
    }
    std::ranges::sort(seconds);
    const std::size_t middle = seconds.size() / 2;
    timing.median = seconds.size() % 2 == 1 ? seconds[middle] : (seconds[middle - 1] + seconds[middle]) / 2.0;
    timing.low = seconds.front();
    timing.high = seconds.back();
    timing.repeats = seconds.size();
    return timing;
}

// Of the workload `text`, less what the shorter one takes.
Timing time_workload(bool cuda, const std::string& text, const std::string& less) {
    const Workload workload(text);
    Runner runner(*workload.experiment.model, cuda, workload.trials.size());
    if (less.empty()) {
        return time_calls(runner, workload);
    }
    const Timing shorter = time_calls(runner, Workload(less));
    Timing timing = time_calls(runner, workload);
    timing.presentations -= shorter.presentations;
    timing.first_call = shorter.first_call;
    for (double* part : {&timing.median, &timing.low, &timing.high}) {
        *part -= shorter.median;
    }
    return timing;
}

void measure(benchmark::State& state, bool cuda, int networks, const std::string& text, const std::string& less) {
    Timing timing;
    for (auto _ : state) {
        try {
            std::string reason;
            if (cuda && cuda_devices(reason).empty()) {
                throw std::runtime_error(reason);
            }
            timing = time_workload(cuda, text, less);
            if (!(timing.median > 0.0)) {
                throw std::runtime_error("the longer training took no longer than the shorter one");
            }
            state.SetIterationTime(timing.median);
        } catch (const std::exception& error) {
            state.SkipWithError(error.what());
            return;
        }
    }
    state.counters["networks"] = networks;
    state.counters["presentations"] = timing.presentations;
    state.counters["presentations_per_second"] = timing.presentations / timing.median;
    state.counters["seconds"] = timing.median;
    state.counters["seconds_low"] = timing.low;
    state.counters["seconds_high"] = timing.high;
    state.counters["first_call"] = timing.first_call;
    state.counters["repeats"] = static_cast<double>(timing.repeats);
}

void add(const std::string& name, int networks, const std::string& text, const std::string& less = "") {
    constexpr int most_networks_on_cpu = 1024;  // the rate stays the same, and 8192 take minutes
    for (const bool cuda : {true, false}) {
        if (cuda || networks <= most_networks_on_cpu) {
            benchmark::RegisterBenchmark(
                fmt::format("{}/networks:{}/{}", name, networks, cuda ? "cuda" : "cpu").c_str(),
                [=](benchmark::State& state) { measure(state, cuda, networks, text, less); })
                ->UseManualTime()
                ->Iterations(1)
                ->Unit(benchmark::kMillisecond);
        }
    }
}

void register_all() {
    for (const int networks : {1, 64, 1024, 8192}) {
        for (const int patterns : {500, 1000, 1500, 1900}) {
            for (const std::string variant : {"none", "local-global"}) {
                add(fmt::format("perceptron/{}/patterns:{}", variant, patterns), networks,
                    perceptron_text(variant, patterns, networks));
            }
        }
        add("mlp/local-neuron", networks, mlp_text(3, networks), mlp_text(1, networks));
    }
}

}  // namespace
}  // namespace syncache::test

int main(int argc, char** argv) {
    syncache::test::register_all();
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return 1;
    }
    benchmark::RunSpecifiedBenchmarks();
}
