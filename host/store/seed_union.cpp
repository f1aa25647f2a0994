#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "host/experiment/sweep.hpp"
#include "host/settings/value.hpp"
#include "host/store/seed_union_impl.hpp"

namespace syncache {
namespace {

using Settings = std::vector<std::pair<int, Value>>;

bool is_seed_axis(const Axis& axis, int seed) { return axis.parameters == std::vector{seed}; }

// Whether the seed is nothing but a fixed value or an axis of its own.
bool has_plain_seed(const Experiment& experiment, int seed) {
    const auto is_plain = [&](const Axis& axis) {
        return is_seed_axis(axis, seed) || std::ranges::count(axis.parameters, seed) == 0;
    };
    return std::ranges::all_of(experiment.axes, is_plain) &&
           std::ranges::none_of(experiment.points, [&](const Point& point) { return sets(point, seed); });
}

Settings sorted(Settings settings) {
    std::ranges::sort(settings, {}, &std::pair<int, Value>::first);
    return settings;
}

Settings without(Settings settings, int seed) {
    std::erase_if(settings, [&](const auto& setting) { return setting.first == seed; });
    return sorted(std::move(settings));
}

std::vector<Settings> points_of(const Experiment& experiment) {
    std::vector<Settings> points;
    for (const Point& point : experiment.points) {
        points.push_back(sorted(point.settings));
    }
    return points;
}

using AxisParts = std::pair<std::vector<int>, std::vector<std::vector<Value>>>;

std::vector<AxisParts> other_axes(const Experiment& experiment, int seed) {
    std::vector<AxisParts> axes;
    for (const Axis& axis : experiment.axes) {
        if (!is_seed_axis(axis, seed)) {
            axes.emplace_back(axis.parameters, axis.values);
        }
    }
    return axes;
}

bool same_prices(const AccountingSetting& a, const AccountingSetting& b) {
    return a.maintenance_cost == b.maintenance_cost && a.transient_change_cost == b.transient_change_cost &&
           a.persistent_cost == b.persistent_cost && a.pricing == b.pricing;
}

bool same_but_for_seeds(const Experiment& a, const Experiment& b, int seed) {
    return a.name == b.name && a.model == b.model && has_plain_seed(a, seed) && has_plain_seed(b, seed) &&
           without(a.fixed, seed) == without(b.fixed, seed) && other_axes(a, seed) == other_axes(b, seed) &&
           points_of(a) == points_of(b) && a.record == b.record &&
           std::ranges::equal(a.accounting, b.accounting, same_prices);
}

std::vector<std::int64_t> seeds_of(const Experiment& experiment, int seed) {
    for (const Axis& axis : experiment.axes) {
        if (is_seed_axis(axis, seed)) {
            std::vector<std::int64_t> seeds;
            for (const std::vector<Value>& step : axis.values) {
                seeds.push_back(std::get<std::int64_t>(step.front()));
            }
            return seeds;
        }
    }
    for (const auto& [parameter, value] : experiment.fixed) {
        if (parameter == seed) {
            return {std::get<std::int64_t>(value)};
        }
    }
    return {std::get<std::int64_t>(experiment.model->parameters()[static_cast<std::size_t>(seed)].fallback)};
}

// What tells a sweep's trials apart, as a text: the seed too where the experiment leaves it open.
std::string key_of(const Experiment& experiment, const Sweep& sweep, std::size_t place, int seed) {
    Settings settings = sweep.settings(place);
    if (std::ranges::count(settings, seed, &std::pair<int, Value>::first) == 0) {
        settings.emplace_back(seed, seeds_of(experiment, seed).front());
    }
    std::string key;
    for (const auto& [parameter, value] : sorted(std::move(settings))) {
        key += fmt::format("{}={}\n", parameter, to_text(value));
    }
    return key;
}

Experiment with_seeds(const Experiment& first, int seed, const std::vector<std::int64_t>& seeds) {
    if (seeds == seeds_of(first, seed)) {
        return first;
    }
    return parse_experiment(first.text, first.folder, first.name, {fmt::format("seed=[{}]", fmt::join(seeds, ", "))});
}

}  // namespace

std::optional<SeedUnion> SeedUnion::of(const std::vector<std::string>& texts) {
    std::vector<Experiment> experiments;
    try {
        for (const std::string& text : texts) {
            experiments.push_back(parse_experiment(text, ".", "experiment"));
        }
    } catch (const std::exception&) {
        return std::nullopt;
    }
    const Experiment& first = experiments.front();
    const int seed = find_parameter(*first.model, "seed");
    std::vector<std::int64_t> seeds;
    for (const Experiment& experiment : experiments) {
        if (!same_but_for_seeds(first, experiment, seed)) {
            return std::nullopt;
        }
        for (const std::int64_t one : seeds_of(experiment, seed)) {
            if (std::ranges::count(seeds, one) == 0) {
                seeds.push_back(one);
            }
        }
    }
    SeedUnion all;
    all.experiment_ = std::make_shared<const Experiment>(with_seeds(first, seed, seeds));
    const Sweep whole(*all.experiment_);
    constexpr std::size_t most_trials = 100'000'000;  // whose places memory holds
    if (whole.size() > most_trials) {
        throw std::invalid_argument(
            fmt::format("experiment \"{}\": {} trials with all seeds; allowed: {} to bring them in order", first.name,
                        whole.size(), most_trials));
    }
    all.size_ = static_cast<std::int64_t>(whole.size());
    std::unordered_map<std::string, std::int64_t> place_of;
    for (std::size_t place = 0; place < whole.size(); ++place) {
        place_of.emplace(key_of(*all.experiment_, whole, place, seed), static_cast<std::int64_t>(place));
    }
    for (const Experiment& experiment : experiments) {
        std::vector<std::int64_t>& places = all.places_[experiment.text];
        const Sweep sweep(experiment);
        for (std::size_t place = places.size(); place < sweep.size(); ++place) {
            places.push_back(place_of.at(key_of(experiment, sweep, place, seed)));
        }
    }
    return all;
}

std::int64_t SeedUnion::place(const std::string& text, std::int64_t position) const {
    const std::vector<std::int64_t>& places = places_.at(text);
    const auto size = static_cast<std::int64_t>(places.size());
    return position < size ? places[static_cast<std::size_t>(position)] : size_ + position - size;
}

}  // namespace syncache
