#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <ios>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include "host/store/store_schema_impl.hpp"
#include "host/store/views.hpp"

namespace syncache::schema {
namespace {

// Described in host/README.md, "The results file".
constexpr const char* tables = R"(
CREATE TABLE experiments(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, model TEXT NOT NULL, text TEXT NOT NULL UNIQUE);
CREATE TABLE current_experiment(experiment INTEGER NOT NULL REFERENCES experiments(id));
CREATE TABLE parameters(
    experiment INTEGER NOT NULL, position INTEGER NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL,
    PRIMARY KEY(experiment, position)) WITHOUT ROWID;
CREATE TABLE extra_columns(
    experiment INTEGER NOT NULL, position INTEGER NOT NULL, name TEXT NOT NULL,
    PRIMARY KEY(experiment, position)) WITHOUT ROWID;
CREATE TABLE accounting(
    experiment INTEGER NOT NULL, position INTEGER NOT NULL, maintenance_cost REAL NOT NULL,
    transient_change_cost REAL NOT NULL, persistent_cost REAL NOT NULL, exponent REAL NOT NULL,
    potentiation_only INTEGER NOT NULL, PRIMARY KEY(experiment, position)) WITHOUT ROWID;
CREATE TABLE runs(
    id INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE, experiment INTEGER NOT NULL REFERENCES experiments(id),
    started TEXT NOT NULL, ended TEXT, state TEXT, "commit" TEXT NOT NULL, build TEXT NOT NULL, backend TEXT NOT NULL,
    device TEXT NOT NULL, host TEXT NOT NULL, shard TEXT NOT NULL, planned INTEGER NOT NULL,
    failed INTEGER NOT NULL DEFAULT 0);
CREATE TABLE checksums(
    run INTEGER NOT NULL, file TEXT NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY(run, file)) WITHOUT ROWID;
CREATE TABLE trials(
    id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, parameters TEXT NOT NULL, position INTEGER, run INTEGER NOT NULL,
    converged INTEGER NOT NULL, epochs INTEGER NOT NULL, presentations INTEGER NOT NULL, updates INTEGER NOT NULL,
    maintenance_sum REAL, persistent_sum REAL, extras BLOB NOT NULL, seconds REAL);
CREATE TABLE sums(
    trial INTEGER NOT NULL, exponent REAL NOT NULL, potentiation_only INTEGER NOT NULL, uncached REAL, minimal REAL,
    consolidation REAL, transient_change_sum REAL, PRIMARY KEY(trial, exponent, potentiation_only)) WITHOUT ROWID;
CREATE TABLE recorded(
    trial INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, columns TEXT, shape TEXT NOT NULL,
    data BLOB NOT NULL, PRIMARY KEY(trial, kind, name));
CREATE TABLE extra_values(
    trial INTEGER NOT NULL, position INTEGER NOT NULL, value REAL NOT NULL, PRIMARY KEY(trial, position)) WITHOUT ROWID;
)";

// What version 1 lacks.
constexpr const char* added_by_version_2 = R"(
ALTER TABLE trials ADD COLUMN seconds REAL;
ALTER TABLE runs ADD COLUMN failed INTEGER NOT NULL DEFAULT 0;
)";

// What version 2 lacks; and the view `outcomes`.
constexpr const char* added_by_version_3 = R"(
CREATE TABLE extra_values(
    trial INTEGER NOT NULL, position INTEGER NOT NULL, value REAL NOT NULL, PRIMARY KEY(trial, position)) WITHOUT ROWID;
)";

void set_version(sqlite3* database) { sql::execute(database, fmt::format("PRAGMA user_version = {}", version)); }

std::uint32_t big_endian(const char* bytes) {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) {
        value = value << 8 | static_cast<unsigned char>(bytes[i]);
    }
    return value;
}

}  // namespace

bool is_results_file(const std::filesystem::path& file) {
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (status.type() == std::filesystem::file_type::not_found) {
        return false;
    }
    if (!std::filesystem::is_regular_file(status)) {
        throw std::invalid_argument(fmt::format("{}: is not a file; allowed: a results file", file.string()));
    }
    std::ifstream in(file, std::ios::binary);
    const auto cannot_be_read = [&] {
        return std::runtime_error(
            fmt::format("{}: cannot be read: {}", file.string(), std::generic_category().message(errno)));
    };
    if (!in) {
        throw cannot_be_read();
    }
    constexpr std::string_view magic("SQLite format 3\0", 16);
    constexpr std::size_t offset_of_application_id = 68;
    std::array<char, 100> header{};
    in.read(header.data(), header.size());
    if (in.bad()) {
        throw cannot_be_read();
    }
    if (in.gcount() == 0 && in.eof()) {
        return false;
    }
    // A power loss in its first moments leaves zeros, and the journal that takes them back.
    if (std::ranges::all_of(header, [](char byte) { return byte == 0; }) &&
        std::filesystem::exists(file.string() + "-journal")) {
        return false;
    }
    if (static_cast<std::size_t>(in.gcount()) < header.size() ||
        std::string_view(header.data(), magic.size()) != magic) {
        throw std::invalid_argument(fmt::format("{}: is not a results file of syncache", file.string()));
    }
    if (big_endian(header.data() + offset_of_application_id) != application_id) {
        throw std::invalid_argument(fmt::format("{}: is a database of another program", file.string()));
    }
    return true;
}

void create(sqlite3* database) {
    sql::Transaction transaction(database, sql::Transaction::Kind::write);
    sql::execute(database, tables);
    sql::execute(database, fmt::format("PRAGMA application_id = {}", application_id));
    set_version(database);
    transaction.commit();
}

bool is_blank(sqlite3* database) { return sql::query_integer(database, "SELECT count(*) FROM sqlite_master") == 0; }

void require_tables(sqlite3* database, const std::filesystem::path& file) {
    const std::string other = sql::query_text(
        database,
        "SELECT name FROM main.sqlite_master WHERE lower(name) IN ('experiments', 'current_experiment', 'parameters', "
        "'extra_columns', 'accounting', 'runs', 'checksums', 'trials', 'sums', 'recorded', 'extra_values') AND (type "
        "<> "
        "'table' OR sql LIKE 'CREATE VIRTUAL%')");
    if (!other.empty()) {
        throw std::invalid_argument(
            fmt::format("{}: {} is no table of ours; allowed: a results file of syncache", file.string(), other));
    }
}

bool is_old(sqlite3* database, const std::filesystem::path& file) {
    const auto found = sql::query_integer(database, "PRAGMA user_version");
    if (found < 1 || found > version) {
        throw std::invalid_argument(fmt::format("{}: has the tables of version {}; this program reads versions 1 to {}",
                                                file.string(), found, version));
    }
    return found < version;
}

bool is_readable_as_it_is(sqlite3* database) { return sql::query_integer(database, "PRAGMA user_version") >= 2; }

void upgrade(sqlite3* database) {
    sql::Transaction transaction(database, sql::Transaction::Kind::write);
    const auto found = sql::query_integer(database, "PRAGMA user_version");  // somebody else may have done it meanwhile
    if (found < 2) {
        sql::execute(database, added_by_version_2);
    }
    if (found < 3) {
        sql::execute(database, added_by_version_3);
        unpack_extra_values(database);
        make_views(database);
        set_version(database);
    }
    transaction.commit();
}

}  // namespace syncache::schema
