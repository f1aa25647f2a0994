#include <fmt/format.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "host/models/aligned_buffer.hpp"
#include "host/models/spiking/trainer.hpp"
#include "kernels/spiking/spiking_cpu.hpp"

namespace syncache::spiking {
namespace {

// Text that is equal for trials on the same patterns and recording.
std::string inputs_name(const Settings& s) {
    return fmt::format("{} {} {} {} {} {} {} {}", s.seed, s.patterns, s.auditory_inputs, s.active_inputs,
                       s.visual_ratio_high, s.visual_ratio_low, s.patterns_file.string(), s.input_spikes_file.string());
}

class CpuTrainer : public Trainer {
  public:
    void train(std::span<const Trial> trials, const Tallies& tallies, const std::atomic<bool>& stop,
               const OutcomeSink& deliver) override {
        train_settings(read_all(trials), tallies, stop, deliver);
    }

    void train_settings(const std::vector<Settings>& settings, const Tallies& tallies, const std::atomic<bool>& stop,
                        const OutcomeSink& deliver) {
        train_as(single_, settings, tallies, stop, deliver);
        train_as(double_, settings, tallies, stop, deliver);
    }

  private:
    template <class Number>
    void train_as(JobMaker<Number>& maker, const std::vector<Settings>& settings, const Tallies& tallies,
                  const std::atomic<bool>& stop, const OutcomeSink& deliver) {
        for (const Job<Number>& job : maker.make(settings)) {
            if (stop) {
                return;
            }
            const std::vector<Job<Number>> one{job};
            TaskSet<Number> set(settings, one, tallies);
            const BlockSizes sizes = set.sizes();
            grow(shared_, sizes.shared);
            grow(state_, sizes.state);
            grow(results_, sizes.results);
            set.bind({shared_.data(), state_.data(), results_.data()}, shared_.data());
            if constexpr (std::is_same_v<Number, float>) {
                cpu_kernels().train_single(set.tasks()[0], stop);
            } else {
                cpu_kernels().train_double(set.tasks()[0], stop);
            }
            if (set.tasks()[0].ending.finished == 0) {
                return;
            }
            for (std::size_t m = 0; m < job.trials.size(); ++m) {
                deliver(job.trials[m], set.outcome(0, m, results_.data()));
            }
        }
    }

    static void grow(AlignedBuffer<std::byte>& buffer, std::size_t bytes) {
        if (buffer.size() < bytes) {
            buffer = AlignedBuffer<std::byte>(bytes);
        }
    }

    JobMaker<float> single_;
    JobMaker<double> double_;
    AlignedBuffer<std::byte> shared_, state_, results_;
};

}  // namespace

std::vector<Settings> read_all(std::span<const Trial> trials) {
    std::vector<Settings> settings;
    for (const Trial& trial : trials) {
        settings.push_back(read_settings(trial));
    }
    return settings;
}

template <class Number>
std::vector<Job<Number>> JobMaker<Number>::make(const std::vector<Settings>& settings) {
    std::vector<Job<Number>> jobs;
    std::unordered_map<std::string, std::size_t> known;
    for (std::size_t i = 0; i < settings.size(); ++i) {
        const Settings& s = settings[i];
        if (s.single != std::is_same_v<Number, float>) {
            continue;
        }
        const std::string trajectory = trajectory_name(s);
        if (const auto found = known.find(trajectory); !trajectory.empty() && found != known.end()) {
            jobs[found->second].trials.push_back(i);
            continue;
        }
        known.emplace(trajectory, jobs.size());
        if (std::string name = constants_name(s); name != tables_name_) {
            tables_ = std::make_shared<ConstantTables<Number>>(s);
            tables_name_ = std::move(name);
        }
        if (std::string name = inputs_name(s); name != inputs_name_) {
            inputs_ = std::make_shared<Inputs>(make_inputs(s));
            inputs_name_ = std::move(name);
        }
        jobs.push_back({{i}, tables_, inputs_});
    }
    return jobs;
}

template class JobMaker<float>;
template class JobMaker<double>;

std::vector<Outcome> train(const std::vector<Settings>& settings, const Tallies& tallies) {
    std::vector<Outcome> outcomes(settings.size());
    const std::atomic<bool> stop = false;
    CpuTrainer().train_settings(settings, tallies, stop,
                                [&](std::size_t place, Outcome outcome) { outcomes[place] = std::move(outcome); });
    return outcomes;
}

std::unique_ptr<Trainer> cpu_trainer() { return std::make_unique<CpuTrainer>(); }

}  // namespace syncache::spiking
