#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "host/models/kernel_prices.hpp"
#include "host/models/model.hpp"
#include "host/models/perceptron/pattern_set.hpp"
#include "kernels/perceptron/cuda_variant.hpp"
#include "kernels/perceptron/perceptron_cpu.hpp"
#include "kernels/perceptron/task.hpp"

// From perceptron trials to the kernels' tasks and back to outcomes; shared by the CPU's and the GPU's trainer.
namespace syncache {

// One trial, read once.
struct PerceptronSettings {
    std::uint64_t seed = 0;  // of the patterns
    int inputs = 0;
    int patterns = 0;
    std::int64_t max_epochs = 0;
    Rule rule = Rule::caching;
    Policy policy = Policy::immediate;
    double threshold = 0.0;  // in `unit`s; exact where it is a whole number of updates
    ThresholdSchedule schedule = constant_threshold;
    double decay = 1.0;  // 1 where there is no transient weight
    double unit = 1.0;   // weight that is 1 in the kernels (Task)
    double step = 1.0;   // Task::step
    double offset = 0.0;
    double pattern_coding = 0.5;
    double target_coding = 0.5;
    int traced_synapses = 1;
    NumberType number = NumberType::double_precision;
    std::filesystem::path patterns_file, targets_file;
};

PerceptronSettings perceptron_settings(const Trial& trial);

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
