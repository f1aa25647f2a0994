#include <fmt/format.h>
#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <system_error>

#include "datasets/new_file.hpp"
#include "host/store/sql.hpp"
#include "host/store/store.hpp"

namespace syncache {
namespace {

struct Finish {
    void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
};

// All pages in one go, which is one moment of the input.
void copy_pages(sqlite3* from, sqlite3* to) {
    const std::unique_ptr<sqlite3_backup, Finish> backup(sqlite3_backup_init(to, "main", from, "main"));
    if (!backup || sqlite3_backup_step(backup.get(), -1) != SQLITE_DONE) {
        sql::fail(to);
    }
}

}  // namespace

void copy_results(const std::filesystem::path& input, const std::filesystem::path& output) {
    const Store store(input, Store::Access::read);
    if (std::filesystem::exists(std::filesystem::symlink_status(output))) {
        throw std::invalid_argument(
            fmt::format("{}: is there already; allowed: a file that does not exist yet", output.string()));
    }
    const std::filesystem::path unfinished = output.string() + ".part";
    make_anew(unfinished);
    try {
        {
            const sql::Database copy = sql::open(unfinished, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
            copy_pages(store.handle(), copy.get());
            sql::execute(copy.get(), "PRAGMA journal_mode = DELETE");
        }
        std::filesystem::rename(unfinished, output);
    } catch (...) {
        std::error_code ignored;
        std::filesystem::remove(unfinished, ignored);
        throw;
    }
}

}  // namespace syncache
