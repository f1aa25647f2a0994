#include "host/experiment/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

namespace syncache {
namespace {

// Trials are numbered by signed 64-bit integers in results files.
constexpr std::size_t most_trials = std::numeric_limits<std::int64_t>::max();

// Whether the axis varies for this point: it sets at most some of the axis' parameters.
bool varies(const Axis& axis, const Point& point) {
    return !std::ranges::all_of(axis.parameters, [&](int parameter) { return sets(point, parameter); });
}

}  // namespace

Sweep::Sweep(const Experiment& experiment) : experiment_(&experiment), points_(&experiment.points) {
    static const std::vector<Point> one_empty_point(1);
    if (experiment.points.empty()) {
        points_ = &one_empty_point;
    }
    for (const Parameter& parameter : experiment.model->parameters()) {
        values_.push_back(parameter.fallback);
    }
    is_set_.resize(values_.size());
    for (const auto& [parameter, value] : experiment.fixed) {
        values_[static_cast<std::size_t>(parameter)] = value;
        is_set_[static_cast<std::size_t>(parameter)] = true;
    }
    for (const Point& point : *points_) {
        first_.push_back(size_);
        std::size_t n_trials = 1;
        bool fits = true;
        for (const Axis& axis : experiment.axes) {
            fits = fits && (!varies(axis, point) || !__builtin_mul_overflow(n_trials, axis.values.size(), &n_trials));
        }
        if (!fits || __builtin_add_overflow(size_, n_trials, &size_) || size_ > most_trials) {
            throw std::invalid_argument(
                fmt::format("experiment \"{}\": more than {} trials; allowed: axes whose product "
                            "is smaller",
                            experiment.name, most_trials));
        }
    }
}

template <class Set>
void Sweep::for_each_setting(std::size_t index, const Set& set) const {
    if (index >= size_) {
        throw std::out_of_range(fmt::format("trial {} of a sweep of {}", index, size_));
    }
    const auto after = std::ranges::upper_bound(first_, index);
    const auto place = static_cast<std::size_t>(after - first_.begin()) - 1;
    const Point& point = (*points_)[place];
    std::size_t rest = index - first_[place];
    for (auto axis = experiment_->axes.rbegin(); axis != experiment_->axes.rend(); ++axis) {  // the last varies fastest
        if (varies(*axis, point)) {
            const std::vector<Value>& step = axis->values[rest % axis->values.size()];
            rest /= axis->values.size();
            for (std::size_t i = 0; i < step.size(); ++i) {
                set(axis->parameters[i], step[i]);
            }
        }
    }
    for (const auto& [parameter, value] : point.settings) {
        set(parameter, value);
    }
}

std::vector<std::pair<int, Value>> Sweep::settings(std::size_t index) const {
    std::vector<std::pair<int, Value>> all;
    const auto set = [&](int parameter, const Value& value) {
        const auto known = std::ranges::find(all, parameter, &std::pair<int, Value>::first);
        if (known != all.end()) {
            known->second = value;
        } else {
            all.emplace_back(parameter, value);
        }
    };
    for (const auto& [parameter, value] : experiment_->fixed) {
        set(parameter, value);
    }
    for_each_setting(index, set);
    return all;
}

Trial Sweep::trial(std::size_t index) const {
    std::vector<Value> values = values_;
    std::vector<bool> is_set = is_set_;
    for_each_setting(index, [&](int parameter, const Value& value) {
        values[static_cast<std::size_t>(parameter)] = value;
        is_set[static_cast<std::size_t>(parameter)] = true;
    });
    experiment_->model->complete(values, is_set, experiment_->folder);
    return {*experiment_->model, std::move(values), experiment_->folder};
}

}  // namespace syncache
