#include "host/store/views.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "host/models/model.hpp"
#include "host/store/sql.hpp"
#include "host/store/stored_values.hpp"

namespace syncache {
namespace {

// A parameter's value from the canonical text of a trial. Infinities are texts there; of a file's name "@" and 16
// digits of its checksum are left out.
std::string from_text(std::string_view name, std::string_view type) {
    const std::string value = fmt::format("json_extract(v.parameters, '$.{}')", name);
    if (type == "real") {
        return fmt::format("CASE {0} WHEN 'inf' THEN 9e999 WHEN '-inf' THEN -9e999 ELSE CAST({0} AS REAL) END", value);
    }
    if (type == "file") {
        return fmt::format("CASE WHEN substr({0}, -17, 1) = '@' THEN substr({0}, 1, length({0}) - 17) ELSE {0} END",
                           value);
    }
    return value;
}

// As SQL: booleans as numbers, texts in quotes.
std::string literal(const Value& value) {
    const std::string text = to_text(value);
    if (!std::holds_alternative<std::string>(value)) {
        return text;
    }
    std::string quoted = "'";
    for (const char c : text) {
        quoted += c == '\'' ? "''" : std::string(1, c);
    }
    return quoted + "'";
}

// The value of a parameter; of one that the trial's text leaves out its default.
std::string value_of(std::string_view model, std::string_view name, std::string_view type) {
    const std::optional<Value> left_out = left_out_value(model, name);
    const std::string value = from_text(name, type);
    return left_out ? fmt::format("coalesce({}, {})", value, literal(*left_out)) : value;
}

}  // namespace

// A cost of 0 makes a term 0 even where its sum is absent or infinite.
std::string select_outcomes(const OutcomesSource& source) {
    return fmt::format(
        "SELECT *, consolidation + maintenance + transient_change + persistent AS total, "
        "(consolidation + maintenance + transient_change + persistent) / nullif(minimal, 0) AS inefficiency FROM ("
        "SELECT v.trial AS trial, {}a.maintenance_cost AS maintenance_cost, "
        "a.transient_change_cost AS transient_change_cost, "
        "a.persistent_cost AS persistent_cost, a.exponent AS exponent, a.potentiation_only AS potentiation_only, "
        "v.converged AS converged, v.epochs AS epochs, v.presentations AS presentations, v.updates AS updates, "
        "s.uncached AS uncached, s.minimal AS minimal, s.consolidation AS consolidation, v.maintenance_sum AS "
        "maintenance_sum, s.transient_change_sum AS transient_change_sum, v.persistent_sum AS persistent_sum, {}"
        "CASE WHEN a.maintenance_cost = 0 THEN 0.0 ELSE a.maintenance_cost * v.maintenance_sum END AS maintenance, "
        "CASE WHEN a.transient_change_cost = 0 THEN 0.0 ELSE a.transient_change_cost * s.transient_change_sum END AS "
        "transient_change, "
        "CASE WHEN a.persistent_cost = 0 THEN 0.0 ELSE a.persistent_cost * v.persistent_sum END AS persistent "
        "FROM {} ORDER BY v.trial, a.setting)",
        source.parameters, source.extras, source.from);
}

namespace schema {

void make_views(sqlite3* database) {
    const std::int64_t experiment = sql::query_integer(database, "SELECT experiment FROM current_experiment");
    sql::execute(database, "DROP VIEW IF EXISTS main.outcomes");
    if (experiment == 0) {
        return;
    }
    const std::string model =
        sql::query_text(database, fmt::format("SELECT model FROM experiments WHERE id = {}", experiment));
    OutcomesSource source;
    sql::Statement parameters(database, "SELECT name, type FROM parameters WHERE experiment = ? ORDER BY position");
    parameters.bind(experiment);
    while (parameters.step()) {
        source.parameters += fmt::format("{} AS {}, ", value_of(model, parameters.text(0), parameters.text(1)),
                                         sql::quoted(parameters.text(0)));
    }
    sql::Statement extras(database, "SELECT position, name FROM extra_columns WHERE experiment = ? ORDER BY position");
    extras.bind(experiment);
    while (extras.step()) {
        source.extras +=
            fmt::format("(SELECT value FROM extra_values WHERE trial = v.source AND position = {}) AS {}, ",
                        extras.integer(0), sql::quoted(extras.text(1)));
    }
    source.from = fmt::format(
        "(SELECT row_number() OVER (ORDER BY position, key) AS trial, id AS source, parameters, converged, epochs, "
        "presentations, updates, maintenance_sum, persistent_sum FROM trials WHERE position IS NOT NULL) v CROSS JOIN "
        "(SELECT position AS setting, maintenance_cost, transient_change_cost, persistent_cost, exponent, "
        "potentiation_only FROM accounting WHERE experiment = {}) a LEFT JOIN sums s ON s.trial = v.source AND "
        "s.exponent = a.exponent AND s.potentiation_only = a.potentiation_only",
        experiment);
    sql::execute(database, "CREATE VIEW main.outcomes AS " + select_outcomes(source));
}

ExtraValues::ExtraValues(sqlite3* database)
    : insert_(database, "INSERT OR REPLACE INTO extra_values VALUES(?, ?, ?)"),
      remove_(database, "DELETE FROM extra_values WHERE trial = ?") {}

void ExtraValues::put(std::int64_t trial, std::span<const double> values) {
    for (std::size_t position = 0; position < values.size(); ++position) {
        if (!std::isnan(values[position])) {
            insert_.bind(trial, position, values[position]).run();
        }
    }
}

void ExtraValues::remove(std::int64_t trial) { remove_.bind(trial).run(); }

void unpack_extra_values(sqlite3* database) {
    ExtraValues extra_values(database);
    sql::Statement trials(database, "SELECT id, extras FROM trials WHERE length(extras) > 0");
    while (trials.step()) {
        extra_values.put(trials.integer(0), stored::plain_doubles(trials, 1));
    }
}

}  // namespace schema
}  // namespace syncache
