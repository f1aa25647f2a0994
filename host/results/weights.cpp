#include "host/results/weights.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "host/store/sql.hpp"
#include "host/store/stored_values.hpp"

namespace syncache {

std::vector<RecordedArray> read_weights(Store& store, std::int64_t trial) {
    // In the order of exports, as the tables number them.
    sql::Statement source(
        store.handle(),
        "SELECT id FROM main.trials WHERE position IS NOT NULL ORDER BY position, key LIMIT 1 OFFSET ?");
    if (trial < 1 || !source.bind(trial - 1).step()) {
        throw std::invalid_argument(
            fmt::format("{}: has no trial {}; allowed: a number of the column trial", store.file().string(), trial));
    }
    sql::Statement rows(store.handle(),
                        "SELECT name, shape, data FROM main.recorded WHERE trial = ? AND kind = 'array' ORDER BY name");
    rows.bind(source.integer(0));
    std::vector<RecordedArray> arrays;
    while (rows.step()) {
        std::vector<std::int64_t> shape = stored::shape(rows, 1);
        const auto count = std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
        std::vector<double> values = stored::doubles(rows, 2, static_cast<std::size_t>(count));
        arrays.push_back({std::string(rows.text(0)), std::move(shape), std::move(values)});
    }
    return arrays;
}

}  // namespace syncache
