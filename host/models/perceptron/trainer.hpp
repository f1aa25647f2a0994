#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "host/models/kernel_prices.hpp"
#include "host/models/model.hpp"
#include "host/models/perceptron/pattern_set.hpp"
#include "host/models/threshold_parameters.hpp"
#include "host/settings/parameter.hpp"
#include "host/settings/settings.hpp"
#include "host/settings/trial.hpp"
#include "kernels/caching/threshold_schedule.hpp"
#include "kernels/perceptron/cuda_variant.hpp"
#include "kernels/perceptron/perceptron_cpu.hpp"
#include "kernels/perceptron/task.hpp"

// From perceptron trials to the kernels' tasks and back to outcomes; shared by the CPU's and the GPU's trainer.
namespace syncache {

// One trial, read once: the parameters, in the order of exports, and what follows from them.
struct PerceptronSettings : Settings {
    using Settings::Settings;
    static constexpr double infinity = std::numeric_limits<double>::infinity();
    static constexpr double most_inputs = 32766;  // the Gram matrix holds z_q.z_p, at most inputs + 1, in 16 bits
    static constexpr double most_patterns = 1'000'000;

    // That of the patterns, once perceptron_settings has read a trial.
    std::uint64_t seed =
        static_cast<std::uint64_t>(integer("seed", 1, 0, 9.0e15, "seed of the random patterns and targets"));
    bool single = choice("precision", "double", {"single", "double"},
                         "arithmetic of the weights; whole-numbered trainings (no decay, no offset) are exact in "
                         "both") == "single";
    std::string variant =
        choice("variant", "local-global", {"none", "local-local", "local-global", "global-global", "l1"},
               "none: every change is persistent at once; with a cache, a synapse with abs(transient) above the "
               "threshold consolidates itself (local-local) or all synapses (local-global), or the sum over all "
               "synapses does (global-global); l1: no cache, L1 regularisation of size threshold");
    // In `unit`s, exact where it is a whole number of updates, once perceptron_settings has read a trial.
    double threshold = real("threshold", 0.0, 0.0, infinity, "weight", "consolidation threshold, exceeded strictly");
    ThresholdSchedule schedule = threshold_schedule(*this);
    std::string pathway_sizes =
        integers("pathway_sizes", "0", 0, most_inputs,
                 "inputs of each pathway, from the first input on, together all; the bias is in none. 0: all synapses "
                 "have the same threshold");
    std::vector<double> pathway_factors =
        real_items(reals_above("pathway_threshold_factors", "1", 0.0, std::numeric_limits<double>::max(),
                               "what the threshold of each pathway is times `threshold`: one for each pathway"));
    double tau = real("tau", infinity, 1.0, infinity, "presentations", "decay time constant of the transient weight");
    bool linear_decay = choice("decay_form", "linear", {"linear", "exponential"},
                               "1 - 1/tau or exp(-1/tau) in each presentation") == "linear";
    double learning_rate =
        real_above("learning_rate", 1.0, 0.0, 1e100, "weight", "size of one update per unit of input");
    int inputs = static_cast<int>(integer("inputs", 1000, 1, most_inputs, "inputs N; one more, always 1, is the bias"));
    int patterns = static_cast<int>(integer("patterns", 1000, 1, most_patterns, "patterns P to learn"));
    bool separate_sets = choice("pattern_sets", "nested", {"nested", "separate"},
                                "with one seed, fewer patterns are the first ones of more; or each number of patterns "
                                "has a set of its own") == "separate";
    double offset = real("offset", 0.0, -1e6, 1e6, "", "m: the inputs are x - m");
    double pattern_coding = real("pattern_coding", 0.5, 0.0, 1.0, "", "probability of +1 among the inputs");
    double target_coding = real("target_coding", 0.5, 0.0, 1.0, "", "probability of +1 among the targets");
    // kappa sqrt(N) in `unit`s, once perceptron_settings has read a trial.
    double margin = real("margin", 0.0, 0.0, 1e100, "weight",
                         "kappa: a pattern counts as wrong unless output times target exceeds margin times the root of "
                         "inputs, so that what is learned withstands noise");
    std::int64_t max_epochs =
        integer("max_epochs", 10000, 1, 2147483647, "epochs after which a training has not converged");
    int traced_synapses =
        static_cast<int>(integer("traced_synapses", 1, 1, most_inputs + 1,
                                 "how many synapses, from the first input's on, record = [\"traces\"] follows"));
    std::vector<std::int64_t> traced = integer_items(optional_integers(
        "traced", 0, most_inputs,
        "the synapses that record = [\"traces\"] follows, in place of the first traced_synapses: their "
        "inputs, from 0 on; N is the bias"));
    double distribution_width =
        real_above("distribution_width", 1.0, 0.0, 1e100, "learning_rate",
                   "width of the bins of record = [\"distribution\"]: 101 around 0, the outermost without an end");
    std::filesystem::path patterns_file = file(
        "patterns_file", "file [patterns][inputs] of +-1: IDX, or NumPy's .npy; inputs and patterns follow from it");
    std::filesystem::path targets_file =
        file("targets_file", "file [patterns] of +-1: IDX, or NumPy's .npy; goes with patterns_file");

    Rule rule = Rule::caching;
    Policy policy = Policy::immediate;
    double decay = 1.0;  // factor of the transient weight per presentation; 1 where there is none
    double unit = 1.0;   // weight that is 1 in the kernels (Task)
    double step = 1.0;   // Task::step
    NumberType number = NumberType::double_precision;
    std::vector<Pathway> pathways;  // none where all synapses have the same threshold
};

PerceptronSettings perceptron_settings(const Trial& trial);

// The inputs of the synapses to trace: `traced`, or the first traced_synapses.
std::vector<std::int32_t> traced_inputs(const PerceptronSettings& settings);

// Text that is equal for trials on the same patterns (of which each uses the first `patterns`).
std::string pattern_set_name(const PerceptronSettings& settings);

// Text that is equal for trials with the same trajectory of total weights, or "" where only one trial can have it.
std::string trajectory_name(const PerceptronSettings& settings);

// Makes or reads the patterns, at least `n_patterns`, without the Gram matrix. Throws std::invalid_argument naming the
// file.
PatternSet make_pattern_set(const PerceptronSettings& settings, int n_patterns);

// Trials that share one trajectory: places in the batch.
struct Trajectory {
    std::vector<std::size_t> trials;
};
std::vector<Trajectory> group_by_trajectory(const std::vector<PerceptronSettings>& settings);

// What a training gave to one member, in units of the learning rate.
struct MemberResult {
    Ending ending;
    MemberSums sums;
    std::vector<PricedSums> priced;
    std::vector<double> epoch_rows;  // as recorded: cumulative
    std::vector<double> trace_rows;
    std::vector<double> distribution_rows;
    std::vector<double> weights;  // final w = l of the N+1 synapses, if recorded
};

// Scales by the learning rate and names everything.
Outcome perceptron_outcome(const PerceptronSettings& settings, const Tallies& tallies, const MemberResult& result);

// Trains on this thread, for tests and benchmarks: one outcome for each setting, in that order.
std::vector<Outcome> train_perceptrons(const std::vector<PerceptronSettings>& settings, const Tallies& tallies = {},
                                       const PerceptronCpuKernels& kernels = perceptron_cpu_kernels());

std::unique_ptr<Trainer> perceptron_cpu_trainer();
std::unique_ptr<Trainer> perceptron_cuda_trainer(int device, const PerceptronCudaOptions& options = {});

}  // namespace syncache
