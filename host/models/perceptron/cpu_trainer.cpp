#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "host/models/perceptron/trainer.hpp"
#include "kernels/perceptron/perceptron_cpu.hpp"

namespace syncache {
namespace {

PatternSetCache& pattern_sets() {
    static PatternSetCache cache;
    return cache;
}

// Room for one kind of recorded rows of all members. A training that needs more is repeated with more room; it is the
// same training.
class Recording {
  public:
    Recording(bool wanted, std::size_t n_members, int columns) : columns_(columns), rows_(wanted ? n_members : 0) {}

    // The recorders to hand to a kernel; null where nothing is recorded.
    Recorder* open(std::int64_t capacity) {
        recorders_.clear();
        for (std::vector<double>& rows : rows_) {
            rows.resize(static_cast<std::size_t>(capacity * columns_));
            recorders_.push_back({rows.data(), capacity, 0});
        }
        return recorders_.empty() ? nullptr : recorders_.data();
    }

    bool overflowed() const {
        return std::any_of(recorders_.begin(), recorders_.end(),
                           [](const Recorder& r) { return r.count > r.capacity; });
    }

    std::vector<double> rows(std::size_t member) const {
        if (rows_.empty()) {
            return {};
        }
        const std::vector<double>& rows = rows_[member];
        return {rows.begin(), rows.begin() + recorders_[member].count * columns_};
    }

  private:
    std::int64_t columns_;
    std::vector<std::vector<double>> rows_;
    std::vector<Recorder> recorders_;
};

template <class Number>
auto kernel_of(const PerceptronCpuKernels& kernels) {
    if constexpr (std::is_integral_v<Number>) {
        return kernels.train_integer;
    } else if constexpr (std::is_same_v<Number, float>) {
        return kernels.train_single;
    } else {
        return kernels.train_double;
    }
}

// One trajectory: its state in one block of memory that the worker keeps, its results as vectors.
template <class Number>
class TrajectoryRun {
  public:
    TrajectoryRun(const PatternSet& set, const std::vector<PerceptronSettings>& settings, const Trajectory& trajectory,
                  const Tallies& tallies, AlignedBuffer<std::byte>& memory)
        : settings_(settings),
          trajectory_(trajectory),
          tallies_(tallies),
          prices_(kernel_prices(tallies)),
          members_(trajectory.trials.size()),
          sums_(members_.size()),
          priced_(members_.size() * prices_.size()),
          epochs_(tallies.records("epochs"), members_.size(), epoch_columns),
          traces_(tallies.records("traces"), members_.size(), trace_columns),
          distributions_(tallies.records("distribution"), members_.size(), distribution_bins),
          distribution_counts_(tallies.records("distribution") ? members_.size() * distribution_bins : 0),
          traced_inputs_(traced_inputs(settings[trajectory.trials[0]])) {
        fill_task(set);
        lay_out(memory);
    }

    // False if it was stopped.
    bool train(const PerceptronCpuKernels& kernels, const std::atomic<bool>& stop) {
        task_.stop = &stop;
        for (std::int64_t capacity = first_capacity;; capacity *= 4) {
            task_.epoch_records = epochs_.open(capacity);
            task_.trace_records = traces_.open(capacity);
            task_.distribution_records = distributions_.open(capacity / epochs_per_distribution);
            kernel_of<Number>(kernels)(task_);
            if (ending_.stopped != 0) {
                return false;
            }
            if (!epochs_.overflowed() && !traces_.overflowed() && !distributions_.overflowed()) {
                return true;
            }
        }
    }

    Outcome outcome(std::size_t member) const {
        MemberResult result{
            ending_, sums_[member], {}, epochs_.rows(member), traces_.rows(member), distributions_.rows(member), {}};
        const auto first = priced_.begin() + static_cast<std::ptrdiff_t>(member * prices_.size());
        result.priced.assign(first, first + static_cast<std::ptrdiff_t>(prices_.size()));
        if (tallies_.records("weights")) {
            const Number* weights = members_[member].persistent;
            result.weights.assign(weights, weights + task_.view.inputs + 1);
        }
        return perceptron_outcome(settings_[trajectory_.trials[member]], tallies_, result);
    }

  private:
    void fill_task(const PatternSet& set) {
        const PerceptronSettings& first = settings_[trajectory_.trials[0]];
        task_.view = set.view();
        task_.rule = first.rule;
        task_.n_patterns = first.patterns;
        task_.max_epochs = first.max_epochs;
        task_.step = first.step;
        task_.offset = first.offset;
        task_.decay = first.decay;
        task_.margin = first.margin;
        task_.n_members = static_cast<std::int32_t>(members_.size());
        task_.has_pathways = std::any_of(trajectory_.trials.begin(), trajectory_.trials.end(),
                                         [this](std::size_t trial) { return !settings_[trial].pathways.empty(); });
        task_.n_prices = static_cast<std::int32_t>(prices_.size());
        task_.prices = prices_.data();
        task_.potentiation =
            std::any_of(prices_.begin(), prices_.end(), [](const Price& p) { return p.potentiation_only != 0; });
        task_.eager_persistent = tallies_.persistent_sum || tallies_.records("traces");
        task_.n_traced = static_cast<std::int32_t>(traced_inputs_.size());
        task_.traced = traced_inputs_.data();
        task_.distribution = distribution_counts_.empty() ? nullptr : distribution_counts_.data();
        task_.distribution_width = first.distribution_width;
        task_.members = members_.data();
        task_.sums = sums_.data();
        task_.priced = priced_.data();
        task_.ending = &ending_;
    }

    void lay_out(AlignedBuffer<std::byte>& memory) {
        const PerceptronSettings& first = settings_[trajectory_.trials[0]];
        const StateLayout layout = state_layout({first.inputs, first.patterns, task_.n_members,
                                                 uses_gram(first.rule, first.policy, first.decay), first.decay != 1.0,
                                                 task_.has_pathways != 0, sizeof(Number)});
        if (memory.size() < layout.total) {
            memory = AlignedBuffer<std::byte>(layout.total);
        }
        std::byte* base = memory.data();
        task_.counts = reinterpret_cast<std::int32_t*>(base + layout.counts);
        task_.persistent_field = reinterpret_cast<Number*>(base + layout.persistent_field);
        task_.transient_field = reinterpret_cast<Number*>(base + layout.transient_field);
        task_.powers = reinterpret_cast<Number*>(base + layout.powers);
        for (std::size_t m = 0; m < members_.size(); ++m) {
            const PerceptronSettings& s = settings_[trajectory_.trials[m]];
            std::byte* arrays = base + layout.member_arrays + m * layout.member_stride;
            members_[m] = new_member<Number>(s.policy, s.threshold, s.schedule);
            members_[m].transient = reinterpret_cast<Number*>(arrays);
            members_[m].persistent = reinterpret_cast<Number*>(arrays + layout.array_stride);
            if (!s.pathways.empty()) {
                members_[m].pathways = s.pathways.data();
                members_[m].n_pathways = static_cast<std::int32_t>(s.pathways.size());
                members_[m].synapse_thresholds = reinterpret_cast<Number*>(arrays + 2 * layout.array_stride);
            }
        }
    }

    const std::vector<PerceptronSettings>& settings_;
    const Trajectory& trajectory_;
    const Tallies& tallies_;
    std::vector<Price> prices_;
    std::vector<Member<Number>> members_;
    std::vector<MemberSums> sums_;
    std::vector<PricedSums> priced_;
    Recording epochs_, traces_, distributions_;
    std::vector<unsigned long long> distribution_counts_;  // [member][bin], of an epoch
    std::vector<std::int32_t> traced_inputs_;
    Ending ending_{};
    Task<Number> task_{};
};

class PerceptronCpuTrainer : public Trainer {
  public:
    explicit PerceptronCpuTrainer(const PerceptronCpuKernels& kernels) : kernels_(kernels) {}

    void train(std::span<const Trial> trials, const Tallies& tallies, const std::atomic<bool>& stop,
               const OutcomeSink& deliver) override {
        std::vector<PerceptronSettings> settings;
        for (const Trial& trial : trials) {
            settings.push_back(perceptron_settings(trial));
        }
        train(settings, tallies, stop, deliver);
    }

    void train(const std::vector<PerceptronSettings>& settings, const Tallies& tallies, const std::atomic<bool>& stop,
               const OutcomeSink& deliver) {
        std::vector<std::string> names;  // [trial], of its pattern set
        std::unordered_map<std::string, int> most;
        for (const PerceptronSettings& s : settings) {
            names.push_back(pattern_set_name(s));
            int& patterns = most[names.back()];
            patterns = std::max(patterns, s.patterns);
        }
        for (const Trajectory& trajectory : group_by_trajectory(settings)) {
            if (stop) {
                return;
            }
            const std::size_t first = trajectory.trials[0];
            use_patterns(settings[first], names[first], most.at(names[first]));
            train_trajectory(settings, trajectory, tallies, stop, deliver);
        }
    }

  private:
    void use_patterns(const PerceptronSettings& settings, const std::string& name, int n_patterns) {
        if (set_ && name == name_ && set_->n_patterns() >= n_patterns) {
            return;
        }
        set_.reset();  // before the next is made: one set in memory for each worker
        set_ = pattern_sets().get(name, n_patterns, [&] {
            PatternSet set = make_pattern_set(settings, n_patterns);
            set.make_gram();
            return set;
        });
        name_ = name;
    }

    void train_trajectory(const std::vector<PerceptronSettings>& settings, const Trajectory& trajectory,
                          const Tallies& tallies, const std::atomic<bool>& stop, const OutcomeSink& deliver) {
        switch (settings[trajectory.trials[0]].number) {
            case NumberType::integer:
                return train_as<std::int32_t>(settings, trajectory, tallies, stop, deliver);
            case NumberType::single_precision:
                return train_as<float>(settings, trajectory, tallies, stop, deliver);
            case NumberType::double_precision:
                return train_as<double>(settings, trajectory, tallies, stop, deliver);
        }
    }

    template <class Number>
    void train_as(const std::vector<PerceptronSettings>& settings, const Trajectory& trajectory, const Tallies& tallies,
                  const std::atomic<bool>& stop, const OutcomeSink& deliver) {
        TrajectoryRun<Number> run(*set_, settings, trajectory, tallies, memory_);
        if (!run.train(kernels_, stop)) {
            return;
        }
        for (std::size_t m = 0; m < trajectory.trials.size(); ++m) {
            deliver(trajectory.trials[m], run.outcome(m));
        }
    }

    std::string name_;
    const PerceptronCpuKernels& kernels_;
    std::shared_ptr<const PatternSet> set_;
    AlignedBuffer<std::byte> memory_;
};

}  // namespace

std::vector<Outcome> train_perceptrons(const std::vector<PerceptronSettings>& settings, const Tallies& tallies,
                                       const PerceptronCpuKernels& kernels) {
    std::vector<Outcome> outcomes(settings.size());
    PerceptronCpuTrainer(kernels).train(
        settings, tallies, false, [&](std::size_t place, Outcome outcome) { outcomes[place] = std::move(outcome); });
    return outcomes;
}

std::unique_ptr<Trainer> perceptron_cpu_trainer() {
    return std::make_unique<PerceptronCpuTrainer>(perceptron_cpu_kernels());
}

}  // namespace syncache
