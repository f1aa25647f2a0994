#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "host/models/mlp/image_set_impl.hpp"
#include "host/models/outcome.hpp"
#include "host/settings/trial.hpp"
#include "kernels/mlp/mlp_cpu.hpp"
#include "kernels/mlp/task.hpp"

// From MLP trials to the kernels' tasks and back to outcomes; shared by the CPU's and the GPU's trainer.
namespace syncache {

// One trial, read once.
struct MlpSettings {
    std::uint64_t seed = 1;
    bool single = false;  // arithmetic of weights and activities
    MlpRule rule = MlpRule::plain;
    Policy policy = Policy::immediate;
    Group group = Group::neuron;
    Backprop backprop = Backprop::published;
    Cost cost = Cost::mse;
    std::vector<int> hidden{100};
    double learning_rate = 0.1;
    double momentum = 0.0;
    double threshold = 0.0;
    ThresholdSchedule schedule = constant_threshold;
    std::vector<double> threshold_factors;  // [layer]: what the layer's threshold is times `threshold`; empty: 1
    double decay = 1.0;                     // factor of s in each presentation; 1 where there is none
    double initial_sd = 0.01;
    double target_low = 0.01, target_high = 0.99;
    bool shuffled = false;
    std::int64_t checkpoint_every = 1000;
    double target_accuracy = 1.0;
    bool stop_at_checkpoint = false;  // end at the first checkpoint above the target, not at an epoch's end
    std::int64_t patience = 3;
    std::int64_t max_epochs = 30;
    ImageSource images;
    std::vector<std::filesystem::path> initial_weights;  // one IDX file [unit][input] for each layer, or none
};

MlpSettings mlp_settings(const Trial& trial);

// Where the trial's images come from.
ImageSource image_source(const Trial& trial);

// Units of every layer from the pixels to the outputs: at least ten outputs, more if there are more labels.
std::vector<int> layer_sizes(const MlpSettings& settings, int n_pixels, int n_classes);

// [layer][unit][input]: read from files, or normal with initial_sd, a pure function of the seed and the place.
// Throws std::invalid_argument naming the file whose sizes disagree, or that holds a NaN or an infinity.
std::vector<std::vector<double>> initial_weights(const MlpSettings& settings, const std::vector<int>& sizes);

// What a network's training is at a checkpoint.
struct MlpCheckpoint {
    std::int64_t presentations = 0, epoch = 0;
    double accuracy = 0.0;
    std::vector<LayerSums> sums;                   // [layer]
    std::vector<std::vector<LayerPriced>> priced;  // [layer][price]
};

// The rules of when to evaluate and when to stop (model.md, section 3), for one network.
class MlpCourse {
  public:
    MlpCourse(const MlpSettings& settings, std::int64_t n_train);

    // Presentations until the next checkpoint or end of an epoch, whichever comes first.
    std::int64_t next() const;
    // To be told what was found there.
    void arrive(MlpCheckpoint checkpoint);
    bool finished() const { return finished_; }
    bool converged() const { return converged_; }
    std::int64_t epochs() const { return static_cast<std::int64_t>(accuracies_.size()); }
    const MlpCheckpoint& last() const { return last_; }
    const std::vector<MlpCheckpoint>& checkpoints() const { return checkpoints_; }

  private:
    std::int64_t checkpoint_every_, patience_, max_epochs_, n_train_;
    double target_accuracy_;
    bool stop_at_checkpoint_;
    bool finished_ = false, converged_ = false;
    MlpCheckpoint last_;
    std::vector<MlpCheckpoint> checkpoints_;
    std::vector<double> accuracies_;  // at the ends of epochs
};

// Columns that an MLP's outcome has beyond those that all models have.
const std::vector<std::string>& mlp_extra_columns();

Outcome mlp_outcome(const MlpCourse& course, const Tallies& tallies);

// What record = ["weights"] keeps: weights_layer<k> of [units][inputs], k from 1, and input_consolidation of
// [rows][columns], a picture of what the changes of the first layer's persistent weights onto each pixel cost. weights:
// [layer][unit][input].
std::vector<RecordedArray> mlp_arrays(const std::vector<int>& sizes, std::vector<std::vector<double>> weights,
                                      std::vector<double> input_consolidation, int rows, int columns);

// Trains on this thread, for tests and benchmarks.
Outcome train_mlp(const MlpSettings& settings, const Tallies& tallies = {},
                  const MlpCpuKernels& kernels = mlp_cpu_kernels());

}  // namespace syncache
