#include "host/models/perceptron/model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "datasets/array_file.hpp"
#include "host/models/perceptron/theory.hpp"
#include "host/models/perceptron/trainer.hpp"
#include "host/models/policy.hpp"
#include "host/models/threshold_parameters.hpp"
#include "host/models/traced.hpp"
#include "host/settings/settings.hpp"

namespace syncache {
namespace {

// Elementary operations that starting and storing any trial is worth.
constexpr double trial_overhead = 2e5;

double most_presentations(const PerceptronSettings& s) { return static_cast<double>(s.max_epochs) * s.patterns; }

struct ExpectedTraining {
    double updates, presentations;
};

// Whether what is learned fades before it is consolidated: a decaying transient weight, of a spread of some
// sqrt(tau) / 3 updates, seldom reaches a threshold beyond sqrt(tau) / 2, and the training is not over before it is
// forgotten. Measured at N = 200, P = 50 to 300, tau = 50 to 5000: such trainings do not converge, others do in about
// as many epochs as without decay.
bool forgets(const PerceptronSettings& s, double presentations) {
    const double tau = 1.0 / (1.0 - s.decay);
    return s.decay != 1.0 && s.schedule.kind == Schedule::constant && s.threshold > 0.5 * std::sqrt(tau) &&
           tau < 0.5 * presentations;
}

// Theory's K (docs/theory.md), which finite networks stay below near capacity: measured at N = 100 and 1000, the
// square of the distance 2 - P/N is never below about 10/N. Beyond capacity, and where it forgets, a training errs in
// about a fifth of its presentations. With a margin M updates are a = 1 + 2M/(N+1) times as many, presentations the
// root of a: measured at N = 200 and 1000, P = N/2 and N, kappa up to 30, these are right by 8 % and by a third.
ExpectedTraining expected_training(const PerceptronSettings& s) {
    const double most = most_presentations(s);
    const ExpectedTraining endless{0.2 * most + s.patterns, most};
    const double distance = 2.0 - static_cast<double>(s.patterns) / s.inputs;
    if (distance < 0.0) {
        return endless;
    }
    const double longer = 1.0 + 2.0 * s.margin / (s.inputs + 1.0);
    const double plain = 2.0 * s.patterns / (distance * distance + 10.0 / s.inputs);
    const double updates = longer * plain;
    const double presentations = std::sqrt(longer) * std::sqrt(s.patterns / 2.0) * plain + 3.0 * s.patterns;
    if (forgets(s, presentations)) {
        return endless;
    }
    return {std::fmin(updates, endless.updates), std::fmin(presentations, most)};
}

void check_sizes(const std::string& key, const std::filesystem::path& file, std::int64_t found, Value& value,
                 bool is_set, double most) {
    if (found < 1 || static_cast<double>(found) > most) {
        throw std::invalid_argument(fmt::format("{}: {} {}; allowed: 1 to {:.0f}", file.string(), found, key, most));
    }
    if (is_set && std::get<std::int64_t>(value) != found) {
        throw std::invalid_argument(fmt::format("{} = {}: {} holds {}; leave {} out or make them agree", key,
                                                std::get<std::int64_t>(value), file.string(), found, key));
    }
    value = found;
}

class PerceptronModel : public Model {
  public:
    std::string_view name() const override { return "perceptron"; }
    std::string_view description() const override {
        return "A perceptron that learns random patterns, or patterns from files, with an error-driven rule "
               "(`docs/model.md`, section 2).";
    }
    std::span<const Parameter> parameters() const override { return parameters_; }
    std::span<const std::string> recordable() const override { return recordable_; }

    void complete(std::vector<Value>& values, const std::vector<bool>& is_set,
                  const std::filesystem::path& folder) const override {
        const auto at = [&](std::string_view key) { return static_cast<std::size_t>(find_parameter(*this, key)); };
        const auto& variant = std::get<std::string>(values[at("variant")]);
        check_threshold_schedule(*this, values, variant != "none" && variant != "l1");
        if (variant == "l1" && !std::isfinite(std::get<double>(values[at("threshold")]))) {
            throw std::invalid_argument("threshold = inf; allowed with variant = \"l1\": a finite number >= 0");
        }
        const auto& patterns_file = std::get<std::string>(values[at("patterns_file")]);
        const auto& targets_file = std::get<std::string>(values[at("targets_file")]);
        if (patterns_file.empty() != targets_file.empty()) {
            throw std::invalid_argument(fmt::format("{} is given without {}; they go together",
                                                    patterns_file.empty() ? "targets_file" : "patterns_file",
                                                    patterns_file.empty() ? "patterns_file" : "targets_file"));
        }
        if (!patterns_file.empty()) {
            complete_from_files(values, is_set, folder / patterns_file, folder / targets_file);
        }
        check_pathways(values);
    }

    std::span<const std::string_view> without_effect(const Trial& trial) const override {
        return without_effect_in(trial.text("variant"));
    }

    Need need(const Trial& trial) const override {
        const PerceptronSettings s = perceptron_settings(trial);
        Need need;
        need.data = pattern_set_name(s);
        need.trajectory = trajectory_name(s);
        need.data_bytes = PatternSet::bytes_needed(s.inputs, s.patterns);
        need.data_work = 0.02 * s.patterns * s.patterns * (s.inputs + 1.0);  // bits, half of the symmetric matrix
        const bool gram = uses_gram(s.rule, s.policy, s.decay);
        const std::size_t number_size = s.number == NumberType::double_precision ? 8 : 4;
        const StateLayout layout =
            state_layout({s.inputs, s.patterns, 1, gram, s.decay != 1.0, !s.pathways.empty(), number_size});
        need.state_bytes = static_cast<double>(layout.total);
        const auto [updates, presentations] = expected_training(s);
        need.member_work = s.policy == Policy::immediate ? 0.0 : 2.0 * updates * (s.inputs + 1.0);
        need.work =
            (gram ? updates * s.patterns : presentations * (s.inputs + 1.0)) + need.member_work + trial_overhead;
        // Measured with N = 500: of 32 pattern sets the longest takes 1.9 times the mean at P / N = 1.5, 2.9 times at
        // 1.7, 3.0 at 1.8, 6.7 at 1.9.
        const double from_capacity = 2.0 - s.patterns / static_cast<double>(s.inputs);
        need.scatter = presentations < most_presentations(s) && from_capacity > 0.0
                           ? std::clamp(0.7 / from_capacity, 1.0, 35.0)
                           : 1.0;  // to the end of max_epochs
        return need;
    }

    Need need_of_records(const Trial& trial, const Tallies& tallies) const override {
        const PerceptronSettings s = perceptron_settings(trial);
        const ExpectedTraining expected = expected_training(s);
        Need need;
        if (tallies.records("traces")) {
            const double rows = expected.updates * static_cast<double>(traced_inputs(s).size());
            need.state_bytes += rows * trace_columns * sizeof(double);
        }
        if (tallies.records("distribution")) {
            constexpr std::int64_t first_rows = first_capacity / epochs_per_distribution;
            double rows = first_rows;
            while (rows < expected.presentations / s.patterns) {
                rows *= 4.0;
            }
            need.state_bytes += distribution_bins * (rows * sizeof(double) + sizeof(unsigned long long));
            need.work = need.member_work = 10.0 * expected.presentations * (s.inputs + 1.0);
        }
        return need;
    }

    void check(const Trial& trial, const Tallies& tallies) const override {
        check_traced_synapses(trial, tallies);
        check_traced(trial, trial.integer("inputs"), tallies);
        if (const double width = trial.real("distribution_width"); width != 1.0 && !tallies.records("distribution")) {
            throw std::invalid_argument(fmt::format(
                "distribution_width = {}: not used; allowed: with record = [\"distribution\"]", found_text(width)));
        }
        check_files(trial);
    }

    std::unique_ptr<Trainer> cpu_trainer() const override { return perceptron_cpu_trainer(); }
    bool has_cuda_trainer() const override { return true; }
    std::unique_ptr<Trainer> cuda_trainer(int device) const override { return perceptron_cuda_trainer(device); }
    const Theory* theory() const override { return &perceptron_theory(); }
    std::span<const ClaimFunction> claim_functions() const override { return perceptron_claim_functions(); }

  private:
    void check_pathways(const std::vector<Value>& values) const {
        const auto value = [&](std::string_view key) {
            return values[static_cast<std::size_t>(find_parameter(*this, key))];
        };
        const auto text = [&](std::string_view key) { return std::get<std::string>(value(key)); };
        const std::string sizes = text("pathway_sizes"), factors = text("pathway_threshold_factors");
        const auto n_factors = real_items(factors).size();
        std::int64_t inputs = 0, n_sizes = 0;
        for (const std::string& size : list_items(sizes)) {
            inputs += std::stoll(size);
            ++n_sizes;
        }
        const auto refuse_unless = [](bool good, const std::string& message) {
            if (!good) {
                throw std::invalid_argument(message);
            }
        };
        const std::string variant = text("variant");
        refuse_unless(
            sizes == "0" || variant == "local-local" || variant == "local-global",
            fmt::format("pathway_sizes = {}; allowed with variant = \"{}\", where no synapse has a threshold of "
                        "its own: 0",
                        sizes, variant));
        refuse_unless(sizes != "0" || factors == "1",
                      fmt::format("pathway_threshold_factors = {}; allowed without pathway_sizes: 1", factors));
        refuse_unless(sizes == "0" || inputs == std::get<std::int64_t>(value("inputs")),
                      fmt::format("pathway_sizes = {}: {} inputs; allowed: 0, or sizes that add up to inputs = {}",
                                  sizes, inputs, std::get<std::int64_t>(value("inputs"))));
        refuse_unless(
            static_cast<std::int64_t>(n_factors) == n_sizes,
            fmt::format("pathway_threshold_factors = {}: {} numbers; allowed: {}, one for each of pathway_sizes "
                        "= {}",
                        factors, n_factors, n_sizes, sizes));
    }

    static void check_traced_synapses(const Trial& trial, const Tallies& tallies) {
        const std::int64_t traced = trial.integer("traced_synapses");
        if (traced > trial.integer("inputs") + 1) {
            throw std::invalid_argument(fmt::format("traced_synapses = {}; allowed: 1 to {}, the bias included", traced,
                                                    trial.integer("inputs") + 1));
        }
        if (traced > 1 && !tallies.records("traces")) {
            throw std::invalid_argument(
                fmt::format("traced_synapses = {}: not used; allowed: with record = [\"traces\"]", traced));
        }
        if (traced > 1 && !trial.text("traced").empty()) {
            throw std::invalid_argument(
                fmt::format("traced_synapses = {} is given together with traced = [{}]; allowed: one of them", traced,
                            trial.text("traced")));
        }
    }

    void complete_from_files(std::vector<Value>& values, const std::vector<bool>& is_set,
                             const std::filesystem::path& patterns_file,
                             const std::filesystem::path& targets_file) const {
        const ArrayHeader patterns = read_array_header(patterns_file);
        const ArrayHeader targets = read_array_header(targets_file);
        if (patterns.sizes.size() != 2) {
            throw std::invalid_argument(fmt::format("{}: {} dimensions; allowed: 2 (patterns, inputs)",
                                                    patterns_file.string(), patterns.sizes.size()));
        }
        if (targets.sizes.size() != 1 || targets.sizes[0] != patterns.sizes[0]) {
            throw std::invalid_argument(fmt::format("{}: {} targets; allowed: one for each of the {} patterns of {}",
                                                    targets_file.string(), targets.count(), patterns.sizes[0],
                                                    patterns_file.string()));
        }
        const auto fill = [&](const char* key, std::int64_t found, double most) {
            const auto at = static_cast<std::size_t>(find_parameter(*this, key));
            check_sizes(key, patterns_file, found, values[at], is_set[at], most);
        };
        fill("patterns", patterns.sizes[0], PerceptronSettings::most_patterns);
        fill("inputs", patterns.sizes[1], PerceptronSettings::most_inputs);
        for (const char* key : {"pattern_sets", "pattern_coding", "target_coding"}) {
            if (is_set[static_cast<std::size_t>(find_parameter(*this, key))]) {
                throw std::invalid_argument(
                    fmt::format("{} is given together with patterns_file, which decides it", key));
            }
        }
    }

    // Reads the files' values once for a sweep, so that a wrong one is refused before anything is trained or written.
    void check_files(const Trial& trial) const {
        const PerceptronSettings s = perceptron_settings(trial);
        const std::lock_guard lock(mutex_);
        if (!s.patterns_file.empty() && checked_files_.insert(pattern_set_name(s)).second) {
            make_pattern_set(s, s.patterns);
        }
    }

    mutable std::mutex mutex_;
    mutable std::set<std::string> checked_files_;
    std::vector<Parameter> parameters_ = parameters_of<PerceptronSettings>();
    std::vector<std::string> recordable_{"epochs", "traces", "distribution", "weights"};
};

}  // namespace

const Model& perceptron_model() {
    static const PerceptronModel model;
    return model;
}

}  // namespace syncache
