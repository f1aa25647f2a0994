#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

#include "datasets/array_file.hpp"
#include "host/models/decay.hpp"
#include "host/models/perceptron/trainer.hpp"
#include "host/models/policy.hpp"
#include "kernels/common/random.hpp"

namespace syncache {
namespace {

// weight / learning_rate; a quotient within rounding of a whole number is that number, so that theta = 0.3 is three
// updates of 0.1 as it is meant.
double in_updates(double weight, double learning_rate) {
    const double quotient = weight / learning_rate;
    const double whole = std::round(quotient);
    const double rounding = 4.0 * std::numeric_limits<double>::epsilon() * std::fabs(whole);
    return std::fabs(quotient - whole) <= rounding ? whole : quotient;
}

// Integers never overflow: each update is made at w.z <= M, the margin, so |w|^2 grows by at most |z|^2 + 2M = N+1 +
// 2M, and after K updates |w.z| <= (N+1) sqrt(K (1 + 2M/(N+1))) (as are the sums of |w_i|); fields are less than that
// by M.
bool fits_integers(const PerceptronSettings& s) {
    const double most_updates = static_cast<double>(s.max_epochs) * s.patterns;
    const double synapses = s.inputs + 1.0;
    return synapses * std::sqrt(most_updates * (1.0 + 2.0 * s.margin / synapses)) + s.margin < 2147483647.0;
}

bool whole_weights(const PerceptronSettings& s) {
    return s.rule == Rule::caching && s.decay == 1.0 && s.offset == 0.0 && fits_integers(s);
}

// The seed of the patterns: the trial's own, or with separate sets one that no other number of patterns has.
std::uint64_t pattern_seed(const PerceptronSettings& s) {
    if (!s.separate_sets) {
        return s.seed;
    }
    const RandomWords words = draw(s.seed, Purpose::pattern_set, static_cast<std::uint64_t>(s.patterns), 0);
    return std::uint64_t{words.word[0]} << 32 | words.word[1];
}

// Those of which one differs from the whole network.
std::vector<Pathway> pathways_of(const PerceptronSettings& s) {
    std::vector<Pathway> pathways;
    if (std::ranges::any_of(s.pathway_factors, [](double factor) { return factor != 1.0; })) {
        std::int32_t end = 0;
        for (const std::string& size : list_items(s.pathway_sizes)) {
            end += std::stoi(size);
            pathways.push_back({end, s.pathway_factors.at(pathways.size())});
        }
    }
    return pathways;
}

}  // namespace

PerceptronSettings perceptron_settings(const Trial& trial) {
    PerceptronSettings s(trial);
    s.seed = pattern_seed(s);
    s.rule = s.variant == "l1" ? Rule::l1_regularised : Rule::caching;
    s.policy = policy_of(s.variant);
    const bool l1 = s.rule == Rule::l1_regularised;
    s.unit = l1 ? 1.0 : s.learning_rate;
    s.step = l1 ? s.learning_rate : 1.0;
    if (!l1) {
        s.threshold = in_updates(s.threshold, s.learning_rate);
    }
    s.schedule.end = in_updates(s.schedule.end, s.learning_rate);
    s.distribution_width *= s.learning_rate / s.unit;
    s.margin = in_updates(s.margin * std::sqrt(static_cast<double>(s.inputs)), s.unit);
    s.pathways = pathways_of(s);
    s.decay = s.policy == Policy::immediate ? 1.0 : decay_factor(s.tau, s.linear_decay);
    s.number = whole_weights(s) ? NumberType::integer
               : s.single       ? NumberType::single_precision
                                : NumberType::double_precision;
    return s;
}

std::vector<std::int32_t> traced_inputs(const PerceptronSettings& s) {
    std::vector<std::int32_t> inputs(s.traced.begin(), s.traced.end());
    for (std::int32_t i = 0; s.traced.empty() && i < s.traced_synapses; ++i) {
        inputs.push_back(i);
    }
    return inputs;
}

std::string pattern_set_name(const PerceptronSettings& s) {
    if (!s.patterns_file.empty()) {
        return fmt::format("{} {}", s.patterns_file.string(), s.targets_file.string());
    }
    return fmt::format("{} {} {} {}", s.seed, s.inputs, s.pattern_coding, s.target_coding);
}

std::string trajectory_name(const PerceptronSettings& s) {
    if (s.rule != Rule::caching || s.decay != 1.0) {
        return "";
    }
    return fmt::format("{} | {} {} {} {} {} {} {}", pattern_set_name(s), s.patterns, s.max_epochs, s.offset, s.margin,
                       static_cast<int>(s.number), s.traced_synapses, fmt::join(s.traced, ","), s.distribution_width);
}

PatternSet make_pattern_set(const PerceptronSettings& s, int n_patterns) {
    if (s.patterns_file.empty()) {
        return PatternSet::random(s.seed, s.inputs, n_patterns, s.pattern_coding, s.target_coding);
    }
    ArrayHeader patterns, targets;
    const auto x = read_array<std::int8_t>(s.patterns_file, patterns);
    const auto d = read_array<std::int8_t>(s.targets_file, targets);
    try {
        return PatternSet::from_arrays(s.inputs, static_cast<int>(targets.count()), x, d);
    } catch (const std::invalid_argument& error) {
        throw std::invalid_argument(
            fmt::format("{} and {}: {}", s.patterns_file.string(), s.targets_file.string(), error.what()));
    }
}

std::vector<Trajectory> group_by_trajectory(const std::vector<PerceptronSettings>& settings) {
    std::vector<Trajectory> groups;
    std::unordered_map<std::string, std::size_t> known;
    for (std::size_t i = 0; i < settings.size(); ++i) {
        const std::string name = trajectory_name(settings[i]);
        const auto place = name.empty() ? known.end() : known.find(name);
        if (place != known.end()) {
            groups[place->second].trials.push_back(i);
            continue;
        }
        if (!name.empty()) {
            known.emplace(name, groups.size());
        }
        groups.push_back({{i}});
    }
    return groups;
}

}  // namespace syncache
