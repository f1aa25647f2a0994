#pragma once

#include <sqlite3.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

// A thin owner of SQLite's C objects: handles close, statements finalise, transactions roll back.
namespace syncache::sql {

// what(): "<file>: <reason>"; reason() is the second part alone, and code() SQLite's result code.
class Error : public std::runtime_error {
  public:
    Error(const std::string& file, const std::string& reason, int code)
        : std::runtime_error(file + ": " + reason), reason_(reason), code_(code) {}
    const std::string& reason() const { return reason_; }
    int code() const { return code_; }

  private:
    std::string reason_;
    int code_;
};

struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
using Database = std::unique_ptr<sqlite3, Close>;

// Opens a file. `flags`: SQLITE_OPEN_...; `query`: parameters of SQLite's file URI, e.g. "immutable=1".
// The connection is not locked: one thread at a time.
Database open(const std::filesystem::path& file, int flags, std::string_view query = "");

// A database of its own without a name: in memory while it is small, gone with the connection.
Database open_temporary();

// Throws the Error that the connection's last failed call left.
[[noreturn]] void fail(sqlite3* database);

// Runs statements that take and give no values.
void execute(sqlite3* database, const std::string& text);

// A name as an SQL identifier: quoted, whatever it holds.
std::string quoted(std::string_view name);

// One prepared statement. Columns count from 0, parameters from 1.
class Statement {
  public:
    Statement(sqlite3* database, std::string_view text);

    // Starts anew with these values for the parameters, in order. Texts and blobs are copied; a NaN is stored as NULL.
    template <class... Values>
    Statement& bind(const Values&... values) {
        restart();
        int index = 0;
        (set(++index, values), ...);
        return *this;
    }
    void restart();
    template <std::integral Integer>
    void set(int index, Integer value) {
        check(sqlite3_bind_int64(get(), index, static_cast<sqlite3_int64>(value)));
    }
    void set(int index, double value) { check(sqlite3_bind_double(get(), index, value)); }
    void set(int index, std::string_view text);
    void set(int index, const std::string& text) { set(index, std::string_view(text)); }
    void set(int index, const char* text) { set(index, std::string_view(text)); }
    void set(int index, std::span<const std::byte> blob);
    void set(int index, std::nullptr_t) { check(sqlite3_bind_null(get(), index)); }
    void set(int index, sqlite3_value* value) { check(sqlite3_bind_value(get(), index, value)); }

    // Goes to the next row; false behind the last one.
    bool step();
    // Steps to the end and rewinds; for statements without rows.
    void run();

    // What stands behind the statement in the text it was made of.
    const char* rest() const { return rest_.c_str(); }

    int columns() const { return sqlite3_column_count(get()); }
    std::string column_name(int column) const { return sqlite3_column_name(get(), column); }
    int type(int column) const { return sqlite3_column_type(get(), column); }
    bool is_null(int column) const { return type(column) == SQLITE_NULL; }
    std::int64_t integer(int column) const { return sqlite3_column_int64(get(), column); }
    double real(int column) const;  // NaN for NULL
    // Valid until the next step.
    std::string_view text(int column) const;
    std::span<const std::byte> blob(int column) const;
    sqlite3_value* value(int column) const { return sqlite3_column_value(get(), column); }

    sqlite3_stmt* get() const { return statement_.get(); }

  private:
    void check(int code) const {
        if (code != SQLITE_OK) {
            fail(sqlite3_db_handle(get()));
        }
    }
    struct Finalise {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };
    std::unique_ptr<sqlite3_stmt, Finalise> statement_;
    std::string rest_;
};

// The first column of the first row of a query; 0 or "" where there is no row.
std::int64_t query_integer(sqlite3* database, std::string_view text);
std::string query_text(sqlite3* database, std::string_view text);

// All or nothing: rolls back unless committed.
class Transaction {
  public:
    enum class Kind { read, write };
    Transaction(sqlite3* database, Kind kind);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

  private:
    sqlite3* database_;
};

// A function of ours as one that SQLite may call: what it throws becomes an error of the statement, since SQLite is not
// to be unwound.
template <auto function, typename... Arguments>
void guarded(sqlite3_context* context, Arguments... arguments) {
    try {
        function(context, arguments...);
    } catch (const std::bad_alloc&) {
        sqlite3_result_error_nomem(context);
    }
}

}  // namespace syncache::sql
