#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernels/perceptron/cuda_variant.hpp"
#include "kernels/perceptron/task.hpp"

// The perceptron's GPU executor: one team, a thread block unless a variant says otherwise, trains one trajectory, from
// start to end, in one kernel; teams fetch the next trajectory from a queue. This header is plain C++.
namespace syncache {

// One trajectory to train on the GPU, and after it what it gave.
struct CudaPerceptronJob {
    std::string patterns;  // name of a pattern set that was uploaded
    NumberType number = NumberType::double_precision;
    Rule rule = Rule::caching;
    int n_patterns = 0;
    std::int64_t max_epochs = 0;
    double step = 1.0;  // Task::step
    double offset = 0.0;
    double decay = 1.0;
    double margin = 0.0;                         // Task::margin
    std::vector<std::int32_t> traced;            // synapses
    double distribution_width = 1.0;             // Task::distribution_width
    std::vector<Policy> policies;                // [member]
    std::vector<double> thresholds;              // [member], in the kernel's unit of weights
    std::vector<ThresholdSchedule> schedules;    // [member]
    std::vector<std::vector<Pathway>> pathways;  // [member][pathway]; none where all synapses have the same threshold

    Ending ending{};
    std::vector<MemberSums> sums;                 // [member]
    std::vector<PricedSums> priced;               // [member][price]
    std::vector<std::vector<double>> epoch_rows;  // [member], if recorded
    std::vector<std::vector<double>> trace_rows;
    std::vector<std::vector<double>> distribution_rows;
    std::vector<std::vector<double>> weights;
};

// Empty if the variant trains this job, otherwise why it does not.
inline std::string why_not(PerceptronCudaVariant variant, const CudaPerceptronJob& job) {
    return why_not(variant, uses_gram(job.rule, job.policies[0], job.decay), job.n_patterns);
}

// What all jobs of one call tally and record.
struct CudaPerceptronTallies {
    std::vector<Price> prices;  // the first is exponent 1, both signs
    bool persistent_sum = false;
    bool record_epochs = false;
    bool record_traces = false;
    bool record_distribution = false;
    bool record_weights = false;
};

// One GPU. Not thread-safe. All members throw cuda_error.
class PerceptronCuda {
  public:
    explicit PerceptronCuda(int device, const PerceptronCudaOptions& options = {});
    ~PerceptronCuda();

    // Copies the patterns to the device and makes their Gram matrix there (int8 products, exact), unless a
    // set of that name with as many patterns is there. Sets not named in `keep` are dropped first.
    void upload(const std::string& name, const PatternView& host_view, int n_patterns,
                const std::vector<std::string>& keep);
    bool has(const std::string& name, int n_patterns) const;

    // Trains all jobs; the variant must suit every one (why_not), or std::invalid_argument is thrown. Those that `stop`
    // interrupts have ending.stopped != 0.
    void train(std::vector<CudaPerceptronJob>& jobs, const CudaPerceptronTallies& tallies,
               const std::atomic<bool>& stop);

    // The device's copy of the Gram matrix, [n_patterns][n_patterns]; for tests.
    std::vector<std::int16_t> gram(const std::string& name) const;

  private:
    struct Device;
    std::unique_ptr<Device> device_;
};

}  // namespace syncache
