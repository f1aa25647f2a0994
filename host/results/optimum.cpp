#include "host/results/optimum.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "host/results/combinations_impl.hpp"
#include "host/results/intervals.hpp"
#include "host/results/results_impl.hpp"

namespace syncache {
namespace {

using results::Cell;
using results::Combination;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

struct Bounds {
    double minimum = -infinity;
    double maximum = infinity;
};

// The parameter's own bounds, where the file's model is one of ours.
Bounds bounds_of(const Store& store, const std::string& over) {
    const std::string name = sql::query_text(
        store.handle(), "SELECT model FROM experiments WHERE id = (SELECT experiment FROM current_experiment)");
    for (const Model* model : models()) {
        const int index = find_parameter(*model, over);
        if (model->name() == name && index >= 0) {
            const Parameter& parameter = model->parameters()[static_cast<std::size_t>(index)];
            return {parameter.minimum, parameter.maximum};
        }
    }
    return {};
}

Edge edge_of(const Optimum& optimum, Bounds bounds) {
    const std::vector<double>& tried = optimum.tried;
    const std::size_t best = optimum.best;
    const bool is_first = best == 0, is_last = best + 1 == tried.size();
    if (tried.size() == 1) {
        return Edge::only;
    }
    if (is_first && tried[best] > bounds.minimum) {
        return Edge::low;
    }
    if (is_last && tried[best] < bounds.maximum) {
        return Edge::high;
    }
    const bool is_hemmed_in =
        (!is_first && std::isnan(optimum.totals[best - 1])) || (!is_last && std::isnan(optimum.totals[best + 1]));
    return is_hemmed_in ? Edge::convergence : Edge::no;
}

// The totals of the common seeds at each value; empty rows for values that are not compared.
PairedEnergies paired_energies(const Combination& combination, const std::vector<const Cell*>& cells,
                               const std::vector<double>& totals) {
    PairedEnergies energies(cells.size());
    std::size_t place = 0;
    for (const auto& [value, tried] : combination.values) {
        if (tried.is_common && !std::isnan(totals[place])) {
            const std::map<std::int64_t, double> by_seed(cells[place]->totals.begin(), cells[place]->totals.end());
            for (const std::int64_t seed : combination.common_seeds) {
                energies[place].push_back(by_seed.at(seed));
            }
        }
        ++place;
    }
    return energies;
}

// Says what the seeds gave at the optimum, and which other values they cannot tell from it.
void describe_best(Optimum& optimum, const Combination& combination, const std::vector<const Cell*>& cells) {
    const Cell& best = *cells[optimum.best];
    optimum.seeds = static_cast<std::int64_t>(best.totals.size());
    for (const double sum : best.sums) {
        optimum.means.push_back(sum / static_cast<double>(optimum.seeds));
    }
    std::vector<double> totals;
    for (const auto& [seed, total] : best.totals) {
        totals.push_back(total);
    }
    const Interval interval = mean_interval(totals);
    optimum.total = best.mean_total();
    optimum.total_low = interval.low;
    optimum.total_high = interval.high;
    if (const auto run = run_around(paired_energies(combination, cells, optimum.totals), optimum.best)) {
        optimum.low = optimum.tried[run->first];
        optimum.high = optimum.tried[run->last];
    }
}

Optimum reduce(const Combination& combination, std::size_t setting, Bounds bounds) {
    Optimum optimum;
    optimum.trial = combination.first_trial();
    for (const auto& [seed, trial] : combination.first_trials) {
        optimum.seed_trials.push_back(trial);
    }
    optimum.setting = static_cast<std::int64_t>(setting);
    optimum.missing = combination.missing;
    std::vector<const Cell*> cells;
    double least = infinity, most = -infinity;
    for (const auto& [value, tried] : combination.values) {
        const Cell& cell = tried.cells[setting];
        const double mean = cell.mean_total();
        const bool qualifies = std::isfinite(mean);
        if (qualifies && mean < least) {
            least = mean;
            optimum.best = cells.size();
        }
        most = std::fmax(most, qualifies ? mean : infinity);
        optimum.trials += tried.trials;
        optimum.not_converged += tried.trials - static_cast<std::int64_t>(tried.converged.size());
        optimum.tried.push_back(value);
        optimum.totals.push_back(qualifies ? mean : nan);
        cells.push_back(&cell);
    }
    if (least < infinity) {
        optimum.edge = edge_of(optimum, bounds);
        if (optimum.edge != Edge::only && most == least) {
            optimum.edge = Edge::flat;
        }
        describe_best(optimum, combination, cells);
    }
    return optimum;
}

}  // namespace

std::string to_text(Edge edge) {
    switch (edge) {
        case Edge::no:
            return "no";
        case Edge::low:
            return "low";
        case Edge::high:
            return "high";
        case Edge::convergence:
            return "convergence";
        case Edge::only:
            return "only";
        case Edge::flat:
            return "flat";
        case Edge::none:
            return "none";
    }
    throw std::logic_error("unknown edge");
}

std::vector<Optimum> find_optima(Store& store, const std::string& over, ComparedSeeds seeds) {
    results::ensure_tables(store, "outcomes");
    const Bounds bounds = bounds_of(store, over);
    std::vector<Optimum> optima;
    const auto n_settings = sql::query_integer(store.handle(), "SELECT count(*) FROM temp.settings");
    for (const Combination& combination : results::read_combinations(store, over, seeds)) {
        for (std::size_t setting = 0; setting < static_cast<std::size_t>(n_settings); ++setting) {
            optima.push_back(reduce(combination, setting, bounds));
        }
    }
    return optima;
}

}  // namespace syncache
