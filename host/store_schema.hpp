#pragma once

#include <filesystem>

#include "host/sql.hpp"

namespace syncache::schema {

// Written at offset 68 of every results file ("sync"): how we know our own.
inline constexpr int application_id = 0x73796e63;
// PRAGMA user_version: raised when the tables change.
inline constexpr int version = 1;

// Whether there is a results file to open: false for no file and for an empty one. Looks at the bytes alone, so that
// another program's database is not even opened (opening one may change it).
// Throws std::invalid_argument naming the file if it is anything else than ours.
bool is_results_file(const std::filesystem::path& file);

// Makes the tables in an empty database, in one transaction.
void create(sqlite3* database);

// Throws std::invalid_argument if the tables are of a newer version of the program.
void check_version(sqlite3* database, const std::filesystem::path& file);

}  // namespace syncache::schema
