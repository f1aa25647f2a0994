#include "host/run/optimise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "host/experiment/sweep.hpp"
#include "host/results/results.hpp"
#include "host/run/message.hpp"
#include "host/store/sql.hpp"

namespace syncache {
namespace {

// Between two tried values; infinity is as far from a value as its double, and from nothing as 1.
double between(double a, double b) {
    if (std::isinf(b)) {
        return a > 0.0 ? 2.0 * a : 1.0;
    }
    return a > 0.0 ? std::sqrt(a) * std::sqrt(b) : (a + b) / 2.0;
}

// From `value` away from its neighbour, by the same ratio. With no neighbour, by a factor of 2.
double beyond(double value, double neighbour) {
    return value > 0.0 && neighbour > 0.0 ? value * (value / neighbour) : 2.0 * value - neighbour;
}

// Values beyond the lowest or the highest one tried, unless the total has stopped to change there.
void add_beyond_edges(const Optimum& optimum, std::vector<double>& values) {
    const std::vector<double>& tried = optimum.tried;
    const std::vector<double>& totals = optimum.totals;
    if (optimum.edge == Edge::only && (tried[0] == 0.0 || std::isinf(tried[0]))) {
        values.push_back(1.0);
    } else if (optimum.edge == Edge::only) {
        values.push_back(tried[0] / 2.0);
        values.push_back(tried[0] * 2.0);
    } else if (optimum.edge == Edge::low && totals[1] != totals[0]) {
        values.push_back(beyond(tried[0], tried[1]));
    } else if (const std::size_t last = tried.size() - 1;
               optimum.edge == Edge::high && totals[last - 1] != totals[last]) {
        values.push_back(beyond(tried[last], tried[last - 1]));
    }
}

// The trials that `optima` want next, on top of an experiment whose combinations they are.
class Refinement {
  public:
    Refinement(const OptimiseOptions& options) : options_(options) {}

    std::optional<Experiment> operator()(Store& store, const Experiment& experiment) {
        const auto index = static_cast<std::size_t>(find_parameter(*experiment.model, options_.over));
        const Parameter& parameter = experiment.model->parameters()[index];
        results::forget_tables(store);
        auto optima = find_optima(store, options_.over);
        // A forced merge may have added trials of other experiments, behind this one's.
        const Sweep sweep(experiment);
        sql::Statement position(store.handle(),
                                "SELECT t.position FROM temp.trial_values v JOIN main.trials t ON t.id = v.source "
                                "WHERE v.trial = ?");
        const auto place_of = [&](std::int64_t trial) {
            position.bind(trial).step();
            return static_cast<std::size_t>(position.integer(0));
        };
        std::erase_if(optima,
                      [&](const Optimum& optimum) { return place_of(optimum.seed_trials.front()) >= sweep.size(); });
        std::map<std::size_t, std::set<double>> wanted;  // by the place of a seed's first trial
        std::size_t n_unknown = 0, n_absent = 0;
        for (const Optimum& optimum : optima) {
            const auto values = next_values(optimum, parameter, options_.tolerance);
            n_unknown += values.empty() ? 0 : 1;
            n_absent += optimum.exists() ? 0 : 1;
            for (const std::int64_t trial : optimum.seed_trials) {
                if (const std::size_t place = place_of(trial); place < sweep.size()) {
                    wanted[place].insert(values.begin(), values.end());
                }
            }
        }
        if (options_.run.progress == ProgressForm::text) {
            tell("{} of {} optima known to within {:g} %{}\n", optima.size() - n_unknown - n_absent, optima.size(),
                 100.0 * options_.tolerance,
                 n_absent > 0 ? fmt::format("; {}: too few trials converge at any value", n_absent) : "");
        }
        if (n_unknown == 0) {
            return std::nullopt;
        }
        if (++n_rounds_ > most_rounds) {
            throw std::runtime_error(fmt::format("{} of {} optima are still not known to within {:g} % after {} rounds",
                                                 n_unknown, optima.size(), 100.0 * options_.tolerance, most_rounds));
        }
        return experiment_of(sweep, experiment, static_cast<int>(index), parameter, wanted);
    }

  private:
    // Halving a factor of 2 down to a millionth, or doubling a threshold to 10^15, takes fewer.
    static constexpr int most_rounds = 50;

    static Experiment experiment_of(const Sweep& sweep, const Experiment& experiment, int index,
                                    const Parameter& parameter, const std::map<std::size_t, std::set<double>>& wanted) {
        Experiment more = experiment;
        more.fixed.clear();
        more.axes.clear();
        more.points.clear();
        for (const auto& [place, values] : wanted) {
            for (const double value : values) {
                Point point{sweep.settings(place)};
                std::erase_if(point.settings, [&](const auto& setting) { return setting.first == index; });
                if (parameter.type == Parameter::Type::integer) {
                    point.settings.emplace_back(index, static_cast<std::int64_t>(value));
                } else {
                    point.settings.emplace_back(index, value);
                }
                more.points.push_back(std::move(point));
            }
        }
        return more;
    }

    const OptimiseOptions& options_;
    int n_rounds_ = 0;
};

void check_options(const OptimiseOptions& options) {
    if (!(options.tolerance > 0.0)) {
        throw std::invalid_argument(fmt::format("--tolerance = {}; allowed: a number > 0", options.tolerance));
    }
    const Experiment experiment = read_experiment(options.run.experiment, options.run.overrides);
    std::vector<std::string> numbers;
    for (const Parameter& parameter : experiment.model->parameters()) {
        if (parameter.name != "seed" &&
            (parameter.type == Parameter::Type::real || parameter.type == Parameter::Type::integer)) {
            numbers.push_back(parameter.name);
        }
    }
    if (std::find(numbers.begin(), numbers.end(), options.over) == numbers.end()) {
        throw std::invalid_argument(
            fmt::format("--over = {}; allowed: one of {}", options.over, fmt::join(numbers, ", ")));
    }
}

// How far from the optimum the values tried beside it may be: relative to it, and of a parameter that may be negative,
// whose optimum may be 0, at least relative to that part of what was tried. Nothing is close to infinity.
double close_enough(const Optimum& optimum, const Parameter& parameter, double tolerance) {
    const double best = std::fabs(optimum.tried[optimum.best]);
    const double range = optimum.tried.back() - optimum.tried.front();
    const double least = parameter.minimum < 0.0 && std::isfinite(range) ? tolerance * range : 0.0;
    return std::isfinite(best) ? tolerance * std::fmax(best, least) : 0.0;
}

}  // namespace

std::vector<double> next_values(const Optimum& optimum, const Parameter& parameter, double tolerance) {
    std::vector<double> values;
    if (!optimum.exists() || optimum.edge == Edge::flat) {
        return values;
    }
    const std::vector<double>& tried = optimum.tried;
    const double best = tried[optimum.best];
    const double close = close_enough(optimum, parameter, tolerance);
    if (optimum.best > 0 && !(best - tried[optimum.best - 1] <= close)) {
        values.push_back(between(tried[optimum.best - 1], best));
    }
    // Up to the learning rate a threshold is as good as 0.
    const bool has_changed = best != 0.0 || optimum.best + 1 >= tried.size() ||
                             optimum.totals[optimum.best + 1] != optimum.totals[optimum.best];
    if (optimum.best + 1 < tried.size() && !(tried[optimum.best + 1] - best <= close) && has_changed) {
        values.push_back(between(best, tried[optimum.best + 1]));
    }
    add_beyond_edges(optimum, values);
    for (double& value : values) {
        value = std::clamp(value, parameter.minimum, parameter.maximum);
        value = parameter.type == Parameter::Type::integer ? std::round(value) : value;
    }
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    std::erase_if(values, [&](double value) {
        return std::binary_search(tried.begin(), tried.end(), value) ||
               (parameter.above_minimum && value == parameter.minimum);
    });
    return values;
}

RunEnd optimise(const OptimiseOptions& options, StopRequest& stop) {
    check_options(options);
    return run_experiment(options.run, stop, std::cout, Refinement(options));
}

}  // namespace syncache
