#include "host/run/repeats.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "host/models/policy.hpp"
#include "host/settings/parameter.hpp"

namespace syncache {
namespace {

// Of all values but those of some parameters.
std::uint64_t hash_without(const std::vector<Value>& values, const std::vector<int>& parameters) {
    std::uint64_t hash = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (std::ranges::find(parameters, static_cast<int>(i)) == parameters.end()) {
            hash = (hash ^ std::hash<Value>{}(values[i])) * 0x9e3779b97f4a7c15u;
            hash ^= hash >> 29;
        }
    }
    return hash;
}

}  // namespace

Repeats::Repeats(const Experiment& experiment) : model_(experiment.model) {
    for (const Axis& axis : experiment.axes) {
        swept_.insert(swept_.end(), axis.parameters.begin(), axis.parameters.end());
    }
    for (const Point& point : experiment.points) {
        for (const auto& setting : point.settings) {
            swept_.push_back(setting.first);
        }
    }
}

void Repeats::add(const Trial& trial) {
    ++n_trials_;
    const int variant = find_parameter(*model_, "variant");
    std::vector<int> idle;
    bool by_variant = variant >= 0;  // it is the variant that leaves them without effect
    for (const std::string_view name : model_->without_effect(trial)) {
        const int parameter = find_parameter(*model_, name);
        if (std::ranges::find(swept_, parameter) != swept_.end()) {
            idle.push_back(parameter);
            by_variant = by_variant && is_without_effect_in(trial.text("variant"), name);
        }
    }
    if (idle.empty() || seen_.insert(hash_without(trial.values(), idle)).second) {
        return;
    }
    if (++count_ == 1) {
        idle_ = idle;
        where_ = by_variant ? "with variant = " + found_text(trial.value("variant")) : "there";
    }
}

std::string Repeats::text() const {
    if (count_ == 0) {
        return "";
    }
    std::vector<std::string> names;
    for (const int parameter : idle_) {
        names.push_back(model_->parameters()[static_cast<std::size_t>(parameter)].name);
    }
    return fmt::format("{} of {} trial{} repeat{} others: they differ in {} alone, which {} no effect {}", count_,
                       n_trials_, n_trials_ == 1 ? "" : "s", count_ == 1 ? "s" : "", fmt::join(names, " and "),
                       names.size() == 1 ? "has" : "have", where_);
}

}  // namespace syncache
