#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/store/file_lock_impl.hpp"
#include "host/store/sql.hpp"
#include "host/store/store.hpp"
#include "host/store/views.hpp"

namespace syncache {

// SQL that is true of the rows of `recorded` that a word of `record` asks for: a table of that name, or arrays whose
// names begin with it; "weights" are all arrays but those of checkpoints. word: an expression of SQL.
std::string record_condition(std::string_view word);

// Lets the connection read, and change nothing but temporary tables.
void allow_reading(sqlite3* database);

// What a Store keeps ready: preparing a statement costs more than running it.
struct StoreStatements {
    explicit StoreStatements(sqlite3* db);

    sql::Statement find_trial, find_sums, find_record;
    sql::Statement read_dynamics, insert_trial, update_trial, move_trial;
    sql::Statement put_sums, put_recorded, delete_sums, delete_recorded;
    std::optional<schema::ExtraValues> extra_values;  // of writers: files of earlier versions have no table for them
};

struct Store::Impl {
    // In this order, so that statements end before the connection, and the lock after it.
    std::unique_ptr<FileLock> lock;
    sql::Database database;
    std::unique_ptr<StoreStatements> statements;
    std::chrono::steady_clock::time_point last_checkpoint = std::chrono::steady_clock::now();
    // Trials found done whose place in the experiment has changed: (trials.id, position).
    std::vector<std::pair<std::int64_t, std::int64_t>> moved;

    // Throws if the file has been deleted or replaced meanwhile: SQLite would go on writing to what no name leads to.
    void check_present(const std::filesystem::path& file) const;
    // Inside a transaction; the caller clears `moved` once it is committed.
    void write_moved();
};

// Records the experiment with what exports need to know of it, and returns its number.
std::int64_t record_experiment(sqlite3* database, const Experiment& experiment);

// The key of a trial: the first 16 bytes of the SHA-256 of its canonical text.
std::vector<std::byte> trial_key(const std::string& canonical);

}  // namespace syncache
