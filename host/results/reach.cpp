#include "host/results/reach.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <ostream>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "host/results/combinations_impl.hpp"
#include "host/results/intervals.hpp"
#include "host/results/results_impl.hpp"
#include "host/settings/suggestion.hpp"

namespace syncache {
namespace {

constexpr std::size_t n_quantities = 5;
constexpr const char* quantities = "presentations, uncached, consolidation, maintenance_sum, transient_change_sum";

// What a trial took to reach an accuracy, before prices.
struct Taken {
    double presentations, uncached, consolidation, maintenance_sum, transient_change_sum;
};

struct Prices {
    double maintenance, transient_change;
};

struct Group {
    std::int64_t first_trial = 0;
    std::int64_t trials = 0, missing = 0;
    std::vector<std::vector<Taken>> reached;  // [accuracy][trial that reached it]
};

// The checkpoints of one trial, in order.
struct Course {
    std::vector<double> accuracies;
    std::vector<double> values[n_quantities];

    std::optional<Taken> at(double level, int confirm) const {
        const auto reached = first_reached(accuracies, level, confirm);
        if (!reached) {
            return std::nullopt;
        }
        const auto value = [&](std::size_t quantity) { return reached->value(values[quantity]); };
        return Taken{value(0), value(1), value(2), value(3), value(4)};
    }
};

std::vector<Prices> prices_of(const Store& store) {
    std::vector<Prices> prices;
    sql::Statement rows(store.handle(),
                        "SELECT maintenance_cost, transient_change_cost, exponent = 1 AND NOT potentiation_only AND "
                        "persistent_cost = 0 FROM temp.settings ORDER BY setting");
    while (rows.step()) {
        if (rows.integer(2) == 0) {
            throw std::invalid_argument(fmt::format(
                "{}: checkpoints hold energies of exponent 1 and both signs, without persistent_cost; allowed: "
                "--price exponent=1 --price potentiation_only=false --price persistent_cost=0",
                store.file().string()));
        }
        prices.push_back({rows.real(0), rows.real(1)});
    }
    return prices;
}

std::vector<std::string> rows_by(const Store& store, const ReachOptions& options) {
    std::vector<std::string> names = results::parameter_names(store);
    std::erase(names, "seed");
    for (const std::string& name : options.by) {
        if (std::ranges::count(names, name) == 0) {
            throw std::invalid_argument(
                fmt::format("--by {}; {}allowed: {}", name, did_you_mean(name, names), fmt::join(names, ", ")));
        }
    }
    return options.by.empty() ? names : options.by;
}

// The groups in the order of their first trials, and each trial's group.
struct Groups {
    std::vector<Group> all;
    std::vector<std::size_t> of_trial;  // [trial - 1]
};

Groups find_groups(const Store& store, const std::vector<std::string>& by, std::size_t n_accuracies) {
    std::string columns = "trial";
    for (const std::string& name : by) {
        columns += ", " + sql::quoted(name);
    }
    sql::Statement rows(store.handle(), fmt::format("SELECT {} FROM temp.trial_values ORDER BY trial", columns));
    Groups groups;
    std::map<std::string, std::size_t> known;
    while (rows.step()) {
        std::string key;
        for (int column = 1; column < rows.columns(); ++column) {
            results::append_csv(rows, column, key);
            key += ',';
        }
        const auto [entry, is_new] = known.emplace(key, groups.all.size());
        if (is_new) {
            groups.all.push_back({rows.integer(0), 0, 0, std::vector<std::vector<Taken>>(n_accuracies)});
        }
        ++groups.all[entry->second].trials;
        groups.of_trial.push_back(entry->second);
    }
    if (const auto missing = results::missing_trials(store, {"seed"})) {
        for (const auto& [trial, count] : *missing) {
            groups.all[groups.of_trial.at(static_cast<std::size_t>(trial) - 1)].missing += count;
        }
    }
    return groups;
}

void read_courses(const Store& store, const ReachOptions& options, Groups& groups) {
    sql::Statement rows(store.handle(),
                        fmt::format("SELECT trial, accuracy, {} FROM temp.recorded_checkpoints ORDER BY "
                                    "trial, presentations",
                                    quantities));
    Course course;
    std::int64_t trial = 0;
    const auto take = [&] {
        for (std::size_t i = 0; i < options.accuracies.size() && trial > 0; ++i) {
            if (const auto taken = course.at(options.accuracies[i], options.confirm)) {
                groups.all[groups.of_trial.at(static_cast<std::size_t>(trial) - 1)].reached[i].push_back(*taken);
            }
        }
        course = Course{};
    };
    while (rows.step()) {
        if (rows.integer(0) != trial) {
            take();
            trial = rows.integer(0);
        }
        course.accuracies.push_back(rows.real(1));
        for (std::size_t i = 0; i < n_quantities; ++i) {
            course.values[i].push_back(rows.real(2 + static_cast<int>(i)));
        }
    }
    take();
}

template <class Quantity>
std::vector<double> values_of(const std::vector<Taken>& taken, Quantity quantity) {
    std::vector<double> values;
    std::ranges::transform(taken, std::back_inserter(values), quantity);
    return values;
}

double mean(const std::vector<double>& values) {
    double sum = 0.0;
    for (const double value : values) {
        sum += value;
    }
    return values.empty() ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(values.size());
}

void create_table(sqlite3* database, const std::vector<std::string>& by) {
    std::string columns = "\"row\"";
    for (const std::string& name : by) {
        columns += ", " + sql::quoted(name);
    }
    sql::execute(database, "DROP TABLE IF EXISTS temp.reach");
    sql::execute(
        database,
        fmt::format("CREATE TEMP TABLE reach({}, maintenance_cost, transient_change_cost, accuracy, total, total_low, "
                    "total_high, presentations, presentations_low, presentations_high, uncached, consolidation, "
                    "maintenance, reached, not_reached, missing)",
                    columns));
}

std::string insert_statement(const std::vector<std::string>& by) {
    std::string columns = "?1";
    for (const std::string& name : by) {
        columns += ", v." + sql::quoted(name);
    }
    for (int i = 3; i < 18; ++i) {
        columns += fmt::format(", ?{}", i);
    }
    return fmt::format("INSERT INTO temp.reach SELECT {} FROM temp.trial_values v WHERE v.trial = ?2", columns);
}

void insert_row(sql::Statement& insert, std::int64_t row, const Group& group, const Prices& prices, double accuracy,
                const std::vector<Taken>& taken) {
    const auto total = values_of(taken, [&](const Taken& t) {
        return t.consolidation + prices.maintenance * t.maintenance_sum +
               prices.transient_change * t.transient_change_sum;
    });
    const auto presentations = values_of(taken, [](const Taken& t) { return t.presentations; });
    const Interval of_total = mean_interval(total), of_presentations = mean_interval(presentations);
    insert.bind(row, group.first_trial, prices.maintenance, prices.transient_change, accuracy, mean(total),
                of_total.low, of_total.high, mean(presentations), of_presentations.low, of_presentations.high,
                mean(values_of(taken, [](const Taken& t) { return t.uncached; })),
                mean(values_of(taken, [](const Taken& t) { return t.consolidation; })),
                prices.maintenance * mean(values_of(taken, [](const Taken& t) { return t.maintenance_sum; })),
                taken.size(), group.trials - static_cast<std::int64_t>(taken.size()), group.missing);
    insert.run();
}

}  // namespace

double Reached::value(std::span<const double> at_checkpoints) const {
    return part == 1.0 ? at_checkpoints[at]
                       : at_checkpoints[at - 1] + part * (at_checkpoints[at] - at_checkpoints[at - 1]);
}

std::optional<Reached> first_reached(std::span<const double> accuracies, double level, int confirm) {
    int n_in_a_row = 0;
    for (std::size_t i = 0; i < accuracies.size(); ++i) {
        n_in_a_row = accuracies[i] >= level ? n_in_a_row + 1 : 0;
        if (confirm > 0 && n_in_a_row == confirm) {
            return Reached{i + 1 - static_cast<std::size_t>(confirm), 1.0};
        }
        if (confirm == 0 && n_in_a_row > 0) {
            return Reached{i, i == 0 ? 1.0 : (level - accuracies[i - 1]) / (accuracies[i] - accuracies[i - 1])};
        }
    }
    return std::nullopt;
}

void export_reach(Store& store, const ReachOptions& options, ExportFormat format, std::ostream& out) {
    const auto recorded = results::recorded_names(store);
    if (std::ranges::count(recorded, "checkpoints") == 0) {
        throw std::invalid_argument(
            fmt::format("{}: holds no checkpoints; allowed: results of a model that records them, as mlp does",
                        store.file().string()));
    }
    results::ensure_tables(store, "outcomes");
    results::ensure_tables(store, "checkpoints");
    const std::vector<Prices> prices = prices_of(store);
    const std::vector<std::string> by = rows_by(store, options);
    Groups groups = find_groups(store, by, options.accuracies.size());
    read_courses(store, options, groups);
    create_table(store.handle(), by);
    {
        sql::Statement insert(store.handle(), insert_statement(by));
        std::int64_t row = 0;
        for (const Group& group : groups.all) {
            for (const Prices& price : prices) {
                for (std::size_t i = 0; i < options.accuracies.size(); ++i) {
                    insert_row(insert, row++, group, price, options.accuracies[i], group.reached[i]);
                }
            }
        }
    }
    sql::Statement rows(store.handle(), "SELECT * FROM temp.reach ORDER BY \"row\"");
    results::write_rows(rows, format, out);
}

}  // namespace syncache
