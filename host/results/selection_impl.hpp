#pragma once

#include <string>
#include <utility>
#include <vector>

#include "host/results/results.hpp"

// Internal to host/results: what an export is asked for, as SQL.
namespace syncache::results {

// A query over the temporary tables, and the columns that it gives.
struct Selection {
    std::string query;
    std::vector<std::string> columns;
};

// The rows that the options ask for. Makes the tables that it needs. Throws std::invalid_argument that names option,
// what was found and what is allowed.
Selection select_rows(Store& store, const ExportOptions& options);

// Takes the columns that are the same in all rows out of the selection, `trial` never; returns them with their value as
// exports write it. Of no rows none is taken out.
std::vector<std::pair<std::string, std::string>> take_constants(Store& store, Selection& selection);

}  // namespace syncache::results
