#include <fmt/format.h>

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "host/models/perceptron/trainer.hpp"
#include "kernels/common/cuda/cuda_error.hpp"
#include "kernels/perceptron/perceptron_cuda.hpp"

namespace syncache {
namespace {

class PerceptronCudaTrainer : public Trainer {
  public:
    PerceptronCudaTrainer(int device, const PerceptronCudaOptions& options) : cuda_(device, options) {}

    void train(std::span<const Trial> trials, const Tallies& tallies, const std::atomic<bool>& stop,
               const OutcomeSink& deliver) override {
        std::vector<PerceptronSettings> settings;
        for (const Trial& trial : trials) {
            settings.push_back(perceptron_settings(trial));
        }
        upload_patterns(settings);
        const std::vector<Trajectory> trajectories = group_by_trajectory(settings);
        std::vector<CudaPerceptronJob> jobs;
        for (const Trajectory& trajectory : trajectories) {
            jobs.push_back(job_of(settings, trajectory));
        }
        cuda_.train(jobs, cuda_tallies(tallies), stop);
        for (std::size_t j = 0; j < jobs.size(); ++j) {
            for (std::size_t m = 0; m < trajectories[j].trials.size() && jobs[j].ending.stopped == 0; ++m) {
                const std::size_t trial = trajectories[j].trials[m];
                deliver(trial, perceptron_outcome(settings[trial], tallies, member_result(jobs[j], m)));
            }
        }
    }

  private:
    void upload_patterns(const std::vector<PerceptronSettings>& settings) {
        std::map<std::string, const PerceptronSettings*> most;  // of each set, the trial with the most patterns
        std::vector<std::string> names;
        for (const PerceptronSettings& s : settings) {
            const PerceptronSettings*& largest = most[pattern_set_name(s)];
            if (largest == nullptr || largest->patterns < s.patterns) {
                largest = &s;
            }
        }
        for (const auto& [name, largest] : most) {
            names.push_back(name);
        }
        for (const auto& [name, largest] : most) {
            if (!cuda_.has(name, largest->patterns)) {
                const PatternSet set = make_pattern_set(*largest, largest->patterns);
                cuda_.upload(name, set.view(), set.n_patterns(), names);
            }
        }
    }

    static CudaPerceptronJob job_of(const std::vector<PerceptronSettings>& settings, const Trajectory& trajectory) {
        const PerceptronSettings& first = settings[trajectory.trials[0]];
        CudaPerceptronJob job;
        job.patterns = pattern_set_name(first);
        job.number = first.number;
        job.rule = first.rule;
        job.n_patterns = first.patterns;
        job.max_epochs = first.max_epochs;
        job.step = first.step;
        job.offset = first.offset;
        job.decay = first.decay;
        job.margin = first.margin;
        job.traced = traced_inputs(first);
        job.distribution_width = first.distribution_width;
        for (const std::size_t trial : trajectory.trials) {
            job.policies.push_back(settings[trial].policy);
            job.thresholds.push_back(settings[trial].threshold);
            job.schedules.push_back(settings[trial].schedule);
            job.pathways.push_back(settings[trial].pathways);
        }
        return job;
    }

    static CudaPerceptronTallies cuda_tallies(const Tallies& tallies) {
        return {kernel_prices(tallies),    tallies.persistent_sum,          tallies.records("epochs"),
                tallies.records("traces"), tallies.records("distribution"), tallies.records("weights")};
    }

    static MemberResult member_result(const CudaPerceptronJob& job, std::size_t m) {
        const auto of_member = [m](const std::vector<std::vector<double>>& rows) {
            return m < rows.size() ? rows[m] : std::vector<double>();
        };
        const std::size_t prices = job.priced.size() / job.policies.size();
        const auto first = job.priced.begin() + static_cast<std::ptrdiff_t>(m * prices);
        return {job.ending,
                job.sums[m],
                {first, first + static_cast<std::ptrdiff_t>(prices)},
                of_member(job.epoch_rows),
                of_member(job.trace_rows),
                of_member(job.distribution_rows),
                of_member(job.weights)};
    }

    PerceptronCuda cuda_;
};

}  // namespace

std::unique_ptr<Trainer> perceptron_cuda_trainer(int device, const PerceptronCudaOptions& options) {
    return std::make_unique<PerceptronCudaTrainer>(device, options);
}

}  // namespace syncache
