// The table of optima.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "host/results/optimum.hpp"
#include "host/results/optimum_impl.hpp"
#include "host/results/results_impl.hpp"
#include "host/settings/suggestion.hpp"

namespace syncache {
namespace {

constexpr double nan = Optimum::absent;

std::string create_statement(const std::vector<std::string>& others, const std::vector<std::string>& means,
                             const std::string& over) {
    std::string columns = "\"row\"";
    for (const std::string& name : others) {
        columns += ", " + sql::quoted(name);
    }
    columns += ", maintenance_cost, transient_change_cost, persistent_cost, exponent, potentiation_only";
    for (const char* suffix : {"", "_below", "_above", "_low", "_high"}) {
        columns += ", " + sql::quoted(over + suffix);
    }
    columns += ", edge, total, total_low, total_high, seeds, trials, not_converged, missing";
    for (const std::string& name : means) {
        columns += ", " + sql::quoted(name);
    }
    return fmt::format("CREATE TEMP TABLE optimum({})", columns);
}

std::string insert_statement(const std::vector<std::string>& others, std::size_t n_means) {
    std::string selection = "?1";
    for (const std::string& name : others) {
        selection += ", v." + sql::quoted(name);
    }
    selection += ", a.maintenance_cost, a.transient_change_cost, a.persistent_cost, a.exponent, a.potentiation_only";
    for (std::size_t i = 0; i < 13 + n_means; ++i) {
        selection += fmt::format(", ?{}", 4 + i);
    }
    return fmt::format(
        "INSERT INTO temp.optimum SELECT {} FROM temp.trial_values v, temp.settings a WHERE v.trial = ?2 AND a.setting "
        "= (SELECT setting FROM temp.settings ORDER BY setting LIMIT 1 OFFSET ?3)",
        selection);
}

void insert_row(sql::Statement& insert, std::int64_t row, const Optimum& optimum, std::size_t n_means) {
    const std::vector<double>& tried = optimum.tried;
    const std::size_t best = optimum.best;
    const bool exists = optimum.exists();
    insert.bind(row, optimum.trial, optimum.setting, exists ? tried[best] : nan,
                exists && best > 0 ? tried[best - 1] : nan, exists && best + 1 < tried.size() ? tried[best + 1] : nan,
                optimum.low, optimum.high, to_text(optimum.edge), optimum.total, optimum.total_low, optimum.total_high,
                optimum.seeds, optimum.trials, optimum.not_converged);
    if (optimum.missing) {
        insert.set(16, *optimum.missing);
    }
    for (std::size_t i = 0; i < n_means; ++i) {
        insert.set(17 + static_cast<int>(i), exists ? optimum.means[i] : nan);
    }
    insert.run();
}

}  // namespace

std::vector<std::string> results::mean_columns(sqlite3* database) {
    const sql::Statement all(database, "SELECT * FROM temp.outcomes LIMIT 0");
    std::vector<std::string> names;
    bool is_outcome = false;
    for (int column = 0; column < all.columns(); ++column) {
        const std::string name = all.column_name(column);
        if (is_outcome && name != "converged" && name != "total") {
            names.push_back(name);
        }
        is_outcome = is_outcome || name == "potentiation_only";
    }
    return names;
}

std::vector<std::string> results::other_parameters(const Store& store, const std::string& over) {
    std::vector<std::string> names = results::parameter_names(store);
    const auto is_over = [&](const std::string& name) { return name == over; };
    if (over == "seed" || std::none_of(names.begin(), names.end(), is_over)) {
        std::vector<std::string> numbers;
        for (const results::Column& parameter : results::parameters_of(store)) {
            const bool is_number = parameter.type == "real" || parameter.type == "integer" ||
                                   parameter.type == "reals" || parameter.type == "integers";
            if (is_number && parameter.name != "seed") {
                numbers.push_back(parameter.name);
            }
        }
        throw std::invalid_argument(fmt::format("{}: optimum over '{}'; {}allowed: a parameter that is a number: {}",
                                                store.file().string(), over, did_you_mean(over, numbers),
                                                fmt::join(numbers, ", ")));
    }
    std::erase_if(names, [&](const std::string& name) { return is_over(name) || name == "seed"; });
    return names;
}

std::vector<Optimum> make_optimum_table(Store& store, const std::string& over, ComparedSeeds seeds) {
    const std::vector<Optimum> optima = find_optima(store, over, seeds);
    const auto others = results::other_parameters(store, over);
    const auto means = results::mean_columns(store.handle());
    sql::execute(store.handle(), "DROP TABLE IF EXISTS temp.optimum");
    sql::execute(store.handle(), create_statement(others, means, over));
    sql::Statement insert(store.handle(), insert_statement(others, means.size()));
    for (std::size_t i = 0; i < optima.size(); ++i) {
        insert_row(insert, static_cast<std::int64_t>(i), optima[i], means.size());
    }
    return optima;
}

std::vector<Optimum> export_optimum(Store& store, const std::string& over, ComparedSeeds seeds, ExportFormat format,
                                    std::ostream& out) {
    auto optima = make_optimum_table(store, over, seeds);
    sql::Statement rows(store.handle(), "SELECT * FROM temp.optimum ORDER BY \"row\"");
    results::write_rows(rows, format, out);
    return optima;
}

}  // namespace syncache
