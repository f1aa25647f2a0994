#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "host/store/sql.hpp"

namespace syncache {

// Where the pieces of the table `outcomes` come from, as SQL.
struct OutcomesSource {
    std::string parameters;  // "v.x AS x, ": of every parameter
    std::string extras;      // the same of the model's own columns; may be empty
    // Tables v (trial, source = trials.id, converged, epochs, presentations, updates, maintenance_sum, persistent_sum),
    // a (setting, prices) and s (of `sums`), joined.
    std::string from;
};

// The query for one row a trial and price list: the energies of model.md, section 1. The one place that says how they
// are priced.
std::string select_outcomes(const OutcomesSource& source);

namespace schema {

// (Re)makes the view `outcomes` of the current experiment in the file itself, for other programs; none if the file has
// no experiment yet. Within the caller's transaction.
void make_views(sqlite3* database);

// Stores the models' own numbers of trials a row each, for that view; a NaN has none.
class ExtraValues {
  public:
    explicit ExtraValues(sqlite3* database);
    void put(std::int64_t trial, std::span<const double> values);
    void remove(std::int64_t trial);

  private:
    sql::Statement insert_, remove_;
};

// The same for every trial of a file that has them only packed.
void unpack_extra_values(sqlite3* database);

}  // namespace schema
}  // namespace syncache
