#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "host/results/results.hpp"
#include "host/store/sql.hpp"

namespace syncache::results {

// The result tables in the store's connection: temp tables
//   trial_values(trial, source, parameters..., outcome's columns...): a row a trial, in the experiment's order;
//       trial counts from 1, source is trials.id;
//   settings(setting, maintenance_cost, ...): the accounting settings in their order;
//   recorded_<name>(trial, columns...): the rows of a recorded table;
// and over them the views that docs/columns.md and results.hpp describe.

// Makes the tables unless make_result_tables has; of the recorded ones at least `table`.
void ensure_tables(Store& store, const std::string& table);

struct Column {
    std::string name, type;  // type: of a parameter, as begin_run recorded it
};

// The current experiment's parameters, in the order of exports. Throws std::invalid_argument if no run is recorded.
std::vector<Column> parameters_of(const Store& store);

// Their names. Throws std::invalid_argument if no run is recorded.
std::vector<std::string> parameter_names(const Store& store);

// Make trial_values, settings and outcomes; and recorded_<name> with its view. The caller has dropped earlier ones.
void make_outcomes(const Store& store);
void make_recorded(const Store& store, const std::string& name);

// All recorded tables in the file, made or not, by name.
std::vector<std::string> recorded_names(const Store& store);

// A row's column as exports write it, appended to `line`: the fewest digits that read back to the same double, "inf"; a
// text as it is, NULL as "".
void append_value(const sql::Statement& row, int column, std::string& line);

// Appends a field of CSV, in quotes if it needs them (RFC 4180).
void append_csv(const sql::Statement& row, int column, std::string& line);

// Names of the model's own columns of outcomes. Throws like parameters_of.
std::vector<std::string> extra_column_names(const Store& store);

// Writes all rows in the form of exports, header first; the columns before `first` are left out.
void write_rows(sql::Statement& rows, ExportFormat format, std::ostream& out, int first = 1);

}  // namespace syncache::results
