#pragma once

#include <string>
#include <vector>

#include "host/store/sql.hpp"
#include "host/store/store.hpp"

namespace syncache::results {

// Columns of outcomes behind the prices, converged and total apart: those of which an optimum tells the mean.
std::vector<std::string> mean_columns(sqlite3* database);

// The parameters that tell the combinations apart: all but `seed` and `over`. Throws std::invalid_argument if `over`
// is `seed` or no parameter.
std::vector<std::string> other_parameters(const Store& store, const std::string& over);

}  // namespace syncache::results
