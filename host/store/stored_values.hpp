#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/store/sql.hpp"

// Values of a results file that are more than SQLite's own: names and sizes as JSON, packed doubles. Somebody else may
// have written the file, so each is checked as it is read; what is wrong is an sql::Error "<file>: is damaged: <what>".
namespace syncache::stored {

[[noreturn]] void fail(const sql::Statement& row, std::string_view what);

// A JSON list of names, each once.
std::vector<std::string> names(const sql::Statement& row, int column);

// A JSON list of sizes, none below 0, whose product fits in 63 bits.
std::vector<std::int64_t> shape(const sql::Statement& row, int column);

// As many packed doubles; no more memory is taken than they can fill.
std::vector<double> doubles(const sql::Statement& row, int column, std::size_t count);

// All of doubles that are stored unpacked.
std::vector<double> plain_doubles(const sql::Statement& row, int column);

}  // namespace syncache::stored
