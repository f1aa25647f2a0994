#include "host/optimise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <map>
#include <set>
#include <stdexcept>

#include "host/results_impl.hpp"
#include "host/sweep.hpp"

namespace syncache {
namespace {

// Between two tried values; infinity is as far from a value as its double.
double between(double a, double b) {
    return std::isinf(b) ? 2.0 * a : a > 0.0 ? std::sqrt(a) * std::sqrt(b) : (a + b) / 2.0;
}

// From `value` away from its neighbour, by the same ratio. With no neighbour, by a factor of 2.
double beyond(double value, double neighbour) {
    return value > 0.0 && neighbour > 0.0 ? value * (value / neighbour) : 2.0 * value - neighbour;
}

// Values beyond the lowest or the highest one tried, unless the total has stopped to change there.
void add_beyond_edges(const Optimum& optimum, std::vector<double>& values) {
    const std::vector<double>& tried = optimum.tried;
    const std::vector<double>& totals = optimum.totals;
    if (optimum.edge == Edge::only) {
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
        const auto optima = find_optima(store, options_.over);
        std::map<std::int64_t, std::set<double>> wanted;  // by a seed's first trial
        std::size_t n_unknown = 0;
        for (const Optimum& optimum : optima) {
            const auto values = next_values(optimum, parameter, options_.tolerance);
            n_unknown += values.empty() ? 0 : 1;
            for (const std::int64_t trial : optimum.seed_trials) {
                wanted[trial].insert(values.begin(), values.end());
            }
        }
        if (!options_.run.quiet) {
            fmt::print(stderr, "{} of {} optima known to within {:g} %\n", optima.size() - n_unknown, optima.size(),
                       100.0 * options_.tolerance);
        }
        if (n_unknown == 0 || ++n_rounds_ > most_rounds) {
            return std::nullopt;
        }
        return experiment_of(store, experiment, static_cast<int>(index), parameter, wanted);
    }

  private:
    // Halving a factor of 2 down to a millionth, or doubling a threshold to 10^15, takes fewer.
    static constexpr int most_rounds = 50;

    static Experiment experiment_of(const Store& store, const Experiment& experiment, int index,
                                    const Parameter& parameter,
                                    const std::map<std::int64_t, std::set<double>>& wanted) {
        const Sweep sweep(experiment);
        Experiment more = experiment;
        more.fixed.clear();
        more.axes.clear();
        more.points.clear();
        sql::Statement position(store.handle(),
                                "SELECT t.position FROM temp.trial_values v JOIN main.trials t ON t.id = v.source "
                                "WHERE v.trial = ?");
        for (const auto& [trial, values] : wanted) {
            position.bind(trial).step();
            for (const double value : values) {
                Point point{sweep.settings(static_cast<std::size_t>(position.integer(0)))};
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

// Whether the value tried beside the optimum is close enough. Nothing is close to infinity.
bool is_close(double beside, double best, double tolerance) {
    return std::isfinite(best) && std::fabs(beside - best) <= tolerance * best;
}

}  // namespace

std::vector<double> next_values(const Optimum& optimum, const Parameter& parameter, double tolerance) {
    std::vector<double> values;
    if (!optimum.exists() || optimum.edge == Edge::flat) {
        return values;
    }
    const std::vector<double>& tried = optimum.tried;
    const double best = tried[optimum.best];
    if (optimum.best > 0 && !is_close(tried[optimum.best - 1], best, tolerance)) {
        values.push_back(between(tried[optimum.best - 1], best));
    }
    if (optimum.best + 1 < tried.size() && !is_close(tried[optimum.best + 1], best, tolerance) &&
        (best > 0.0 || optimum.totals[1] != optimum.totals[0])) {
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
