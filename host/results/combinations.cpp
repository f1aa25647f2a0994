#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "host/experiment/sweep.hpp"
#include "host/results/combinations_impl.hpp"
#include "host/results/optimum_impl.hpp"
#include "host/results/results_impl.hpp"
#include "host/settings/value.hpp"
#include "host/store/completeness.hpp"

namespace syncache::results {
namespace {

// Where a trial belongs.
struct Membership {
    Tried* tried = nullptr;
    std::int64_t seed = 0;
};

// The seeds that converged at all of these values.
SeedSet common_seeds(const std::vector<Tried*>& values) {
    SeedSet common = values.empty() ? SeedSet{} : values.front()->converged;
    for (const Tried* value : values) {
        std::erase_if(common, [&](std::int64_t seed) { return !value->converged.contains(seed); });
    }
    return common;
}

// Finds the values to compare, and the seeds that they have in common: the values at which most trials converge, less
// those with the fewest converged seeds (of equal ones the highest) until half of all seeds are common.
void find_common(Combination& combination) {
    std::vector<Tried*> values;
    for (auto& [value, tried] : combination.values) {
        if (tried.mostly_converges()) {
            values.push_back(&tried);
        }
    }
    SeedSet common = common_seeds(values);
    while (values.size() > 1 && 2 * common.size() < combination.first_trials.size()) {
        const auto fewest = std::ranges::min_element(values.rbegin(), values.rend(), {},
                                                     [](const Tried* tried) { return tried->converged.size(); });
        values.erase(std::next(fewest).base());
        common = common_seeds(values);
    }
    for (Tried* value : values) {
        value->is_common = true;
    }
    combination.common_seeds = std::move(common);
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
    std::vector<Combination> combinations;    // in the order of their first trials
    std::vector<Membership> members;          // [trial - 1]
    std::vector<std::size_t> combination_of;  // [trial - 1]
};

Table read_trials(const Store& store, const std::string& over, std::size_t n_settings) {
    std::string columns = fmt::format("trial, seed, converged, {}", sql::quoted(over));
    for (const std::string& name : other_parameters(store, over)) {
        columns += ", " + sql::quoted(name);
    }
    sql::Statement rows(store.handle(), fmt::format("SELECT {} FROM temp.trial_values ORDER BY trial", columns));
    Table table;
    std::unordered_map<std::string, std::size_t> known;
    std::vector<std::pair<std::size_t, double>> places;
    while (rows.step()) {
        std::string key;
        for (int column = 4; column < rows.columns(); ++column) {
            append_csv(rows, column, key);
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
        if (rows.integer(2) != 0) {
            tried.converged.insert(rows.integer(1));
        }
        places.emplace_back(entry->second, value);
        table.members.push_back({nullptr, rows.integer(1)});
        table.combination_of.push_back(entry->second);
    }
    for (std::size_t i = 0; i < places.size(); ++i) {  // now that nothing moves any more
        table.members[i].tried = &table.combinations[places[i].first].values[places[i].second];
    }
    return table;
}

// Decides which trials count.
void choose_seeds(Table& table, ComparedSeeds seeds) {
    for (Combination& combination : table.combinations) {
        find_common(combination);
        for (auto& [value, tried] : combination.values) {
            if (seeds == ComparedSeeds::common && tried.is_common) {
                tried.counting = combination.common_seeds;
            } else if (seeds == ComparedSeeds::all && tried.mostly_converges()) {
                tried.counting = tried.converged;
            }
        }
    }
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
        if (!member.tried->counting.contains(member.seed)) {
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

// What tells the combination of a sweep's trial, as a text.
std::string key_of(const Sweep& sweep, std::size_t place, const std::vector<int>& left_out) {
    auto settings = sweep.settings(place);
    std::erase_if(settings, [&](const auto& setting) { return std::ranges::count(left_out, setting.first) > 0; });
    std::ranges::sort(settings, {}, &std::pair<int, Value>::first);
    std::string key;
    for (const auto& [parameter, value] : settings) {
        key += fmt::format("{}={}\n", parameter, to_text(value));
    }
    return key;
}

// Counts, for each combination that has trials at all, those that the experiment asks for besides.
void count_missing(const Store& store, const std::string& over, Table& table) {
    const auto missing = missing_trials(store, {"seed", over});
    for (Combination& combination : table.combinations) {
        combination.missing = missing ? std::optional<std::int64_t>(0) : std::nullopt;
    }
    for (const auto& [trial, count] : missing.value_or(MissingTrials{})) {
        *table.combinations[table.combination_of.at(static_cast<std::size_t>(trial) - 1)].missing += count;
    }
}

}  // namespace

std::optional<MissingTrials> missing_trials(const Store& store, const std::vector<std::string>& left_out_names) {
    constexpr std::size_t most_asked = 100'000'000;  // which takes minutes
    const auto experiment = recorded_experiment(store);
    if (!experiment) {
        return std::nullopt;
    }
    std::vector<int> left_out;
    for (const std::string& name : left_out_names) {
        left_out.push_back(find_parameter(*experiment->model, name));
    }
    const Sweep sweep(*experiment);
    if (sweep.size() > most_asked) {
        return std::nullopt;
    }
    std::vector<bool> is_there(sweep.size());
    std::unordered_map<std::string, std::int64_t> trial_of;
    sql::Statement stored(store.handle(),
                          "SELECT v.trial, t.position FROM temp.trial_values v JOIN main.trials t ON t.id = v.source");
    while (stored.step()) {
        const auto place = static_cast<std::size_t>(stored.integer(1));
        if (place < sweep.size()) {  // the others were added behind the experiment's own
            is_there[place] = true;
            trial_of.emplace(key_of(sweep, place, left_out), stored.integer(0));
        }
    }
    MissingTrials missing;
    for (std::size_t place = 0; place < sweep.size(); ++place) {
        if (is_there[place]) {
            continue;
        }
        if (const auto found = trial_of.find(key_of(sweep, place, left_out)); found != trial_of.end()) {
            ++missing[found->second];
        }
    }
    return missing;
}

std::vector<Combination> read_combinations(const Store& store, const std::string& over, ComparedSeeds seeds) {
    const auto n_settings =
        static_cast<std::size_t>(sql::query_integer(store.handle(), "SELECT count(*) FROM temp.settings"));
    Table table = read_trials(store, over, n_settings);
    choose_seeds(table, seeds);
    if (completeness(store).missing() > 0) {
        count_missing(store, over, table);
    }
    read_outcomes(store, mean_columns(store.handle()), table);
    return std::move(table.combinations);
}

}  // namespace syncache::results
