// The engine on a GPU beside the engine on all cores of the same machine; tools/gpu-bench runs it and the peers.
//   <workload>/networks:<n>/<cuda|cpu>
//   variants/<workload>/networks:<n>/<variant of the GPU's executor>
// A time is the wall time of one call to the trainer for all networks: launches, waiting for them, fetching results. No
// smaller part is of use to anybody, and CUDA events around it would say the same. `seconds` is the median of `repeats`
// calls, from `seconds_low` to `seconds_high`, after one call for warm-up, which also makes the patterns and their Gram
// matrices (`first_call`).
//   perceptron: whole trainings to convergence, each network on patterns of its own.
//   mlp:        a longer training less one of 1 epoch (both are medians; an epoch is 1,000 images), since each call
//   draws
//               the initial weights, some 3 ms a network. The GPU's is the longer so that the difference tells.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "host/experiment/experiment.hpp"
#include "host/experiment/sweep.hpp"
#include "host/models/mlp/cuda_trainer.hpp"
#include "host/models/perceptron/trainer.hpp"
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

std::string perceptron_text(const std::string& variant, int inputs, int patterns, int networks) {
    return fmt::format(
        "name = \"perf\"\nmodel = \"perceptron\"\n[fixed]\nprecision = \"single\"\ninputs = {}\npatterns = {}\n"
        "variant = \"{}\"\nthreshold = {}\n[axes]\nseed = {{ from = 1, to = {}, step = 1 }}\n",
        inputs, patterns, variant, variant == "none" ? "0.0" : "10.0", networks);
}

std::string mlp_text(int epochs, int networks) {
    return fmt::format(
        "name = \"perf\"\nmodel = \"mlp\"\n[fixed]\nprecision = \"single\"\ndata = \"{}\"\nhidden = 100\n"
        "variant = \"local-neuron\"\nthreshold = 0.04\ntau = 1000\nbackprop = \"published\"\ntrain_count = {}\n"
        "test_count = 1\ncheckpoint_every = {}\nmax_epochs = {}\n[axes]\nseed = {{ from = 1, to = {}, step = 1 }}\n",
        mnist_is_there() ? "mnist" : "synthetic", images_per_epoch, images_per_epoch, epochs, networks);
}

// Who trains: the GPU in one of its ways, or the CPU.
struct Executor {
    std::string name;
    bool cuda;
    std::function<std::unique_ptr<Trainer>()> make_trainer;
};

// Trains on one GPU, or on all cores: there each network has a trainer, which keeps its patterns as the GPU's keeps
// all.
class Runner {
  public:
    Runner(const Executor& executor, std::size_t networks)
        : trials_at_once_(executor.cuda ? networks : 1),
          n_threads_(executor.cuda ? 1 : std::max(1u, std::thread::hardware_concurrency())) {
        for (std::size_t i = 0; i < networks / trials_at_once_; ++i) {
            trainers_.push_back(executor.make_trainer());
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
                            workload.experiment.tallies(), stop, [&](std::size_t, const Outcome& outcome) {
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
Timing time_workload(const Executor& executor, const std::string& text, const std::string& less) {
    const Workload workload(text);
    Runner runner(executor, workload.trials.size());
    if (less.empty()) {
        return time_calls(runner, workload);
    }
    const Timing shorter = time_calls(runner, Workload(less));
    Timing timing = time_calls(runner, workload);
    const double scatter = shorter.high - shorter.low;
    timing.presentations -= shorter.presentations;
    timing.first_call = shorter.first_call;
    timing.median -= shorter.median;
    timing.low -= shorter.high;
    timing.high -= shorter.low;
    if (!(timing.median > 3.0 * scatter)) {
        throw std::runtime_error(
            fmt::format("the longer training took {:.3g} s more than the shorter one, whose times scatter by {:.3g} s",
                        timing.median, scatter));
    }
    return timing;
}

void measure(benchmark::State& state, const Executor& executor, int networks, const std::string& text,
             const std::string& less) {
    Timing timing;
    for (auto _ : state) {
        try {
            std::string reason;
            if (executor.cuda && cuda_devices(reason).empty()) {
                throw std::runtime_error(reason);
            }
            timing = time_workload(executor, text, less);
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

void add(const std::string& name, const Executor& executor, int networks, const std::string& text,
         const std::string& less = "") {
    benchmark::RegisterBenchmark(fmt::format("{}/networks:{}/{}", name, networks, executor.name).c_str(),
                                 [=](benchmark::State& state) { measure(state, executor, networks, text, less); })
        ->UseManualTime()
        ->Iterations(1)
        ->Unit(benchmark::kMillisecond);
}

// How long the longer trainings of MLPs are, in epochs.
int mlp_epochs(bool cuda, int networks) { return !cuda ? 3 : networks > 1024 ? 101 : 201; }

// Calls add(executor) for the GPU as users have it and, unless that takes minutes, for all cores of the CPU.
template <class Add>
void for_both(const char* model_name, int networks, const Add& add) {
    constexpr int most_networks_on_cpu = 1024;  // the rate stays the same
    const Model& model = find_model(model_name);
    add(Executor{"cuda", true, [&model] { return model.cuda_trainer(0); }});
    if (networks <= most_networks_on_cpu) {
        add(Executor{"cpu", false, [&model] { return model.cpu_trainer(); }});
    }
}

void add_mlp(const std::string& name, const Executor& by, int networks) {
    add(name, by, networks, mlp_text(mlp_epochs(by.cuda, networks), networks), mlp_text(1, networks));
}

// Every way that the GPU has to train the same perceptrons; tensor-cores differs in `first_call` alone.
void add_perceptron_variants(const std::string& variant, int inputs, int patterns, int networks) {
    std::vector<std::pair<std::string, PerceptronCudaOptions>> ways{
        {"tensor-cores", {PerceptronCudaVariant::block, GramProduct::tensor_cores}}};
    for (const PerceptronCudaVariant way : perceptron_cuda_variants) {
        if (why_not(way, true, patterns).empty()) {
            ways.push_back({name_of(way), {way, GramProduct::cublas}});
        }
    }
    for (const auto& [name, options] : ways) {
        add(fmt::format("variants/perceptron/{}/inputs:{}/patterns:{}", variant, inputs, patterns),
            {name, true, [chosen = options] { return perceptron_cuda_trainer(0, chosen); }}, networks,
            perceptron_text(variant, inputs, patterns, networks));
    }
}

void register_variants() {
    struct Shape {
        int inputs, patterns, networks;
    };
    for (const auto& [inputs, patterns, networks] :
         {Shape{100, 100, 1024}, Shape{100, 100, 8192}, Shape{1000, 1000, 64}, Shape{1000, 1000, 1024},
          Shape{1000, 1900, 64}, Shape{1000, 1900, 1024}}) {
        add_perceptron_variants("none", inputs, patterns, networks);
        add_perceptron_variants("local-global", inputs, patterns, networks);
    }
    for (const int networks : {1, 64, 1024}) {
        for (const MlpCudaVariant way : mlp_cuda_variants) {
            add_mlp("variants/mlp/local-neuron", {name_of(way), true, [way] { return mlp_cuda_trainer(0, way); }},
                    networks);
        }
    }
}

void register_all() {
    for (const int networks : {1, 64, 1024, 8192}) {
        for (const int patterns : {500, 1000, 1500, 1900}) {
            for (const std::string variant : {"none", "local-global"}) {
                for_both("perceptron", networks, [&](const Executor& by) {
                    add(fmt::format("perceptron/{}/patterns:{}", variant, patterns), by, networks,
                        perceptron_text(variant, 1000, patterns, networks));
                });
            }
        }
        for_both("mlp", networks, [&](const Executor& by) { add_mlp("mlp/local-neuron", by, networks); });
    }
    register_variants();
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
