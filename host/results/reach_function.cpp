// The SQL aggregate `reach`.

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "host/results/reach.hpp"
#include "host/store/sql.hpp"

namespace syncache {
namespace {

struct Checkpoints {
    double level = 0.0;
    std::vector<std::array<double, 3>> rows;  // presentations, accuracy, value
};

void collect(sqlite3_context* context, int /*n_arguments*/, sqlite3_value** arguments) {
    // SQLite gives zeroed room for one pointer; the checkpoints themselves are ours to end, in `finish`.
    auto** slot = static_cast<Checkpoints**>(sqlite3_aggregate_context(context, sizeof(Checkpoints*)));
    if (slot == nullptr || (*slot == nullptr && (*slot = new (std::nothrow) Checkpoints) == nullptr)) {
        sqlite3_result_error_nomem(context);
        return;
    }
    (*slot)->level = sqlite3_value_double(arguments[0]);
    (*slot)->rows.push_back(
        {sqlite3_value_double(arguments[1]), sqlite3_value_double(arguments[2]), sqlite3_value_double(arguments[3])});
}

void finish(sqlite3_context* context) {
    auto** slot = static_cast<Checkpoints**>(sqlite3_aggregate_context(context, 0));
    if (slot == nullptr || *slot == nullptr) {
        return;  // no rows: NULL
    }
    const std::unique_ptr<Checkpoints> checkpoints(std::exchange(*slot, nullptr));
    std::ranges::sort(checkpoints->rows);
    std::vector<double> accuracies, values;
    for (const auto& row : checkpoints->rows) {
        accuracies.push_back(row[1]);
        values.push_back(row[2]);
    }
    if (const auto reached = first_reached(accuracies, checkpoints->level, 0)) {
        sqlite3_result_double(context, reached->value(values));
    }
}

}  // namespace

void register_reach(Store& store) {
    if (sqlite3_create_function_v2(store.handle(), "reach", 4, SQLITE_UTF8 | SQLITE_DETERMINISTIC, nullptr, nullptr,
                                   collect, finish, nullptr) != SQLITE_OK) {
        sql::fail(store.handle());
    }
}

}  // namespace syncache
