#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "host/experiment/experiment.hpp"
#include "host/experiment/sweep.hpp"
#include "host/models/mlp/cuda_trainer.hpp"
#include "host/models/perceptron/trainer.hpp"
#include "tests/emulator/emulator.hpp"
#include "tests/support/near.hpp"

// What small trainings do not need on a real GPU: clusters of more than two blocks (here its shared memory is small),
// Gram matrices in more than one piece.
namespace syncache {
namespace {

constexpr std::size_t KiB = 1024;

std::vector<Trial> trials_of(const std::string& text) {
    const Experiment experiment(parse_experiment(text, ".", "clusters"));
    const Sweep sweep(experiment);
    std::vector<Trial> trials;
    for (std::size_t i = 0; i < sweep.size(); ++i) {
        trials.push_back(sweep.trial(i));
    }
    return trials;
}

std::vector<Outcome> train(Trainer& trainer, const std::vector<Trial>& trials) {
    Tallies tallies;
    tallies.pricings = {{1.0, false}};
    tallies.record = {"weights"};
    std::vector<Outcome> outcomes(trials.size());
    const std::atomic<bool> stop = false;
    trainer.train(trials, tallies, stop,
                  [&](std::size_t place, Outcome outcome) { outcomes[place] = std::move(outcome); });
    return outcomes;
}

TEST(EmulatorCudaClusters, OfAnyNumberOfBlocksTrainAlike) {
    const std::vector<Trial> trials = trials_of(
        "name = \"c\"\nmodel = \"mlp\"\n[fixed]\ndata = \"synthetic\"\nprecision = \"single\"\nthreshold = 0.03\n"
        "train_count = 5\ntest_count = 70\nmax_epochs = 1\ncheckpoint_every = 4\n[axes]\n"
        "variant = [\"none\", \"local-local\", \"local-neuron\", \"local-layer\", \"global-global\"]\n"
        "hidden = [17, [17, 5]]\n");
    const std::vector<Outcome> cpu = train(*find_model("mlp").cpu_trainer(), trials);
    std::vector<std::uint64_t> sizes;
    for (const std::size_t shared : {227 * KiB, 64 * KiB, 40 * KiB}) {
        SCOPED_TRACE(shared);
        const emulator::WithDevices small({"small"});
        emulator::DeviceType type = emulator::devices()[0];
        type.shared_of_block = shared;
        emulator::set_devices({type});
        const emulator::Counts before = emulator::counts_of("train_cluster_kernel");
        const std::vector<Outcome> cuda = train(*mlp_cuda_trainer(0, MlpCudaVariant::cluster), trials);
        const emulator::Counts done = emulator::counts_of("train_cluster_kernel") - before;
        sizes.push_back(done.blocks / done.clusters);
        for (std::size_t i = 0; i < trials.size(); ++i) {
            EXPECT_EQ(cuda[i].presentations, cpu[i].presentations);
            EXPECT_TRUE(test::near(cuda[i].sums[0].consolidation, cpu[i].sums[0].consolidation, 1e-12));
            for (std::size_t k = 0; k + 1 < cpu[i].weights.size(); ++k) {
                EXPECT_EQ(cuda[i].weights[k].values, cpu[i].weights[k].values) << "trial " << i;
            }
        }
    }
    EXPECT_EQ(sizes, (std::vector<std::uint64_t>{2, 3, 5}));
}

// What cuBLAS writes in 32 bits is bounded: rows of whole tiles at a time, each narrowed to 16 bits by a launch.
TEST(EmulatorCudaGram, ComesByPanelsWhereAllAtOnceTakeTooMuch) {
    const std::vector<Trial> trials =
        trials_of("name = \"g\"\nmodel = \"perceptron\"\n[fixed]\ninputs = 30\npatterns = 150\nmax_epochs = 1\n");
    const auto launches_with = [&](std::int64_t most_products) {
        const std::uint64_t before = emulator::counts_of("narrow_kernel").launches;
        const PerceptronCudaOptions options{PerceptronCudaVariant::block, GramProduct::cublas, most_products};
        (void)train(*perceptron_cuda_trainer(0, options), trials);
        return emulator::counts_of("narrow_kernel").launches - before;
    };
    constexpr std::int64_t rows = 192;  // of whole tiles
    EXPECT_EQ(launches_with(rows * rows), 1u);
    EXPECT_EQ(launches_with(rows * 128), 2u);
    EXPECT_EQ(launches_with(rows * 64), 3u);
}

}  // namespace
}  // namespace syncache
