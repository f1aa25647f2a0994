#include "host/store/sql.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <new>
#include <span>
#include <string>
#include <string_view>

namespace syncache::sql {
namespace {

// A path in SQLite's file URI: '?', '#' and '%' would end or change it.
std::string uri_path(const std::string& path) {
    std::string escaped;
    for (const char c : path) {
        switch (c) {
            case '?':
                escaped += "%3f";
                break;
            case '#':
                escaped += "%23";
                break;
            case '%':
                escaped += "%25";
                break;
            default:
                escaped += c;
        }
    }
    return escaped;
}

std::string reason_of(sqlite3* database, int code) {
    switch (code & 0xff) {
        case SQLITE_FULL:
            return "cannot be written: the disk is full";
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return "is in use by another program";
        case SQLITE_PROTOCOL:
            return "cannot be locked";
        case SQLITE_READONLY:
            return "cannot be written: it is read-only";
        case SQLITE_NOTADB:
            return "is not a results file";
        case SQLITE_CORRUPT:
            return std::string("is damaged: ") + sqlite3_errmsg(database);
        case SQLITE_IOERR:
            return std::string("cannot be read or written: ") + sqlite3_errstr(code);
        default:
            return sqlite3_errmsg(database);
    }
}

Database open_uri(const std::string& uri, const std::string& name, int flags) {
    sqlite3* raw = nullptr;
    const int code = sqlite3_open_v2(uri.c_str(), &raw, flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nullptr);
    Database database(raw);
    if (code != SQLITE_OK) {
        throw Error(name, raw != nullptr ? sqlite3_errmsg(raw) : sqlite3_errstr(code), code);
    }
    sqlite3_extended_result_codes(raw, 1);
    // Triggers that a file of others brings along stay silent, and nobody writes to the schema's own tables. (Views may
    // call what functions there are; none reads other files or loads code.)
    sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    return database;
}

}  // namespace

Database open(const std::filesystem::path& file, int flags, std::string_view query) {
    const std::filesystem::path absolute = std::filesystem::absolute(file);
    std::string uri = "file:" + uri_path(absolute.string());
    if (!query.empty()) {
        uri.append("?").append(query);
    }
    return open_uri(uri, file.string(), flags);
}

Database open_temporary() { return open_uri("", "temporary tables", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE); }

void fail(sqlite3* database) {
    const int code = sqlite3_extended_errcode(database);
    const char* file = sqlite3_db_filename(database, "main");
    throw Error(file != nullptr ? file : "", reason_of(database, code), code);
}

void execute(sqlite3* database, const std::string& text) {
    if (sqlite3_exec(database, text.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
        fail(database);
    }
}

std::string quoted(std::string_view name) {
    std::string text = "\"";
    for (const char c : name) {
        text += c;
        if (c == '"') {
            text += c;
        }
    }
    return text + "\"";
}

Statement::Statement(sqlite3* database, std::string_view text) {
    sqlite3_stmt* raw = nullptr;
    const char* rest = nullptr;
    if (sqlite3_prepare_v2(database, text.data(), static_cast<int>(text.size()), &raw, &rest) != SQLITE_OK) {
        fail(database);
    }
    statement_.reset(raw);
    rest_.assign(rest, text.data() + text.size());
}

void Statement::restart() {
    sqlite3_reset(get());  // its code repeats the error of the last step, which has been reported
    sqlite3_clear_bindings(get());
}

void Statement::set(int index, std::string_view text) {
    check(sqlite3_bind_text64(get(), index, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Statement::set(int index, std::span<const std::byte> blob) {
    // A null pointer would bind NULL where an empty blob is meant.
    check(blob.empty() ? sqlite3_bind_zeroblob(get(), index, 0)
                       : sqlite3_bind_blob64(get(), index, blob.data(), blob.size(), SQLITE_TRANSIENT));
}

bool Statement::step() {
    const int code = sqlite3_step(get());
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        fail(sqlite3_db_handle(get()));
    }
    return code == SQLITE_ROW;
}

void Statement::run() {
    while (step()) {
    }
    sqlite3_reset(get());
}

double Statement::real(int column) const {
    return is_null(column) ? std::numeric_limits<double>::quiet_NaN() : sqlite3_column_double(get(), column);
}

std::string_view Statement::text(int column) const {
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(get(), column));
    if (data == nullptr && !is_null(column)) {
        throw std::bad_alloc();
    }
    return data == nullptr ? std::string_view() : std::string_view(data, sqlite3_column_bytes(get(), column));
}

std::span<const std::byte> Statement::blob(int column) const {
    const auto* data = static_cast<const std::byte*>(sqlite3_column_blob(get(), column));
    return {data, data == nullptr ? 0 : static_cast<std::size_t>(sqlite3_column_bytes(get(), column))};
}

std::int64_t query_integer(sqlite3* database, std::string_view text) {
    Statement query(database, text);
    return query.step() ? query.integer(0) : 0;
}

std::string query_text(sqlite3* database, std::string_view text) {
    Statement query(database, text);
    return query.step() ? std::string(query.text(0)) : std::string();
}

Transaction::Transaction(sqlite3* database, Kind kind) : database_(database) {
    execute(database, kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN");
}

Transaction::~Transaction() {
    // After some errors (a full disk) SQLite has rolled back already.
    if (database_ != nullptr && sqlite3_get_autocommit(database_) == 0) {
        sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

void Transaction::commit() {
    execute(database_, "COMMIT");
    database_ = nullptr;
}

}  // namespace syncache::sql
