#pragma once

#include <filesystem>

#include "host/store/sql.hpp"

namespace syncache::schema {

// Written at offset 68 of every results file ("sync"): how we know our own.
inline constexpr int application_id = 0x73796e63;
// PRAGMA user_version: raised when the tables change.
inline constexpr int version = 3;

// Whether there is a results file to open: false for no file and for an empty one. Looks at the bytes alone, so that
// another program's database is not even opened (opening one may change it).
// Throws std::invalid_argument naming the file if it is anything else than ours.
bool is_results_file(const std::filesystem::path& file);

// Makes the tables in an empty database, in one transaction.
void create(sqlite3* database);

// Whether there are no tables.
bool is_blank(sqlite3* database);

// Throws std::invalid_argument where a view, which might never come to an end, or another program's table has the name
// of one of ours.
void require_tables(sqlite3* database, const std::filesystem::path& file);

// Whether the tables are of an earlier version, which `upgrade` brings to this one. Throws std::invalid_argument if
// they are of a later version of the program.
bool is_old(sqlite3* database, const std::filesystem::path& file);

// Whether readers find in the file all that they need, although its tables are of an earlier version: from version 2
// on. Such a file, where nobody can write it, is read as it is.
bool is_readable_as_it_is(sqlite3* database);

// Adds what the tables of earlier versions lack, in one transaction.
void upgrade(sqlite3* database);

}  // namespace syncache::schema
