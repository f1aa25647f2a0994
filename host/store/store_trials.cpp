// The trials of a results file: finding and storing outcomes.

// Its newer functions take memory, and crash where there is none; these need none.
#define OPENSSL_SUPPRESS_DEPRECATED

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "host/store/blob.hpp"
#include "host/store/store_impl.hpp"
#include "host/store/views.hpp"

namespace syncache {
namespace {

// The same number, or none both times.
bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

bool same_dynamics(const sql::Statement& row, const Outcome& outcome) {
    const auto extras = std::as_bytes(std::span(outcome.extras));
    const auto stored = row.blob(6);
    return (row.integer(1) != 0) == outcome.converged && row.integer(2) == outcome.epochs &&
           row.integer(3) == outcome.presentations && row.integer(4) == outcome.updates &&
           same(row.real(5), outcome.maintenance_sum) &&
           std::equal(stored.begin(), stored.end(), extras.begin(), extras.end());
}

// An outcome that is already there is brought up to this one; one of other dynamics loses what was stored with it.
std::int64_t put_known_trial(StoreStatements& to, std::int64_t run, const Store::Result& result,
                             std::span<const std::byte> key) {
    const Outcome& o = result.outcome;
    to.read_dynamics.bind(key);
    to.read_dynamics.step();
    const std::int64_t id = to.read_dynamics.integer(0);
    double persistent_sum = o.persistent_sum;
    if (!same_dynamics(to.read_dynamics, o)) {
        to.delete_sums.bind(id).run();
        to.delete_recorded.bind(id).run();
        to.extra_values->remove(id);
    } else if (std::isnan(persistent_sum)) {
        persistent_sum = to.read_dynamics.real(7);
    }
    to.read_dynamics.restart();
    to.update_trial.bind(id, result.position, run, o.converged, o.epochs, o.presentations, o.updates, o.maintenance_sum,
                         persistent_sum, std::as_bytes(std::span(o.extras)), result.seconds);
    to.update_trial.run();
    return id;
}

// A row of `trials` for this result. Returns trials.id.
std::int64_t put_trial(sqlite3* database, StoreStatements& to, std::int64_t run, const Store::Result& result) {
    const Outcome& o = result.outcome;
    const auto key = trial_key(result.trial);
    to.insert_trial.bind(std::span<const std::byte>(key), result.trial, result.position, run, o.converged, o.epochs,
                         o.presentations, o.updates, o.maintenance_sum, o.persistent_sum,
                         std::as_bytes(std::span(o.extras)), result.seconds);
    to.insert_trial.run();
    return sqlite3_changes(database) > 0 ? sqlite3_last_insert_rowid(database) : put_known_trial(to, run, result, key);
}

void put_recorded(StoreStatements& to, std::int64_t id, const Outcome& outcome) {
    for (const RecordedTable& table : outcome.tables) {
        const std::size_t n_columns = table.columns.size();
        if (n_columns == 0 || table.rows.size() % n_columns != 0) {
            throw std::logic_error(
                fmt::format("recorded table '{}': {} values in {} columns", table.name, table.rows.size(), n_columns));
        }
        const auto shape = nlohmann::json::array({table.rows.size() / n_columns, n_columns}).dump();
        const auto data = pack_doubles(table.rows);
        to.put_recorded.bind(id, "table", table.name, nlohmann::json(table.columns).dump(), shape,
                             std::span<const std::byte>(data));
        to.put_recorded.run();
    }
    for (const RecordedArray& array : outcome.weights) {
        const auto data = pack_doubles(array.values);
        to.put_recorded.bind(id, "array", array.name, nullptr, nlohmann::json(array.shape).dump(),
                             std::span<const std::byte>(data));
        to.put_recorded.run();
    }
}

// Runs a query that asks whether something is there.
bool found(sql::Statement& query) {
    const bool is_there = query.step();
    query.restart();
    return is_there;
}

bool has_records(StoreStatements& from, std::int64_t id, const Tallies& tallies) {
    return std::ranges::all_of(tallies.record,
                               [&](const std::string& word) { return found(from.find_record.bind(id, word)); });
}

}  // namespace

std::string record_condition(std::string_view word) {
    return fmt::format(
        "CASE {0} WHEN 'weights' THEN kind = 'array' AND name NOT GLOB 'checkpoint_*' AND name NOT GLOB 'changes_*' "
        "ELSE kind = 'table' AND name = {0} OR kind = 'array' AND name GLOB {0} || '_*' END",
        word);
}

StoreStatements::StoreStatements(sqlite3* db)
    : find_trial(db, "SELECT id, position, persistent_sum IS NOT NULL FROM trials WHERE key = ?"),
      find_sums(db, "SELECT 1 FROM sums WHERE trial = ? AND exponent = ? AND potentiation_only = ?"),
      find_record(db, fmt::format("SELECT 1 FROM recorded WHERE trial = ?1 AND {} LIMIT 1", record_condition("?2"))),
      read_dynamics(
          db,
          "SELECT id, converged, epochs, presentations, updates, maintenance_sum, extras, persistent_sum FROM "
          "trials WHERE key = ?"),
      insert_trial(db,
                   "INSERT INTO trials(key, parameters, position, run, converged, epochs, presentations, updates, "
                   "maintenance_sum, persistent_sum, extras, seconds) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
                   "ON CONFLICT(key) DO NOTHING"),
      update_trial(
          db,
          "UPDATE trials SET position = ?2, run = ?3, converged = ?4, epochs = ?5, presentations = ?6, updates = "
          "?7, maintenance_sum = ?8, persistent_sum = ?9, extras = ?10, seconds = ?11 WHERE id = ?1"),
      move_trial(db, "UPDATE trials SET position = ?2 WHERE id = ?1"),
      put_sums(db, "INSERT OR REPLACE INTO sums VALUES(?, ?, ?, ?, ?, ?, ?)"),
      put_recorded(db, "INSERT OR REPLACE INTO recorded VALUES(?, ?, ?, ?, ?, ?)"),
      delete_sums(db, "DELETE FROM sums WHERE trial = ?"),
      delete_recorded(db, "DELETE FROM recorded WHERE trial = ?") {}

std::vector<std::byte> trial_key(const std::string& canonical) {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256_CTX state;
    SHA256_Init(&state);
    SHA256_Update(&state, canonical.data(), canonical.size());
    SHA256_Final(digest, &state);
    const auto bytes = std::as_bytes(std::span(digest)).first<16>();
    return {bytes.begin(), bytes.end()};
}

void Store::Impl::check_present(const std::filesystem::path& file) const {
    int moved_away = 0;
    sqlite3_file_control(database.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved_away);
    if (moved_away != 0) {
        throw std::runtime_error(file.string() + ": was removed or replaced while it was being written");
    }
}

void Store::Impl::write_moved() {
    for (const auto& [id, position] : moved) {
        statements->move_trial.bind(id, position).run();
    }
}

bool Store::is_empty() const { return sql::query_integer(handle(), "SELECT 1 FROM trials LIMIT 1") == 0; }

bool Store::is_done(const std::string& trial, const Tallies& tallies, std::int64_t position) {
    StoreStatements& from = *impl_->statements;
    const auto key = trial_key(trial);
    from.find_trial.bind(std::span<const std::byte>(key));
    if (!from.find_trial.step()) {
        return false;
    }
    const std::int64_t id = from.find_trial.integer(0);
    const bool is_in_place = !from.find_trial.is_null(1) && from.find_trial.integer(1) == position;
    const bool has_persistent_sum = from.find_trial.integer(2) != 0;
    from.find_trial.restart();
    if (tallies.persistent_sum && !has_persistent_sum) {
        return false;
    }
    for (const Pricing& pricing : tallies.pricings) {
        if (!found(from.find_sums.bind(id, pricing.exponent, pricing.potentiation_only))) {
            return false;
        }
    }
    if (!has_records(from, id, tallies)) {
        return false;
    }
    if (!is_in_place) {
        impl_->moved.emplace_back(id, position);
    }
    return true;
}

std::optional<double> Store::seconds_of(const std::string& trial) const {
    sql::Statement query(handle(), "SELECT seconds FROM trials WHERE key = ?");
    const auto key = trial_key(trial);
    return query.bind(std::span<const std::byte>(key)).step() ? std::optional(query.real(0)) : std::nullopt;
}

bool Store::is_in_place() const { return impl_->moved.empty(); }

void Store::put(std::int64_t run, std::span<const Result> results) {
    impl_->check_present(file_);
    StoreStatements& to = *impl_->statements;
    sql::Transaction transaction(handle(), sql::Transaction::Kind::write);
    impl_->write_moved();
    if (!to.extra_values) {
        to.extra_values.emplace(handle());
    }
    for (const Result& result : results) {
        const std::int64_t id = put_trial(handle(), to, run, result);
        for (const ChangeSums& sums : result.outcome.sums) {
            to.put_sums.bind(id, sums.pricing.exponent, sums.pricing.potentiation_only, sums.uncached, sums.minimal,
                             sums.consolidation, sums.transient_change_sum);
            to.put_sums.run();
        }
        put_recorded(to, id, result.outcome);
        to.extra_values->put(id, result.outcome.extras);
    }
    transaction.commit();
    impl_->moved.clear();
    checkpoint();
}

}  // namespace syncache
