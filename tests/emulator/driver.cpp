#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "host/experiment/experiment.hpp"
#include "host/experiment/sweep.hpp"
#include "host/models/mlp/cuda_trainer.hpp"
#include "host/models/perceptron/trainer.hpp"
#include "tests/emulator/emulator.hpp"

// driver MODEL VARIANT [--stop-after MS | --plain] KEY=VALUE...: trains one experiment by the backend `cuda`, with all
// records and sums that there are, or (--plain) none of them, as a sweep does that asks for none. For kernels with
// seeded faults, see faults.cmake, and for counts of a variant's kernels.
namespace syncache {
namespace {

std::string experiment_of(int argc, char** argv, int first) {
    std::string text = "name = \"driver\"\nmodel = \"" + std::string(argv[1]) + "\"\n[fixed]\n";
    for (int k = first; k < argc; ++k) {
        text += std::string(argv[k]) + "\n";
    }
    return text;
}

std::unique_ptr<Trainer> trainer_of(const std::string& model, const std::string& variant) {
    for (const PerceptronCudaVariant v : perceptron_cuda_variants) {
        if (model == "perceptron" && variant == name_of(v)) {
            return perceptron_cuda_trainer(0, {v, GramProduct::tensor_cores});
        }
        if (model == "perceptron" && variant == std::string(name_of(v)) + "+cublas") {
            return perceptron_cuda_trainer(0, {v, GramProduct::cublas});
        }
    }
    for (const MlpCudaVariant v : mlp_cuda_variants) {
        if (model == "mlp" && variant == name_of(v)) {
            return mlp_cuda_trainer(0, v);
        }
    }
    if (model == "spiking" && variant == "default") {
        return find_model(model).cuda_trainer(0);
    }
    throw std::invalid_argument("no variant " + variant + " of " + model);
}

Tallies tallies_of(const std::string& model, bool plain) {
    Tallies tallies;
    if (plain) {
        tallies.pricings = {{1.0, false}};
        return tallies;
    }
    tallies.pricings = {{1.0, false}, {0.5, false}};
    tallies.persistent_sum = true;
    tallies.record =
        model == "mlp" ? std::vector<std::string>{"weights"} : std::vector<std::string>{"epochs", "weights"};
    return tallies;
}

void train(int argc, char** argv) {
    const std::string model = argv[1], option = argc > 3 ? argv[3] : "";
    const bool stops = option == "--stop-after", plain = option == "--plain";
    const int first = stops ? 5 : plain ? 4 : 3;
    const Experiment experiment(parse_experiment(experiment_of(argc, argv, first), ".", "driver"));
    const Sweep sweep(experiment);
    std::vector<Trial> trials;
    for (std::size_t i = 0; i < sweep.size(); ++i) {
        trials.push_back(sweep.trial(i));
    }
    std::atomic<bool> stop = false;
    std::thread stopper;
    if (stops) {
        stopper = std::thread([&stop, ms = std::atoi(argv[4])] {
            std::this_thread::sleep_for(std::chrono::milliseconds(ms));
            stop = true;
        });
    }
    try {
        trainer_of(model, argv[2])
            ->train(trials, tallies_of(model, plain), stop, [](std::size_t i, const Outcome& outcome) {
                std::printf("trial %zu: %lld presentations, %lld updates\n", i,
                            static_cast<long long>(outcome.presentations), static_cast<long long>(outcome.updates));
            });
    } catch (const std::exception& error) {
        std::printf("failed: %s\n", error.what());
    }
    if (stopper.joinable()) {
        stopper.join();
    }
}

}  // namespace
}  // namespace syncache

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr, "usage: driver MODEL VARIANT [--stop-after MS | --plain] KEY=VALUE...\n");
        return 2;
    }
    syncache::train(argc, argv);
    emulator::report_what_is_left();
    std::printf("driver: %s\n", emulator::any_reports() ? "there were reports" : "no reports");
}
