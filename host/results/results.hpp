#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <string>
#include <utility>
#include <vector>

#include "host/store/store.hpp"

namespace syncache {

// Makes the temporary SQL tables that exports, plots and claims read, in the store's connection:
//   outcomes: one row for each trial and accounting setting; the model's parameters, then maintenance_cost,
//             transient_change_cost, persistent_cost, exponent, potentiation_only, then converged, epochs,
//             presentations, updates, uncached, minimal, consolidation, maintenance_sum, transient_change_sum,
//             persistent_sum, the model's extra columns, maintenance, transient_change, persistent, total, inefficiency
//             (model.md, sections 1 and 7); in the experiment's order of trials, accounting settings innermost.
//   epochs, traces, distribution, checkpoints, presentations: the recorded tables; the parameters, then the recorded
//   columns.
// All have a `trial` column first, for joins.
// The accounting settings are those of the latest run's experiment.
void make_result_tables(Store& store);

// The names of the tables that make_result_tables made and that hold rows, "outcomes" first.
std::vector<std::string> result_tables(Store& store);

enum class ExportFormat { csv, json };
struct ExportOptions {
    std::string table = "outcomes";
    ExportFormat format = ExportFormat::csv;
    std::vector<std::string> columns{};  // only these, in this order; empty: all
    std::string where{};                 // a condition in SQL that rows must meet; empty: all
    std::string mean{};                  // of outcomes: a parameter to average over, with standard errors; empty: none
    bool varying = false;                // leave out columns that are the same in all rows
};
using Constants = std::vector<std::pair<std::string, std::string>>;  // columns left out, with their values

// Writes one table, header first; JSON is an array of objects, a row a line. Doubles with the fewest digits that read
// back to the same number; absent values empty (CSV) or null (JSON); infinities "inf". The model's own columns are left
// out where no trial has them. Checkpoints have a row for each price list. Returns the columns that `varying` has left
// out; `before` is called with them before anything is written. Throws std::invalid_argument for a table that was not
// recorded, and for columns and conditions that do not fit.
Constants export_table(Store& store, const ExportOptions& options, std::ostream& out,
                       const std::function<void(const Constants&)>& before = nullptr);

// Writes each recorded array as <folder>/<trial number>-<name>.npy (float64) and <folder>/index.csv, which gives each
// number's parameters and files. Returns how many arrays; throws std::invalid_argument if none were recorded.
std::size_t export_weights(Store& store, const std::filesystem::path& folder);

// Registers the SQL functions that claims use: median(x), quantile(x, q), stddev(x), standard_error(x) (of the mean)
// and the models' Model::claim_functions.
void register_sql_functions(Store& store);

namespace results {

// Drops all result tables of the store's connection, so that the next reader sees what has been stored meanwhile.
void forget_tables(Store& store);

}  // namespace results
}  // namespace syncache
