#include "host/store/foreign_sql.hpp"

#include <fmt/format.h>
#include <sqlite3.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>

#include "host/store/store.hpp"
#include "host/store/store_impl.hpp"

namespace syncache {
namespace {

// SQLite looks for a text in a text byte by byte, and cannot be stopped meanwhile: values are so short that this takes
// well under a second.
constexpr int most_bytes = 100'000;             // of one value
constexpr int most_pattern_bytes = 1'000;       // behind LIKE and GLOB
constexpr int instructions_between_looks = 10;  // of SQLite's virtual machine

bool is_dangerous(const char* function) {
    constexpr std::array names{"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer"};
    return std::ranges::any_of(names, [&](const char* name) { return strcasecmp(name, function) == 0; });
}

// SQLite asks before it prepares a statement.
int allow_questions(void* /*unused*/, int action, const char* /*first*/, const char* second, const char* /*database*/,
                    const char* /*trigger*/) {
    switch (action) {
        case SQLITE_SELECT:
        case SQLITE_READ:
        case SQLITE_RECURSIVE:
            return SQLITE_OK;
        case SQLITE_FUNCTION:
            return second != nullptr && is_dangerous(second) ? SQLITE_DENY : SQLITE_OK;
        default:
            return SQLITE_DENY;
    }
}

}  // namespace

ForeignSql::ForeignSql(const Store& store, double seconds)
    : database_(store.handle()),
      seconds_(seconds),
      end_(std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                                  std::chrono::duration<double>(std::min(seconds, 1e9)))),
      former_length_(sqlite3_limit(database_, SQLITE_LIMIT_LENGTH, most_bytes)),
      former_pattern_length_(sqlite3_limit(database_, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, most_pattern_bytes)) {
    sqlite3_set_authorizer(database_, allow_questions, nullptr);
    const auto is_over = [](void* self) {
        return std::chrono::steady_clock::now() > static_cast<const ForeignSql*>(self)->end_ ? 1 : 0;
    };
    sqlite3_progress_handler(database_, instructions_between_looks, is_over, this);
}

ForeignSql::~ForeignSql() {
    sqlite3_progress_handler(database_, 0, nullptr, nullptr);
    sqlite3_limit(database_, SQLITE_LIMIT_LENGTH, former_length_);
    sqlite3_limit(database_, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, former_pattern_length_);
    allow_reading(database_);
}

std::string ForeignSql::problem(int code, const std::string& reason) const {
    switch (code & 0xff) {
        case SQLITE_INTERRUPT:
            return fmt::format("takes more than {} s", seconds_);
        case SQLITE_AUTH:
            return fmt::format("asks for what is not allowed ({}); allowed: questions about the results", reason);
        case SQLITE_TOOBIG:
            return fmt::format("makes a value of more than {} kB", most_bytes / 1'000);
        default:
            return reason;
    }
}

}  // namespace syncache
