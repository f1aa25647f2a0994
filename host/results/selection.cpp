#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/results/results_impl.hpp"
#include "host/results/selection_impl.hpp"
#include "host/settings/suggestion.hpp"
#include "host/store/foreign_sql.hpp"
#include "host/store/sql.hpp"

namespace syncache::results {
namespace {

constexpr const char* price_columns[] = {"maintenance_cost", "transient_change_cost", "persistent_cost", "exponent",
                                         "potentiation_only"};

[[noreturn]] void refuse(const std::string& message) { throw std::invalid_argument(message); }

bool holds(const std::vector<std::string>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::string listed(const std::vector<std::string>& columns) {
    std::vector<std::string> quoted;
    std::transform(columns.begin(), columns.end(), std::back_inserter(quoted),
                   [](const std::string& name) { return sql::quoted(name); });
    return fmt::format("{}", fmt::join(quoted, ", "));
}

// The columns of a query.
std::vector<std::string> columns_of(Store& store, const std::string& query) {
    const sql::Statement statement(store.handle(), query);
    std::vector<std::string> names;
    for (int column = 0; column < statement.columns(); ++column) {
        names.push_back(statement.column_name(column));
    }
    return names;
}

// Of the model's own columns those that no trial has a value in: an MLP's layers that are not there.
std::vector<std::string> empty_extras(Store& store, const std::vector<std::string>& extras) {
    if (extras.empty()) {
        return {};
    }
    std::string counts = "count(*)";
    for (const std::string& extra : extras) {
        counts += fmt::format(", count({})", sql::quoted(extra));
    }
    sql::Statement row(store.handle(), fmt::format("SELECT {} FROM temp.trial_values", counts));
    row.step();
    std::vector<std::string> empty;
    for (std::size_t k = 0; k < extras.size() && row.integer(0) > 0; ++k) {
        if (row.integer(static_cast<int>(k) + 1) == 0) {
            empty.push_back(extras[k]);
        }
    }
    return empty;
}

// Checkpoints at each price list: their energies are those of exponent 1 and both signs, so that others have no total.
std::string priced_checkpoints(Store& store, const std::vector<std::string>& columns) {
    std::string parameters, own;
    for (const std::string& column : columns) {
        std::string& part = holds(parameter_names(store), column) ? parameters : own;
        part += column == "trial" ? "" : fmt::format("c.{0} AS {0}, ", sql::quoted(column));
    }
    std::string prices;
    for (const char* price : price_columns) {
        prices += fmt::format("a.{0} AS {0}, ", price);
    }
    return fmt::format(
        "SELECT *, consolidation + maintenance + transient_change AS total FROM (SELECT c.trial AS trial, {}{}{}"
        "CASE WHEN a.maintenance_cost = 0 THEN 0.0 ELSE a.maintenance_cost * c.maintenance_sum END AS maintenance, "
        "CASE WHEN a.exponent <> 1 OR a.potentiation_only OR a.persistent_cost <> 0 THEN NULL "
        "WHEN a.transient_change_cost = 0 THEN 0.0 ELSE a.transient_change_cost * c.transient_change_sum END AS "
        "transient_change FROM temp.settings a CROSS JOIN temp.checkpoints c ORDER BY c.trial, a.setting, "
        "c.presentations)",
        parameters, prices, own);
}

// Traces of models that do not record what is persistent: the weight but for what is transient.
std::string whole_traces(const std::vector<std::string>& columns) {
    std::string selected;
    for (const std::string& column : columns) {
        selected += fmt::format("{}{}", selected.empty() ? "" : ", ", sql::quoted(column));
        selected += column == "transient" ? ", weight - transient AS persistent" : "";
    }
    return fmt::format("SELECT {} FROM temp.traces", selected);
}

// All rows of a table, as exports show it.
Selection whole_table(Store& store, const std::string& table) {
    Selection all;
    all.query = fmt::format("SELECT * FROM temp.{}", sql::quoted(table));
    const std::vector<std::string> recorded = columns_of(store, all.query);
    if (table == "checkpoints" && holds(recorded, "maintenance_sum")) {
        all.query = priced_checkpoints(store, recorded);
    } else if (table == "traces" && holds(recorded, "transient") && !holds(recorded, "persistent")) {
        all.query = whole_traces(recorded);
    }
    all.columns = columns_of(store, all.query);
    if (table == "outcomes") {
        const std::vector<std::string> empty = empty_extras(store, extra_column_names(store));
        std::erase_if(all.columns, [&](const std::string& name) { return holds(empty, name); });
        all.query = fmt::format("SELECT {} FROM temp.outcomes", listed(all.columns));
    }
    return all;
}

// Which rows: an expression of SQL, and nothing behind it.
void add_condition(Store& store, Selection& selection, const std::string& where) {
    const std::string query = fmt::format("SELECT * FROM ({}) WHERE ({}\n)", selection.query, where);
    const ForeignSql guard(store, 30.0);  // only prepared here, and harmless from then on
    try {
        const sql::Statement check(store.handle(), query);
        if (*check.rest() != '\0' || where.find(';') != std::string::npos) {
            refuse(fmt::format("--where {}; allowed: one condition", where));
        }
    } catch (const sql::Error& error) {
        std::string words;  // of the condition that are no columns
        for (std::size_t begin = 0; begin < where.size();) {
            const std::size_t end = std::min(where.find_first_of(" <>=!()'\"+-*/", begin), where.size());
            const std::string word = where.substr(begin, end - begin);
            words += holds(selection.columns, word) ? "" : did_you_mean(word, selection.columns);
            begin = end + 1;
        }
        refuse(fmt::format("--where {}: {}; {}allowed: a condition on {}", where,
                           guard.problem(error.code(), error.reason()), words, fmt::join(selection.columns, ", ")));
    }
    selection.query = query;
}

// Means over one parameter, with their standard errors; of each other parameter and price list.
void average(Store& store, Selection& selection, const std::string& over) {
    const std::vector<std::string> parameters = parameter_names(store);
    if (!holds(parameters, over)) {
        refuse(
            fmt::format("--mean {}; {}allowed: {}", over, did_you_mean(over, parameters), fmt::join(parameters, ", ")));
    }
    std::vector<std::string> groups, columns;
    std::string selected;
    for (const std::string& name : selection.columns) {
        if (name == "trial" || name == over) {
            continue;
        }
        const std::string quoted = sql::quoted(name);
        const bool is_price =
            std::find(std::begin(price_columns), std::end(price_columns), name) != std::end(price_columns);
        if (holds(parameters, name) || is_price) {
            groups.push_back(name);
            columns.push_back(name);
            selected += fmt::format("{}, ", quoted);
            continue;
        }
        if (!holds(columns, "trials")) {
            columns.emplace_back("trials");
            selected += "count(*) AS trials";
        }
        columns.push_back(name);
        columns.push_back(name + "_se");
        selected += fmt::format(", avg({0}) AS {0}, standard_error({0}) AS {1}", quoted, sql::quoted(name + "_se"));
    }
    selection.query = fmt::format("SELECT {} FROM ({}) GROUP BY {} ORDER BY min(trial), {}", selected, selection.query,
                                  listed(groups), fmt::join(price_columns, ", "));
    selection.columns = std::move(columns);
}

void choose_columns(Selection& selection, const std::vector<std::string>& chosen) {
    for (const std::string& name : chosen) {
        if (!holds(selection.columns, name)) {
            refuse(fmt::format("--columns {}: no such column; {}allowed: {}", name,
                               did_you_mean(name, selection.columns), fmt::join(selection.columns, ", ")));
        }
    }
    selection.columns = chosen;
    selection.query = fmt::format("SELECT {} FROM ({})", listed(chosen), selection.query);
}

}  // namespace

Selection select_rows(Store& store, const ExportOptions& options) {
    if (!options.mean.empty() && options.table != "outcomes") {
        refuse(fmt::format("--mean {} of the table {}; allowed: of outcomes", options.mean, options.table));
    }
    ensure_tables(store, options.table);
    Selection selection = whole_table(store, options.table);
    if (!options.where.empty()) {
        add_condition(store, selection, options.where);
    }
    if (!options.mean.empty()) {
        register_sql_functions(store);
        average(store, selection, options.mean);
    }
    if (!options.columns.empty()) {
        choose_columns(selection, options.columns);
    }
    return selection;
}

std::vector<std::pair<std::string, std::string>> take_constants(Store& store, Selection& selection) {
    std::string facts = "count(*)";
    for (const std::string& name : selection.columns) {
        facts += fmt::format(", count({0}), min({0}), max({0})", sql::quoted(name));
    }
    sql::Statement row(store.handle(), fmt::format("SELECT {} FROM ({})", facts, selection.query));
    row.step();
    std::vector<std::string> kept;
    std::vector<std::pair<std::string, std::string>> constants;
    for (std::size_t k = 0; k < selection.columns.size(); ++k) {
        const int at = 1 + 3 * static_cast<int>(k);
        std::string least, most;
        append_value(row, at + 1, least);
        append_value(row, at + 2, most);
        const bool all_or_none = row.integer(at) == row.integer(0) || row.integer(at) == 0;
        if (selection.columns[k] == "trial" || row.integer(0) == 0 || !all_or_none || least != most) {
            kept.push_back(selection.columns[k]);
        } else {
            constants.emplace_back(selection.columns[k], least);
        }
    }
    if (kept.empty()) {  // of a single row without its trial
        return {};
    }
    selection.query = fmt::format("SELECT {} FROM ({})", listed(kept), selection.query);
    selection.columns = std::move(kept);
    return constants;
}

}  // namespace syncache::results
