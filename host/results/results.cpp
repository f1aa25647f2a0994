#include "host/results/results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "host/results/results_impl.hpp"

namespace syncache {
namespace {

void drop_tables(sqlite3* database) {
    std::vector<std::string> drops;
    sql::Statement rows(database, "SELECT type, name FROM temp.sqlite_master WHERE type IN ('table', 'view')");
    while (rows.step()) {
        drops.push_back(fmt::format("DROP {} temp.{}", rows.text(0), sql::quoted(rows.text(1))));
    }
    rows.restart();
    for (const std::string& drop : drops) {
        sql::execute(database, drop);
    }
}

bool is_made(const Store& store, const std::string& table) {
    sql::Statement query(store.handle(), "SELECT 1 FROM temp.sqlite_master WHERE type = 'view' AND name = ?");
    return query.bind(table).step();
}

}  // namespace

namespace results {

void forget_tables(Store& store) { drop_tables(store.handle()); }

void ensure_tables(Store& store, const std::string& table) {
    if (!is_made(store, "outcomes")) {
        sql::Transaction snapshot(store.handle(), sql::Transaction::Kind::read);
        make_outcomes(store);
        snapshot.commit();
    }
    const auto recorded = recorded_names(store);
    if (!is_made(store, table) && std::find(recorded.begin(), recorded.end(), table) != recorded.end()) {
        sql::Transaction snapshot(store.handle(), sql::Transaction::Kind::read);
        make_recorded(store, table);
        snapshot.commit();
    }
}

}  // namespace results

void make_result_tables(Store& store) {
    sql::Transaction snapshot(store.handle(), sql::Transaction::Kind::read);
    drop_tables(store.handle());
    results::make_outcomes(store);
    for (const std::string& name : results::recorded_names(store)) {
        results::make_recorded(store, name);
    }
    snapshot.commit();
}

std::vector<std::string> result_tables(Store& store) {
    std::vector<std::string> tables;
    if (is_made(store, "outcomes") &&
        sql::query_integer(store.handle(), "SELECT count(*) FROM temp.trial_values") > 0) {
        tables.push_back("outcomes");
    }
    for (const std::string& name : results::recorded_names(store)) {
        if (is_made(store, name) &&
            sql::query_integer(store.handle(),
                               fmt::format("SELECT 1 FROM temp.{} LIMIT 1", sql::quoted("recorded_" + name))) == 1) {
            tables.push_back(name);
        }
    }
    return tables;
}

}  // namespace syncache
