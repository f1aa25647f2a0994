#include "host/store/completeness.hpp"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <limits>
#include <optional>
#include <string>

#include "host/experiment/sweep.hpp"
#include "host/store/sql.hpp"
#include "host/store/status.hpp"

namespace syncache {

std::optional<Experiment> recorded_experiment(const Store& store) {
    const std::string text = sql::query_text(
        store.handle(), "SELECT text FROM experiments WHERE id = (SELECT experiment FROM current_experiment)");
    try {
        return parse_experiment(text, ".", store.file().string());
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

Completeness completeness(const Store& store) {
    Completeness result;
    const std::optional<Experiment> experiment = recorded_experiment(store);
    const auto size = experiment ? static_cast<std::int64_t>(Sweep(*experiment).size()) : 0;
    sql::Statement counts(
        store.handle(),
        "SELECT count(*), count(*) FILTER (WHERE position >= ?) FROM trials WHERE position IS NOT NULL");
    counts.bind(size).step();
    result.done = counts.integer(0);
    const std::int64_t behind = std::min(counts.integer(1), std::numeric_limits<std::int64_t>::max() - size);
    result.planned = experiment ? size + behind : std::max(planned_by_runs(store), result.done);
    return result;
}

}  // namespace syncache
