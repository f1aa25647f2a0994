#include "host/models/spiking/model.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "host/models/policy.hpp"
#include "host/models/spiking/inputs_impl.hpp"
#include "host/models/spiking/settings.hpp"
#include "host/models/spiking/trainer.hpp"

namespace syncache {
namespace {

using spiking::Settings;

constexpr double most_recorded = 2e7;  // presentations; 1.3 GB

class SpikingModel : public Model {
  public:
    std::string_view name() const override { return "spiking"; }
    std::string_view description() const override {
        return "A leaky integrate-and-fire neuron with plastic conductances that learns to respond to patterns of "
               "spikes (`docs/model.md`, section 4).";
    }
    std::span<const Parameter> parameters() const override { return spiking::parameters(); }
    std::span<const std::string> extra_columns() const override { return extra_columns_; }
    std::span<const std::string> recordable() const override { return recordable_; }

    void complete(std::vector<Value>& values, const std::vector<bool>& is_set,
                  const std::filesystem::path& folder) const override {
        Settings s = spiking::read_settings(values);
        s.input_spikes_file =
            std::get<std::string>(values[static_cast<std::size_t>(find_parameter(*this, "input_spikes_file"))]);
        spiking::check(s);
        const auto at = [&](std::string_view key) { return static_cast<std::size_t>(find_parameter(*this, key)); };
        const auto& patterns_file = std::get<std::string>(values[at("patterns_file")]);
        const auto& spikes_file = std::get<std::string>(values[at("input_spikes_file")]);
        if (patterns_file.empty()) {
            if (!spikes_file.empty()) {
                throw std::invalid_argument("input_spikes_file is given without patterns_file; they go together");
            }
            return;
        }
        if (is_set[at("active_inputs")]) {
            throw std::invalid_argument("active_inputs is given together with patterns_file, which decides it");
        }
        s.patterns_file = folder / patterns_file;
        s.input_spikes_file = spikes_file.empty() ? std::filesystem::path() : folder / spikes_file;
        const spiking::Inputs inputs = spiking::make_inputs(s);
        const auto n_patterns = static_cast<std::int64_t>(inputs.patterns.size());
        Value& patterns = values[at("patterns")];
        if (is_set[at("patterns")] && std::get<std::int64_t>(patterns) != n_patterns) {
            throw std::invalid_argument(fmt::format("patterns = {}: {} holds {}; leave patterns out or make them agree",
                                                    std::get<std::int64_t>(patterns), s.patterns_file.string(),
                                                    n_patterns));
        }
        patterns = n_patterns;
        complete_runs(values[at("max_runs")], is_set[at("max_runs")], s, inputs);
    }

    void check(const Trial& trial, const Tallies& tallies) const override {
        const Settings s = spiking::read_settings(trial);
        if (tallies.records("presentations") &&
            static_cast<double>(s.max_runs) * static_cast<double>(s.patterns) > most_recorded) {
            throw std::invalid_argument(fmt::format(
                "record = [\"presentations\"]: max_runs = {} of patterns = {}; allowed: a product of at most {}",
                s.max_runs, s.patterns, most_recorded));
        }
    }

    std::span<const std::string_view> without_effect(const Trial& trial) const override {
        return without_effect_in(trial.text("variant"));
    }

    Need need(const Trial& trial) const override {
        const Settings s = spiking::read_settings(trial);
        const double steps = s.steps(), inputs = static_cast<double>(s.auditory_inputs),
                     patterns = static_cast<double>(s.patterns), number = s.single ? 4.0 : 8.0;
        Need need;
        need.data = spiking::constants_name(s);
        need.trajectory = spiking::trajectory_name(s);
        need.data_bytes = steps * (3.0 * number + 4.0 * 8.0);
        need.state_bytes = inputs * number * (3.0 + static_cast<double>(s.convergence_runs)) +
                           16.0 * 8.0 * (2.0 + static_cast<double>(s.convergence_runs)) +
                           patterns * sizeof(spiking::Pattern);
        // Default constants converge after 40 to 100 runs; about twenty operations a step.
        const double runs = std::fmin(static_cast<double>(s.max_runs), s.input_spikes_file.empty() ? 80.0 : 1e300);
        need.member_work = runs * patterns * 4.0 * inputs;
        need.work = runs * patterns * 25.0 * steps + need.member_work;
        return need;
    }

    std::unique_ptr<Trainer> cpu_trainer() const override { return spiking::cpu_trainer(); }
    bool has_cuda_trainer() const override { return true; }
    std::unique_ptr<Trainer> cuda_trainer(int device) const override { return spiking::cuda_trainer(device); }

  private:
    static void complete_runs(Value& max_runs, bool is_set, const Settings& s, const spiking::Inputs& inputs) {
        if (s.input_spikes_file.empty()) {
            return;
        }
        if (is_set && std::get<std::int64_t>(max_runs) > inputs.recorded_runs) {
            throw std::invalid_argument(fmt::format("max_runs = {}: {} holds {} runs; leave max_runs out or lower it",
                                                    std::get<std::int64_t>(max_runs), s.input_spikes_file.string(),
                                                    inputs.recorded_runs));
        }
        if (!is_set) {
            max_runs = inputs.recorded_runs;
        }
    }

    std::vector<std::string> extra_columns_{"successful", "runs", "output_spikes"};
    std::vector<std::string> recordable_{"epochs", "weights", "presentations"};
};

}  // namespace

const Model& spiking_model() {
    static const SpikingModel model;
    return model;
}

}  // namespace syncache
