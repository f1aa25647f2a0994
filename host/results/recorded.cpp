// The recorded tables: epochs, traces, distribution, checkpoints, presentations.

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "host/results/results_impl.hpp"
#include "host/store/stored_values.hpp"

namespace syncache::results {
namespace {

// The columns of a recorded table: those of all trials, in the order in which they first appear.
std::vector<std::string> recorded_columns(sqlite3* database, const std::string& name) {
    std::vector<std::string> columns;
    sql::Statement rows(
        database,
        "SELECT columns, min(trial) FROM main.recorded WHERE kind = 'table' AND name = ? GROUP BY columns ORDER BY 2");
    rows.bind(name);
    while (rows.step()) {
        for (const std::string& column : stored::names(rows, 0)) {
            if (std::find(columns.begin(), columns.end(), column) == columns.end()) {
                columns.push_back(column);
            }
        }
    }
    return columns;
}

void fill_recorded(sqlite3* database, const std::string& name, const std::vector<std::string>& columns) {
    std::string places = "?";
    for (std::size_t i = 0; i < columns.size(); ++i) {
        places += ", ?";
    }
    sql::Statement insert(database,
                          fmt::format("INSERT INTO temp.{} VALUES({})", sql::quoted("recorded_" + name), places));
    sql::Statement rows(
        database,
        "SELECT v.trial, r.columns, r.shape, r.data FROM temp.trial_values v JOIN main.recorded r ON r.trial = "
        "v.source AND r.kind = 'table' AND r.name = ? ORDER BY v.trial");
    rows.bind(name);
    while (rows.step()) {
        std::vector<int> places_of;  // of the trial's columns among all
        for (const std::string& column : stored::names(rows, 1)) {
            const auto place = std::find(columns.begin(), columns.end(), column);
            places_of.push_back(static_cast<int>(place - columns.begin()));
        }
        const std::vector<std::int64_t> shape = stored::shape(rows, 2);
        if (shape.size() != 2 || shape[1] != static_cast<std::int64_t>(places_of.size())) {
            stored::fail(rows, fmt::format("shape: not rows and {} columns", places_of.size()));
        }
        const auto n_rows = static_cast<std::size_t>(shape[0]);
        const auto values = stored::doubles(rows, 3, n_rows * places_of.size());
        for (std::size_t row = 0; row < n_rows; ++row) {
            insert.bind(rows.integer(0));
            for (std::size_t column = 0; column < places_of.size(); ++column) {
                insert.set(2 + places_of[column], values[row * places_of.size() + column]);
            }
            insert.run();
        }
    }
}

}  // namespace

std::vector<std::string> recorded_names(const Store& store) {
    std::vector<std::string> names;
    sql::Statement rows(store.handle(), "SELECT DISTINCT name FROM main.recorded WHERE kind = 'table' ORDER BY name");
    while (rows.step()) {
        names.emplace_back(rows.text(0));
    }
    return names;
}

void make_recorded(const Store& store, const std::string& name) {
    sqlite3* database = store.handle();
    const auto columns = recorded_columns(database, name);
    std::string definition = "trial INTEGER", selection;
    for (const std::string& column : columns) {
        definition += fmt::format(", {} REAL", sql::quoted(column));
        selection += fmt::format(", r.{0} AS {0}", sql::quoted(column));
    }
    std::string parameters;
    for (const Column& parameter : parameters_of(store)) {
        // A record may tell anew what is a parameter too; one column of a name is enough.
        if (std::find(columns.begin(), columns.end(), parameter.name) == columns.end()) {
            parameters += fmt::format(", v.{0} AS {0}", sql::quoted(parameter.name));
        }
    }
    sql::execute(database, fmt::format("CREATE TEMP TABLE {}({})", sql::quoted("recorded_" + name), definition));
    fill_recorded(database, name, columns);
    sql::execute(
        database,
        fmt::format(
            "CREATE TEMP VIEW {} AS SELECT v.trial AS trial{}{} FROM temp.{} r CROSS JOIN temp.trial_values v ON "
            "v.trial = r.trial ORDER BY r.rowid",
            sql::quoted(name), parameters, selection, sql::quoted("recorded_" + name)));
}

}  // namespace syncache::results
