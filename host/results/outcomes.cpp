// The tables trial_values and settings, and the view outcomes over them.

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "host/models/model.hpp"
#include "host/results/results_impl.hpp"
#include "host/store/stored_values.hpp"
#include "host/store/views.hpp"

namespace syncache::results {
namespace {

std::int64_t current_experiment(const Store& store) {
    const auto id = sql::query_integer(store.handle(), "SELECT experiment FROM current_experiment");
    if (id == 0) {
        throw std::invalid_argument(fmt::format("{}: holds no run yet", store.file().string()));
    }
    return id;
}

std::string affinity(const std::string& type) {
    return type == "real" ? "REAL" : type == "integer" || type == "boolean" ? "INTEGER" : "TEXT";
}

// A number of the canonical text; infinities are texts there.
std::optional<double> real_of(const nlohmann::json& value) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    return value == "inf"      ? std::optional(infinity)
           : value == "-inf"   ? std::optional(-infinity)
           : value.is_number() ? std::optional(value.get<double>())
                               : std::nullopt;
}

// A file parameter as the experiment wrote it: without the "@" and 16 digits of checksum that the canonical text adds.
std::string file_as_written(const std::string& text) {
    constexpr std::size_t added = 17;
    return text.size() > added && text[text.size() - added] == '@' ? text.substr(0, text.size() - added) : text;
}

// The same for a list of files.
std::string files_as_written(const std::string& text) {
    std::string all;
    for (const std::string& item : list_items(text)) {
        all += fmt::format("{}{}", all.empty() ? "" : ",", file_as_written(item));
    }
    return all;
}

// Binds a parameter's value of a trial's canonical text; one that it lacks is its default, or NULL. False for a value
// of another type.
bool set_parameter(sql::Statement& to, int index, const Column& column, const nlohmann::json& trial,
                   const std::string& model) {
    const auto found = trial.find(column.name);
    if (found == trial.end()) {
        if (const auto left_out = left_out_value(model, column.name)) {
            std::visit([&](const auto& value) { to.set(index, value); }, *left_out);
        } else {
            to.set(index, nullptr);
        }
    } else if (const auto number = real_of(*found); column.type == "real" && number) {
        to.set(index, *number);
    } else if (column.type == "boolean" && (found->is_boolean() || found->is_number_integer())) {
        to.set(index, found->is_boolean() ? found->get<bool>() : found->get<std::int64_t>() != 0);
    } else if (column.type == "integer" && found->is_number_integer()) {
        to.set(index, found->get<std::int64_t>());
    } else if (affinity(column.type) == "TEXT" && found->is_string()) {
        const auto& text = found->get_ref<const std::string&>();
        to.set(index, column.type == "file"    ? file_as_written(text)
                      : column.type == "files" ? files_as_written(text)
                                               : text);
    } else {
        return false;
    }
    return true;
}

constexpr const char* dynamics_columns[] = {"converged", "epochs",          "presentations",
                                            "updates",   "maintenance_sum", "persistent_sum"};

void create_trial_values(sqlite3* database, const std::vector<Column>& parameters,
                         const std::vector<std::string>& extras) {
    std::string columns = "trial INTEGER PRIMARY KEY, source INTEGER";
    for (const Column& parameter : parameters) {
        columns += fmt::format(", {} {}", sql::quoted(parameter.name), affinity(parameter.type));
    }
    columns +=
        ", converged INTEGER, epochs INTEGER, presentations INTEGER, updates INTEGER, maintenance_sum REAL, "
        "persistent_sum REAL";
    for (const std::string& extra : extras) {
        columns += fmt::format(", {} REAL", sql::quoted(extra));
    }
    sql::execute(database, fmt::format("CREATE TEMP TABLE trial_values({})", columns));
}

void fill_trial_values(const Store& store, const std::vector<Column>& parameters,
                       const std::vector<std::string>& extras) {
    sqlite3* database = store.handle();
    const std::size_t n_columns = 2 + parameters.size() + std::size(dynamics_columns) + extras.size();
    std::string places = "?";
    for (std::size_t i = 1; i < n_columns; ++i) {
        places += ", ?";
    }
    sql::Statement insert(database, fmt::format("INSERT INTO temp.trial_values VALUES({})", places));
    // Sorts the numbers alone, and fetches the long rows one by one.
    sql::Statement order(database, "SELECT id FROM main.trials WHERE position IS NOT NULL ORDER BY position, key");
    sql::Statement row(
        database,
        "SELECT parameters, converged, epochs, presentations, updates, maintenance_sum, persistent_sum, extras "
        "FROM main.trials WHERE id = ?");
    const std::string model = sql::query_text(
        database, fmt::format("SELECT model FROM main.experiments WHERE id = {}", current_experiment(store)));
    for (std::int64_t trial = 1; order.step(); ++trial) {
        row.bind(order.integer(0)).step();
        const auto settings = nlohmann::json::parse(row.text(0), nullptr, false);
        if (!settings.is_object()) {
            stored::fail(row, "the parameters of a trial: no JSON object");
        }
        insert.bind(trial, order.integer(0));
        int index = 3;
        for (const Column& parameter : parameters) {
            if (!set_parameter(insert, index++, parameter, settings, model)) {
                stored::fail(row, fmt::format("the parameters of a trial: {} is of another type", parameter.name));
            }
        }
        for (int column = 1; column <= static_cast<int>(std::size(dynamics_columns)); ++column) {
            insert.set(index++, row.value(column));
        }
        std::vector<double> values = stored::plain_doubles(row, 7);
        values.resize(std::min(values.size(), extras.size()));
        for (const double extra : values) {
            insert.set(index++, extra);
        }
        insert.run();
    }
}

// The view over trial_values, settings and the file's sums.
std::string outcomes_view(const std::vector<Column>& parameters, const std::vector<std::string>& extras) {
    OutcomesSource source;
    for (const Column& parameter : parameters) {
        source.parameters += fmt::format("v.{0} AS {0}, ", sql::quoted(parameter.name));
    }
    for (const std::string& extra : extras) {
        source.extras += fmt::format("v.{0} AS {0}, ", sql::quoted(extra));
    }
    source.from =
        "temp.trial_values v CROSS JOIN temp.settings a LEFT JOIN main.sums s ON s.trial = v.source AND s.exponent = "
        "a.exponent AND s.potentiation_only = a.potentiation_only";
    return "CREATE TEMP VIEW outcomes AS " + select_outcomes(source);
}

}  // namespace

std::vector<std::string> extra_column_names(const Store& store) {
    sql::Statement rows(store.handle(), "SELECT name FROM extra_columns WHERE experiment = ? ORDER BY position");
    rows.bind(current_experiment(store));
    std::vector<std::string> names;
    while (rows.step()) {
        names.emplace_back(rows.text(0));
    }
    return names;
}

std::vector<Column> parameters_of(const Store& store) {
    sql::Statement rows(store.handle(), "SELECT name, type FROM parameters WHERE experiment = ? ORDER BY position");
    rows.bind(current_experiment(store));
    std::vector<Column> columns;
    while (rows.step()) {
        columns.push_back({std::string(rows.text(0)), std::string(rows.text(1))});
    }
    return columns;
}

std::vector<std::string> parameter_names(const Store& store) {
    std::vector<std::string> names;
    for (const Column& parameter : parameters_of(store)) {
        names.push_back(parameter.name);
    }
    return names;
}

void make_outcomes(const Store& store) {
    sqlite3* database = store.handle();
    const auto parameters = parameters_of(store);
    const auto extras = extra_column_names(store);
    create_trial_values(database, parameters, extras);
    fill_trial_values(store, parameters, extras);
    sql::execute(
        database,
        "CREATE TEMP TABLE settings(setting INTEGER PRIMARY KEY, maintenance_cost REAL, transient_change_cost REAL, "
        "persistent_cost REAL, exponent REAL, potentiation_only INTEGER)");
    sql::Statement(database,
                   "INSERT INTO temp.settings SELECT position, maintenance_cost, transient_change_cost, "
                   "persistent_cost, exponent, "
                   "potentiation_only FROM main.accounting WHERE experiment = ? ORDER BY position")
        .bind(current_experiment(store))
        .run();
    sql::execute(database, outcomes_view(parameters, extras));
}

}  // namespace syncache::results
