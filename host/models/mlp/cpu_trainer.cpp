#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "host/models/kernel_prices.hpp"
#include "host/models/mlp/model.hpp"
#include "host/models/mlp/network.hpp"
#include "host/models/mlp/recording.hpp"

namespace syncache {
namespace {

template <class Number>
std::optional<Outcome> train_one(const MlpSettings& settings, const Tallies& tallies,
                                 const TrainAndTest<Number>& images, const MlpCpuKernels& kernels,
                                 const std::atomic<bool>& stop) {
    const std::vector<int> sizes = layer_sizes(settings, images.train.inputs(), images.train.n_classes);
    const std::vector<std::vector<double>> initial = initial_weights(settings, sizes);
    MlpNetwork<Number> network(settings, tallies, sizes, initial, images.train.view(), images.test.view(),
                               kernel_prices(tallies), kernels);
    MlpCourse course(settings, images.train.size());
    MlpRecording recording(settings, sizes, tallies);
    while (!course.finished()) {
        const std::int64_t n = course.next();
        if (!network.train(n, stop)) {
            return std::nullopt;
        }
        recording.add_traces(network.traces(n));
        course.arrive(network.checkpoint());
        if (recording.wants_weights() && course.at_checkpoint()) {
            recording.add_weights(network.weights());
        }
    }
    Outcome outcome = mlp_outcome(course, tallies);
    if (tallies.records("weights")) {
        outcome.weights = mlp_arrays(sizes, network.weights(), network.consolidation_by_input(), images.train.rows,
                                     images.train.columns);
    }
    if (tallies.records("changes")) {
        add_changes(outcome, sizes, network.changes());
    }
    std::move(recording).put_into(outcome);
    return outcome;
}

class MlpCpuTrainer : public Trainer {
  public:
    explicit MlpCpuTrainer(const MlpCpuKernels& kernels) : kernels_(kernels) {}

    void train(std::span<const Trial> trials, const Tallies& tallies, const std::atomic<bool>& stop,
               const OutcomeSink& deliver) override {
        for (std::size_t i = 0; i < trials.size() && !stop; ++i) {
            auto outcome = train(mlp_settings(trials[i]), tallies, stop);
            if (!outcome) {
                return;
            }
            deliver(i, std::move(*outcome));
        }
    }

    std::optional<Outcome> train(const MlpSettings& settings, const Tallies& tallies, const std::atomic<bool>& stop) {
        return settings.single ? train_on(singles_, settings, tallies, stop)
                               : train_on(doubles_, settings, tallies, stop);
    }

  private:
    template <class Number>
    std::optional<Outcome> train_on(std::shared_ptr<const TrainAndTest<Number>>& held, const MlpSettings& settings,
                                    const Tallies& tallies, const std::atomic<bool>& stop) {
        held = shared_images<Number>(settings.images);  // the same ones as before, as a rule: `held` keeps them alive
        return train_one(settings, tallies, *held, kernels_, stop);
    }

    const MlpCpuKernels& kernels_;
    std::shared_ptr<const TrainAndTest<float>> singles_;
    std::shared_ptr<const TrainAndTest<double>> doubles_;
};

}  // namespace

Outcome train_mlp(const MlpSettings& settings, const Tallies& tallies, const MlpCpuKernels& kernels) {
    return *MlpCpuTrainer(kernels).train(settings, tallies, false);
}

std::unique_ptr<Trainer> mlp_cpu_trainer() { return std::make_unique<MlpCpuTrainer>(mlp_cpu_kernels()); }

}  // namespace syncache
