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

// Of the parameters of the same names.
Order order_of(const std::string& order);
Activation activation_of(const std::string& activation);
Output output_of(const std::string& output);
Competition competition_of(const std::string& competition);
Gate gate_of(const std::string& gate);

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
    Order order =
        order_of(choice("order", "file", {"file", "shuffled", "random"},
                        "of presentations: the file's, a new one in each epoch, or each presentation draws its "
                        "image anew, so that some come twice in an epoch and others not at all"));
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

    // Which synapses may change, and the networks that this was studied with (docs/model.md, section 11).
    std::string layer_learning_rates =
        optional_reals("layer_learning_rates", 0.0, 1e6, true, "eta of each layer, in place of learning_rate");
    std::string layer_initial_sds = optional_reals("layer_initial_sds", 0.0, largest, false,
                                                   "standard deviation of each layer's initial weights, in place of "
                                                   "initial_sd");
    Activation activation = activation_of(
        later_choice("activation", "logistic", {"logistic", "relu", "leaky-relu", "elu"},
                     "of hidden units; leaky-relu: slope 0.1 below 0; all but logistic need backprop = \"exact\""));
    Output output = output_of(later_choice(
        "output", "logistic", {"logistic", "linear", "softmax"},
        "output units; linear (cost = \"mse\") and softmax (cost = \"cross-entropy\") need backprop = \"exact\""));
    bool bias_unit = later_boolean("bias_unit", false,
                                   "unit 0 of each hidden layer has activity 1 for the layer above; its own synapses "
                                   "learn and cost as any others");
    Competition competition = competition_of(later_choice(
        "competition", "none",
        {"none", "random-units", "fixed-units", "fixed-units-by-label", "largest-error", "smallest-error",
         "largest-change", "smallest-change", "largest-weight", "smallest-weight", "largest-change-unit",
         "largest-weight-unit", "fixed-synapses", "first-units", "static-input"},
        "which synapses may change in a presentation: those of some units, those of the largest or smallest changes or "
        "weights of a layer, or onto each unit by itself (-unit), those drawn once; first-units: onto and from the "
        "first "
        "hidden units; static-input: all but the first layer's"));
    std::vector<double> fractions = real_items(
        later_reals_above("fraction", "1", 0.0, 1.0,
                          "of a layer's units or synapses that competition lets change: one for all layers, or one for "
                          "each"));
    Gate gate = gate_of(later_choice(
        "gate", "none", {"none", "mistakes", "memorised-mistakes", "low-confidence"},
        "in which presentations learning happens: in all, where the answer is wrong, where it is or once was wrong for "
        "the same image, or where it is wrong or the largest output below `confidence`"));
    double confidence = later_real_above("confidence", 0.9, 0.0, 1.0, "of gate = \"low-confidence\"");

    Policy policy = policy_of(variant);
    Group group = group_of(variant);
    MlpRule rule = rule_of(variant, momentum);
    // Factor of the transient weight in each presentation; 1 where there is none.
    double decay = variant == "none" ? 1.0 : decay_factor(tau, linear_decay);

    double threshold_factor(std::size_t layer) const { return of_layer(threshold_factors, layer); }
    double fraction(std::size_t layer) const { return of_layer(fractions, layer); }
    double learning_rate_of(std::size_t layer) const {
        return layer_learning_rates.empty() ? learning_rate : real_items(layer_learning_rates).at(layer);
    }
    double initial_sd_of(std::size_t layer) const {
        return layer_initial_sds.empty() ? initial_sd : real_items(layer_initial_sds).at(layer);
    }
    // Whether it takes the kernels of general networks (MlpTask::general); images with negative pixels do, too.
    bool is_general() const;

  private:
    static double of_layer(const std::vector<double>& numbers, std::size_t layer) {
        return numbers.size() == 1 ? numbers[0] : numbers.at(layer);
    }
};

// Whether a rule leaves something out: all do but `none`, and those that go by a fraction where that is 1 everywhere.
bool competes(Competition rule, const std::vector<double>& fractions);

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
    std::int64_t n_learned = 0, n_distinct = 0;    // presentations that led to changes, and how many images those had
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

// What record = ["changes"] keeps: changes_layer<k> of [units][inputs], k from 1, in how many presentations learning
// changed each synapse. changes: [layer][unit][input].
void add_changes(Outcome& outcome, const std::vector<int>& sizes, std::vector<std::vector<double>> changes);

// Trains on this thread, for tests and benchmarks.
Outcome train_mlp(const MlpSettings& settings, const Tallies& tallies = {},
                  const MlpCpuKernels& kernels = mlp_cpu_kernels());

}  // namespace syncache
