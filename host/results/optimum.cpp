#include "host/results/optimum.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "host/results/optimum_impl.hpp"
#include "host/results/results_impl.hpp"

namespace syncache {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

// What the seeds of one combination gave at one value and one accounting setting.
struct Cell {
    std::vector<std::pair<std::int64_t, double>> totals;  // (seed, total) of converged trials
    std::vector<double> sums;                             // of the outcome's columns, over them

    double mean_total() const {
        double sum = 0.0;
        for (const auto& [seed, total] : totals) {
            sum += total;
        }
        return sum / static_cast<double>(totals.size());
    }
};

struct Tried {
    std::int64_t trials = 0, converged = 0;
    std::vector<Cell> cells;  // [setting]
};

struct Combination {
    std::map<std::int64_t, std::int64_t> first_trials;  // by seed
    std::map<double, Tried> values;

    std::int64_t first_trial() const {
        std::int64_t first = std::numeric_limits<std::int64_t>::max();
        for (const auto& [seed, trial] : first_trials) {
            first = std::min(first, trial);
        }
        return first;
    }
};

// Where a trial belongs.
struct Membership {
    Tried* tried = nullptr;
    std::int64_t seed = 0;
    bool converged = false;
};

struct Interval {
    double low = nan, high = nan;
};

// The mean's 95 % interval by Student's t; NaN for fewer than two values.
Interval mean_interval(const std::vector<double>& values) {
    if (values.size() < 2) {
        return {};
    }
    const auto n = static_cast<double>(values.size());
    double mean = 0.0, squares = 0.0;
    for (const double value : values) {
        mean += value / n;
    }
    for (const double value : values) {
        squares += (value - mean) * (value - mean);
    }
    const double deviation = std::sqrt(squares / (n - 1.0) / n);
    const double half = deviation * boost::math::quantile(boost::math::students_t(n - 1.0), 0.975);
    return {mean - half, mean + half};
}

// The value as a number: of a parameter that is a list, too, if the list holds one.
double value_of(const sql::Statement& row, int column, const Store& store, const std::string& over) {
    if (row.type(column) == SQLITE_TEXT) {
        const std::string text(row.text(column));
        char* end = nullptr;
        const double value = std::strtod(text.c_str(), &end);
        if (text.empty() || *end != '\0') {
            throw std::invalid_argument(fmt::format("{}: optimum over {} = {}; allowed: a parameter that is a number",
                                                    store.file().string(), over, text));
        }
        return value;
    }
    return row.real(column);
}

struct Table {
    std::vector<Combination> combinations;  // in the order of their first trials
    std::vector<Membership> members;        // [trial - 1]
};

Table read_trials(const Store& store, const std::string& over, std::size_t n_settings) {
    std::string columns = fmt::format("trial, seed, converged, {}", sql::quoted(over));
    for (const std::string& name : results::other_parameters(store, over)) {
        columns += ", " + sql::quoted(name);
    }
    sql::Statement rows(store.handle(), fmt::format("SELECT {} FROM temp.trial_values ORDER BY trial", columns));
    Table table;
    std::unordered_map<std::string, std::size_t> known;
    std::vector<std::pair<std::size_t, double>> places;
    while (rows.step()) {
        std::string key;
        for (int column = 4; column < rows.columns(); ++column) {
            results::append_csv(rows, column, key);
            key += ',';
        }
        const auto [entry, is_new] = known.emplace(key, table.combinations.size());
        if (is_new) {
            table.combinations.emplace_back();
        }
        Combination& combination = table.combinations[entry->second];
        combination.first_trials.emplace(rows.integer(1), rows.integer(0));
        const double value = value_of(rows, 3, store, over);
        Tried& tried = combination.values[value];
        tried.cells.resize(n_settings);
        ++tried.trials;
        tried.converged += rows.integer(2) != 0 ? 1 : 0;
        places.emplace_back(entry->second, value);
        table.members.push_back({nullptr, rows.integer(1), rows.integer(2) != 0});
    }
    for (std::size_t i = 0; i < places.size(); ++i) {  // now that nothing moves any more
        table.members[i].tried = &table.combinations[places[i].first].values[places[i].second];
    }
    return table;
}

void read_outcomes(const Store& store, const std::vector<std::string>& means, Table& table) {
    std::string columns = "trial, total";
    for (const std::string& name : means) {
        columns += ", " + sql::quoted(name);
    }
    sql::Statement rows(store.handle(), fmt::format("SELECT {} FROM temp.outcomes", columns));
    std::int64_t last_trial = 0;
    std::size_t setting = 0;
    while (rows.step()) {
        setting = rows.integer(0) == last_trial ? setting + 1 : 0;
        last_trial = rows.integer(0);
        const Membership& member = table.members.at(static_cast<std::size_t>(last_trial) - 1);
        if (!member.converged) {
            continue;
        }
        Cell& cell = member.tried->cells.at(setting);
        cell.totals.emplace_back(member.seed, rows.real(1));
        cell.sums.resize(means.size());
        for (std::size_t i = 0; i < means.size(); ++i) {
            cell.sums[i] += rows.real(2 + static_cast<int>(i));
        }
    }
}

// Whether the seeds that converged at both cannot tell the other value's total from the best one's.
bool is_like(const Cell& best, const Cell& other) {
    std::map<std::int64_t, double> by_seed(best.totals.begin(), best.totals.end());
    std::vector<double> differences;
    for (const auto& [seed, total] : other.totals) {
        if (const auto found = by_seed.find(seed); found != by_seed.end()) {
            differences.push_back(total - found->second);
        }
    }
    return mean_interval(differences).low <= 0.0;
}

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

// Says what the seeds gave at the optimum, and which other values they cannot tell from it.
void describe_best(Optimum& optimum, const std::vector<const Cell*>& cells) {
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
    for (std::size_t i = 0; i < cells.size() && totals.size() > 1; ++i) {
        if (i == optimum.best || (!std::isnan(optimum.totals[i]) && is_like(best, *cells[i]))) {
            optimum.low = std::fmin(optimum.low, optimum.tried[i]);  // of a NaN and a number, the number
            optimum.high = optimum.tried[i];
        }
    }
}

Optimum reduce(const Combination& combination, std::size_t setting, Bounds bounds) {
    Optimum optimum;
    optimum.trial = combination.first_trial();
    for (const auto& [seed, trial] : combination.first_trials) {
        optimum.seed_trials.push_back(trial);
    }
    optimum.setting = static_cast<std::int64_t>(setting);
    std::vector<const Cell*> cells;
    double least = infinity, most = -infinity;
    for (const auto& [value, tried] : combination.values) {
        const Cell& cell = tried.cells[setting];
        const double mean = cell.mean_total();
        const bool qualifies = 2 * tried.converged >= tried.trials && std::isfinite(mean);
        if (qualifies && mean < least) {
            least = mean;
            optimum.best = cells.size();
        }
        most = std::fmax(most, qualifies ? mean : infinity);
        optimum.trials += tried.trials;
        optimum.not_converged += tried.trials - tried.converged;
        optimum.tried.push_back(value);
        optimum.totals.push_back(qualifies ? mean : nan);
        cells.push_back(&cell);
    }
    if (least < infinity) {
        optimum.edge = edge_of(optimum, bounds);
        if (optimum.edge != Edge::only && most == least) {
            optimum.edge = Edge::flat;
        }
        describe_best(optimum, cells);
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

std::vector<Optimum> find_optima(Store& store, const std::string& over) {
    results::ensure_tables(store, "outcomes");
    const auto n_settings =
        static_cast<std::size_t>(sql::query_integer(store.handle(), "SELECT count(*) FROM temp.settings"));
    Table table = read_trials(store, over, n_settings);
    read_outcomes(store, results::mean_columns(store.handle()), table);
    const Bounds bounds = bounds_of(store, over);
    std::vector<Optimum> optima;
    for (const Combination& combination : table.combinations) {
        for (std::size_t setting = 0; setting < n_settings; ++setting) {
            optima.push_back(reduce(combination, setting, bounds));
        }
    }
    return optima;
}

}  // namespace syncache
