#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "host/models/decay.hpp"
#include "host/models/mlp/image_set_impl.hpp"
#include "host/models/mlp/model.hpp"
#include "host/models/outcome.hpp"
#include "host/models/policy.hpp"
#include "host/models/threshold_parameters.hpp"
#include "host/settings/parameter.hpp"
#include "host/settings/settings.hpp"
#include "host/settings/trial.hpp"
#include "kernels/caching/threshold_schedule.hpp"
#include "kernels/mlp/mlp_cpu.hpp"
#include "kernels/mlp/task.hpp"

// From MLP trials to the kernels' tasks and back to outcomes; shared by the CPU's and the GPU's trainer.
namespace syncache {

// Images that a file may hold.
inline constexpr double most_images = 1e9;

// Of the parameter `variant`; and of momentum, which only "none" has.
Group group_of(const std::string& variant);
MlpRule rule_of(const std::string& variant, double momentum);

// Of the parameters data, train_images, ... test_count. `files` are those of data = "files" alone.
ImageSource image_source(Settings& settings);

// One trial, read once: the parameters, in the order of exports, and what follows from them.
struct MlpSettings : Settings {
    using Settings::Settings;
    static constexpr double infinity = std::numeric_limits<double>::infinity();
    static constexpr double largest = std::numeric_limits<double>::max();
    static constexpr double largest_synapse = 1e10;  // of five layers of 2^31 synapses at most

    std::uint64_t seed = static_cast<std::uint64_t>(
        integer("seed", 1, 0, 9.0e15, "seed of the initial weights and of the order of presentations"));
    bool single = choice("precision", "double", {"double", "single"},
                         "arithmetic of weights and activities; sums are double") == "single";
    std::string variant =
        choice("variant", "none", {"none", "local-local", "local-neuron", "local-layer", "global-global"},
               "none: every change is persistent at once; with a cache, a synapse with abs(transient) above its "
               "threshold consolidates itself (local-local), all onto its neuron (local-neuron) or all of its layer "
               "(local-layer), or the sum over the network does all (global-global)");
    double threshold = real("threshold", 0.0, 0.0, infinity, "weight", "consolidation threshold, exceeded strictly");
    ThresholdSchedule schedule = threshold_schedule(*this);
    std::vector<double> threshold_factors =
        real_items(reals_above("layer_threshold_factors", "1", 0.0, largest,
                               "what the threshold of each layer is times `threshold`: one for all, or one for each "
                               "layer"));
    double tau =
        real_above("tau", infinity, 0.0, infinity, "presentations", "decay time constant of the transient weight");
    bool linear_decay = choice("decay_form", "exponential", {"exponential", "linear"},
                               "exp(-1/tau) or 1 - 1/tau in each presentation") == "linear";
    double learning_rate = real_above("learning_rate", 0.1, 0.0, 1e6, "", "eta");
    std::vector<int> hidden =
        hidden_units(integers("hidden", "100", 1, 65535, "units of each hidden layer, one to four"));
    Backprop backprop = choice("backprop", "published", {"published", "exact"},
                               "gradient; published: the hidden error is that of the paper's scripts, which needs no "
                               "derivative of the output units") == "exact"
                            ? Backprop::exact
                            : Backprop::published;
    Cost cost = choice("cost", "mse", {"mse", "cross-entropy"}, "what learning reduces") == "mse" ? Cost::mse
                                                                                                  : Cost::cross_entropy;
    double momentum =
        real("momentum", 0.0, 0.0, 0.9999, "", "mu, with variant none: part of the previous step in each step");
    double initial_sd = real("initial_sd", 0.01, 0.0, largest, "weight", "standard deviation of the initial weights");
    double target_low = real("target_low", 0.01, 0.0, 1.0, "", "target of the other outputs");
    double target_high = real("target_high", 0.99, 0.0, 1.0, "", "target of the label's output");
    bool shuffled = choice("order", "file", {"file", "shuffled"},
                           "of presentations: the file's, or a new one in each epoch") == "shuffled";
    std::int64_t checkpoint_every =
        integer("checkpoint_every", 1000, 1, most_images, "presentations from one evaluation to the next");
    double target_accuracy =
        real("target_accuracy", 1.0, 0.0, 1.0, "", "training ends after an epoch with a higher accuracy");
    bool stop_at_checkpoint =
        choice("stop_at", "epoch", {"epoch", "checkpoint"},
               "where the target accuracy ends training: at an epoch's end, or at the first checkpoint above it") ==
        "checkpoint";
    std::int64_t patience =
        integer("patience", 3, 1, 1e6, "training ends when no better than the worst of that many epochs before");
    std::int64_t max_epochs = integer("max_epochs", 30, 1, 1e6, "epochs after which training ends");
    ImageSource images = image_source(*this);
    std::vector<std::filesystem::path> initial_weights =
        files("initial_weights", "IDX or NumPy files [units][inputs], one for each layer; none: random");

    std::vector<std::int64_t> traced =
        integer_items(optional_integers("traced", 0, largest_synapse,
                                        "the synapses that record = [\"traces\"] follows: their places among all "
                                        "weights, layer by layer, unit by unit, "
                                        "input by input"));

    Policy policy = policy_of(variant);
    Group group = group_of(variant);
    MlpRule rule = rule_of(variant, momentum);
    // Factor of the transient weight in each presentation; 1 where there is none.
    double decay = variant == "none" ? 1.0 : decay_factor(tau, linear_decay);

    double threshold_factor(std::size_t layer) const {
        return threshold_factors.size() == 1 ? threshold_factors[0] : threshold_factors.at(layer);
    }
};

// The trial's settings, with the files of its collection of images.
MlpSettings mlp_settings(const Trial& trial);

// Units of every layer from the pixels to the outputs: at least ten outputs, more if there are more labels.
std::vector<int> layer_sizes(const MlpSettings& settings, int n_pixels, int n_classes);

// [layer][unit][input]: read from files, or normal with initial_sd, a pure function of the seed and the place.
// Throws std::invalid_argument naming the file whose sizes disagree, or that holds a NaN or an infinity.
std::vector<std::vector<double>> initial_weights(const MlpSettings& settings, const std::vector<int>& sizes);

// Synapses of all layers together.
std::int64_t number_of_synapses(const std::vector<int>& sizes);

// The synapses `traced` of the settings by layer, unit and input.
std::vector<TracedSynapse> traced_synapses(const MlpSettings& settings, const std::vector<int>& sizes);

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
    bool at_checkpoint() const { return last_.presentations % checkpoint_every_ == 0; }
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
