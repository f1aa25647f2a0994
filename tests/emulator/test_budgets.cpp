#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "host/experiment/experiment.hpp"
#include "host/experiment/sweep.hpp"
#include "host/models/mlp/cuda_trainer.hpp"
#include "host/models/perceptron/trainer.hpp"
#include "tests/emulator/emulator.hpp"

// What a kernel does per update or presentation, against budgets of a quarter more than was counted when they were set:
// a change that doubles a kernel's traffic, or adds a barrier to its loop, fails here. g++ decides which accesses there
// are, not nvcc: barriers and operations of warps are exact, the rest are patterns.
namespace syncache {
namespace {

using MakeTrainer = std::function<std::unique_ptr<Trainer>()>;

std::unique_ptr<Trainer> perceptron(PerceptronCudaVariant variant) {
    return perceptron_cuda_trainer(0, {variant, GramProduct::tensor_cores});
}

struct Work {
    emulator::Counts counts;    // of the kernels that train
    std::uint64_t atomics = 0;  // of all kernels
    emulator::BusBytes bus;
    double steps = 0.0;  // updates of perceptrons, presentations of others
};

Work work_of(const MakeTrainer& make, const std::string& text) {
    const Experiment experiment(parse_experiment(text, ".", "budget"));
    const Sweep sweep(experiment);
    const std::vector<Trial> trials{sweep.trial(0)};
    const std::unique_ptr<Trainer> trainer = make();
    Tallies tallies;
    tallies.pricings = {{1.0, false}};
    const std::atomic<bool> stop = false;
    Work work;
    const emulator::Counts before =
        emulator::counts_of("train") + emulator::counts_of("perceptron_kernel") + emulator::counts_of("spiking_kernel");
    const std::uint64_t atomics = emulator::counts_of("").atomics;
    const emulator::BusBytes bus = emulator::bus_bytes();
    trainer->train(trials, tallies, stop, [&](std::size_t, const Outcome& outcome) {
        work.steps = static_cast<double>(outcome.updates > 0 ? outcome.updates : outcome.presentations);
    });
    work.counts = emulator::counts_of("train") + emulator::counts_of("perceptron_kernel") +
                  emulator::counts_of("spiking_kernel") - before;
    work.atomics = emulator::counts_of("").atomics - atomics;
    const emulator::BusBytes now = emulator::bus_bytes();
    work.bus = {now.up - bus.up, now.down - bus.down};
    return work;
}

struct Budget {
    std::string name, text, few, many;  // the experiment, and what makes it short or long
    MakeTrainer make;
    // Counted per step, between the short and the long one; wavefronts over the least; atomics and bytes of the bus of
    // all of the short one.
    double block_barriers, warp_operations, global_requests, sectors, conflicts, atomics, bytes_up, bytes_down;
};

std::vector<Budget> budgets() {
    const std::string perceptron_text =
        "name = \"b\"\nmodel = \"perceptron\"\n[fixed]\ninputs = 200\npatterns = 190\nvariant = "
        "\"local-global\"\nthreshold = 3\n";
    const std::string mlp_text =
        "name = \"b\"\nmodel = \"mlp\"\n[fixed]\ndata = \"synthetic\"\nhidden = 20\nprecision = \"single\"\n"
        "variant = \"local-neuron\"\nthreshold = 0.03\nmax_epochs = 1\ntest_count = 1\n";
    const std::string spiking_text =
        "name = \"b\"\nmodel = \"spiking\"\n[fixed]\npatterns = 2\nvariant = \"local-global\"\nthreshold = 1e-10\n";
    const auto of = [](PerceptronCudaVariant variant) { return [variant] { return perceptron(variant); }; };
    const std::string few = "max_epochs = 1\n", many = "max_epochs = 4\n";
    return {
        {"perceptron block", perceptron_text, few, many, of(PerceptronCudaVariant::block), 3.6, 76, 56, 62, 1, 2, 49970,
         104},
        {"perceptron block-registers", perceptron_text, few, many, of(PerceptronCudaVariant::block_registers), 2.6, 76,
         51, 62, 1, 2, 49970, 104},
        {"perceptron block-cache-ahead", perceptron_text, few, many, of(PerceptronCudaVariant::block_cache_ahead), 2.6,
         80, 51, 62, 1, 2, 49970, 104},
        {"perceptron block-registers-ahead", perceptron_text, few, many,
         of(PerceptronCudaVariant::block_registers_ahead), 2.6, 80, 51, 64, 1, 2, 49970, 104},
        {"perceptron warp", perceptron_text, few, many, of(PerceptronCudaVariant::warp), 0, 19, 36, 43, 1, 5, 49970,
         104},
        {"perceptron warp-registers", perceptron_text, few, many, of(PerceptronCudaVariant::warp_registers), 0, 19, 31,
         43, 1, 5, 49970, 104},
        {"mlp block", mlp_text, "train_count = 4\n", "train_count = 12\n",
         [] { return mlp_cuda_trainer(0, MlpCudaVariant::block); }, 20.8, 121, 640, 784, 1.02, 1, 203206, 2920},
        {"mlp cluster", mlp_text, "train_count = 4\n", "train_count = 12\n",
         [] { return mlp_cuda_trainer(0, MlpCudaVariant::cluster); }, 41.5, 242, 1033, 1063, 1.01, 1, 203206, 2920},
        {"spiking", spiking_text, "max_runs = 1\n", "max_runs = 3\n",
         [] { return find_model("spiking").cuda_trainer(0); }, 0, 0, 2785, 2785, 0, 2, 51608, 2008},
    };
}

void expect_within(const char* what, double counted, double budget) {
    EXPECT_LE(counted, 1.25 * budget) << what << ": more than a quarter above its budget";
    EXPECT_GE(counted, 0.75 * budget) << what << ": less than budgeted: set the budget anew";
}

TEST(EmulatorCudaBudgets, KernelsKeepThem) {
    if (!emulator::kernels_are_checked()) {
        FAIL() << "needs checked kernels";
    }
    const bool before = std::exchange(emulator::settings().count, true);
    fmt::print("per step:  barriers  warp operations  requests  sectors  conflicts  | atomics, bytes up, down\n");
    for (const Budget& b : budgets()) {
        SCOPED_TRACE(b.name);
        const Work few = work_of(b.make, b.text + b.few), many = work_of(b.make, b.text + b.many);
        const emulator::Counts counts = many.counts - few.counts;
        const auto per_step = [&](std::uint64_t n) { return static_cast<double>(n) / (many.steps - few.steps); };
        const double conflicts = static_cast<double>(counts.wavefronts) /
                                 static_cast<double>(std::max<std::uint64_t>(1, counts.least_wavefronts));
        fmt::print("{:34} {:8.2f} {:8.2f} {:8.1f} {:8.1f} {:6.3f} | {} {} {}\n", b.name,
                   per_step(counts.block_barriers), per_step(counts.warp_operations), per_step(counts.global_requests),
                   per_step(counts.sectors), conflicts, few.atomics, few.bus.up, few.bus.down);
        expect_within("barriers", per_step(counts.block_barriers), b.block_barriers);
        expect_within("operations of warps", per_step(counts.warp_operations), b.warp_operations);
        expect_within("requests to device memory", per_step(counts.global_requests), b.global_requests);
        expect_within("sectors", per_step(counts.sectors), b.sectors);
        expect_within("wavefronts over the least", conflicts, b.conflicts);
        expect_within("atomics", static_cast<double>(few.atomics), b.atomics);
        expect_within("bytes to the device", static_cast<double>(few.bus.up), b.bytes_up);
        expect_within("bytes from the device", static_cast<double>(few.bus.down), b.bytes_down);
    }
    emulator::settings().count = before;
}

}  // namespace
}  // namespace syncache
