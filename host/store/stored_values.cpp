#include "host/store/stored_values.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "host/store/blob.hpp"
#include "host/store/sql.hpp"

namespace syncache::stored {
namespace {

nlohmann::json list(const sql::Statement& row, int column) {
    auto parsed = nlohmann::json::parse(row.text(column), nullptr, false);
    if (!parsed.is_array()) {
        fail(row, fmt::format("{}: no list", row.column_name(column)));
    }
    return parsed;
}

}  // namespace

void fail(const sql::Statement& row, std::string_view what) {
    const char* const file = sqlite3_db_filename(sqlite3_db_handle(row.get()), "main");
    throw sql::Error(file != nullptr ? file : "", fmt::format("is damaged: {}", what), SQLITE_CORRUPT);
}

std::vector<std::string> names(const sql::Statement& row, int column) {
    std::vector<std::string> all;
    for (const nlohmann::json& name : list(row, column)) {
        if (!name.is_string() || std::ranges::count(all, name.get_ref<const std::string&>()) > 0) {
            fail(row, fmt::format("{}: not a list of names, each once", row.column_name(column)));
        }
        all.push_back(name);
    }
    return all;
}

std::vector<std::int64_t> shape(const sql::Statement& row, int column) {
    std::vector<std::int64_t> sizes;
    std::int64_t product = 1;
    for (const nlohmann::json& size : list(row, column)) {
        const bool is_size = size.is_number_unsigned() && size.get<std::uint64_t>() <= INT64_MAX;
        if (!is_size || __builtin_mul_overflow(product, size.get<std::int64_t>(), &product)) {
            fail(row, fmt::format("{}: not a list of sizes", row.column_name(column)));
        }
        sizes.push_back(size);
    }
    return sizes;
}

std::vector<double> doubles(const sql::Statement& row, int column, std::size_t count) {
    try {
        return unpack_doubles(row.blob(column), count);
    } catch (const std::runtime_error& error) {
        fail(row, fmt::format("{}: {}", row.column_name(column), error.what()));
    }
}

std::vector<double> plain_doubles(const sql::Statement& row, int column) {
    return doubles(row, column, row.blob(column).size() / sizeof(double));
}

}  // namespace syncache::stored
