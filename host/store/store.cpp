#include "host/store/store.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include "host/settings/type_name.hpp"
#include "host/store/store_impl.hpp"
#include "host/store/store_schema_impl.hpp"
#include "host/store/views.hpp"

namespace syncache {
namespace {

constexpr int busy_timeout_ms = 60'000;  // a reader of a file without WAL may hold up a commit for that long

std::string utc_now() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

// Tells runs apart when files are merged.
std::string new_identity() {
    std::random_device random;
    return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

void set_journal(sqlite3* database, Store::Journal journal, const std::filesystem::path& file) {
    const char* wanted = journal == Store::Journal::wal ? "wal" : "delete";
    const std::string got = sql::query_text(database, fmt::format("PRAGMA journal_mode = {}", wanted));
    if (got != wanted) {
        throw std::runtime_error(
            fmt::format("{}: its file system allows no write-ahead log; allowed: a rollback journal", file.string()));
    }
    // A killed process loses nothing that was committed either way. A power cut damages nothing; with WAL it takes what
    // was committed since the last checkpoint, without (EXTRA also waits for the journal's removal) nothing.
    sql::execute(database, fmt::format("PRAGMA synchronous = {}", journal == Store::Journal::wal ? "NORMAL" : "EXTRA"));
}

// Removes what a failed creation has left.
void remove_database(const std::filesystem::path& file) {
    for (const char* suffix : {"", "-journal", "-wal", "-shm"}) {
        std::error_code ignored;
        std::filesystem::remove(file.string() + suffix, ignored);
    }
}

// SQLite asks before it prepares a statement: readers change nothing but temporary tables.
int refuse_changes(void* /*unused*/, int action, const char* /*first*/, const char* /*second*/, const char* database,
                   const char* /*trigger*/) {
    switch (action) {
        case SQLITE_INSERT:
        case SQLITE_UPDATE:
        case SQLITE_DELETE:
        case SQLITE_CREATE_TABLE:
        case SQLITE_CREATE_INDEX:
        case SQLITE_CREATE_TRIGGER:
        case SQLITE_CREATE_VIEW:
        case SQLITE_DROP_TABLE:
        case SQLITE_DROP_INDEX:
        case SQLITE_DROP_TRIGGER:
        case SQLITE_DROP_VIEW:
        case SQLITE_ALTER_TABLE:
            return database != nullptr && std::string_view(database) == "main" ? SQLITE_DENY : SQLITE_OK;
        default:
            return SQLITE_OK;
    }
}

// Whether nobody writes the file, so far as can be told, and this process could not: then nothing need be kept beside
// it to tell readers of changes.
bool is_archived(const std::filesystem::path& file) {
    return access(file.c_str(), W_OK) != 0 && !std::filesystem::exists(file.string() + "-wal") &&
           !FileLock::is_held(file);
}

// A file that cannot be written stays as it is, if it can be read so.
void upgrade_in_place(const std::filesystem::path& file, bool is_readable_as_it_is) {
    try {
        const sql::Database writer = sql::open(file, SQLITE_OPEN_READWRITE);
        sqlite3_busy_timeout(writer.get(), busy_timeout_ms);
        schema::upgrade(writer.get());
    } catch (const sql::Error& error) {
        const int kind = error.code() & 0xff;
        if (!is_readable_as_it_is || (kind != SQLITE_READONLY && kind != SQLITE_CANTOPEN)) {
            throw;
        }
    }
}

// Null where there is no results file, or one without tables, which is what a creation leaves that was killed.
sql::Database open_for_reading(const std::filesystem::path& file) {
    if (!schema::is_results_file(file)) {
        return nullptr;
    }
    const auto open_checked = [&](int flags, const char* query) -> sql::Database {
        sql::Database database = sql::open(file, flags, query);
        sqlite3_busy_timeout(database.get(), busy_timeout_ms);
        if (schema::is_blank(database.get())) {
            return nullptr;
        }
        schema::require_tables(database.get(), file);
        if (schema::is_old(database.get(), file)) {
            upgrade_in_place(file, schema::is_readable_as_it_is(database.get()));
        }
        return database;
    };
    if (is_archived(file)) {
        return open_checked(SQLITE_OPEN_READONLY, "immutable=1");
    }
    try {
        // Opened to write, although a reader does not: so the last one to close the file takes its log away.
        return open_checked(SQLITE_OPEN_READWRITE, "");
    } catch (const sql::Error& error) {
        if ((error.code() & 0xff) != SQLITE_CANTOPEN && (error.code() & 0xff) != SQLITE_READONLY) {
            throw;
        }
    }
    try {
        return open_checked(SQLITE_OPEN_READONLY, "");
    } catch (const sql::Error& error) {
        // A killed run may have left a half-done transaction, which only a writer can take back.
        if (error.code() == SQLITE_READONLY_ROLLBACK || error.code() == SQLITE_READONLY_RECOVERY) {
            open_checked(SQLITE_OPEN_READWRITE, "");
            return open_checked(SQLITE_OPEN_READONLY, "");
        }
        // A file in WAL mode wants its index beside it, which a read-only folder does not take. With no log there is
        // nothing to index either.
        const int kind = error.code() & 0xff;
        if ((kind == SQLITE_CANTOPEN || kind == SQLITE_READONLY) && !std::filesystem::exists(file.string() + "-wal")) {
            return open_checked(SQLITE_OPEN_READONLY, "immutable=1");
        }
        throw;
    }
}

void record_model(sqlite3* database, std::int64_t id, const Experiment& experiment) {
    const Model& model = *experiment.model;
    std::int64_t position = 0;
    sql::Statement parameter(database, "INSERT INTO parameters VALUES(?, ?, ?, ?)");
    for (const Parameter& p : model.parameters()) {
        if (!p.only_if_set || sets(experiment, find_parameter(model, p.name))) {
            parameter.bind(id, position++, p.name, type_name(p.type)).run();
        }
    }
    position = 0;
    sql::Statement extra(database, "INSERT INTO extra_columns VALUES(?, ?, ?)");
    for (const std::string& name : model.extra_columns()) {
        extra.bind(id, position++, name).run();
    }
}

void make_current(sqlite3* database, std::int64_t experiment) {
    if (sql::query_integer(database, "SELECT experiment FROM current_experiment") == experiment) {
        return;
    }
    sql::execute(database,
                 "UPDATE trials SET position = NULL WHERE position IS NOT NULL; DELETE FROM current_experiment");
    sql::Statement(database, "INSERT INTO current_experiment VALUES(?)").bind(experiment).run();
}

}  // namespace

void allow_reading(sqlite3* database) { sqlite3_set_authorizer(database, refuse_changes, nullptr); }

std::int64_t record_experiment(sqlite3* database, const Experiment& experiment) {
    sql::Statement insert(database,
                          "INSERT INTO experiments(name, model, text) VALUES(?1, ?2, ?3) ON CONFLICT(text) DO UPDATE "
                          "SET name = ?1, model = ?2 RETURNING id");
    insert.bind(experiment.name, experiment.model->name(), experiment.text).step();
    const std::int64_t id = insert.integer(0);
    insert.restart();
    // Anew each time: a later build's model may have gained a parameter.
    for (const char* table : {"parameters", "extra_columns", "accounting"}) {
        sql::Statement(database, fmt::format("DELETE FROM {} WHERE experiment = ?", table)).bind(id).run();
    }
    record_model(database, id, experiment);
    std::int64_t position = 0;
    sql::Statement setting(database, "INSERT INTO accounting VALUES(?, ?, ?, ?, ?, ?, ?)");
    for (const AccountingSetting& a : experiment.accounting) {
        setting.bind(id, position++, a.maintenance_cost, a.transient_change_cost, a.persistent_cost, a.pricing.exponent,
                     a.pricing.potentiation_only);
        setting.run();
    }
    return id;
}

Store::Store(const std::filesystem::path& file, Access access, Journal journal)
    : file_(file), impl_(std::make_unique<Impl>()) {
    if (access == Access::read) {
        impl_->database = open_for_reading(file);
        if (!impl_->database) {
            throw std::invalid_argument(fmt::format(
                "{}: {}", file.string(),
                std::filesystem::exists(file) ? "is empty; allowed: a results file" : "there is no such results file"));
        }
        impl_->statements = std::make_unique<StoreStatements>(handle());  // among them some that only writers run
        // Tables that are functions are declared when they are first used, which later looks like a change.
        sql::execute(handle(), "SELECT 1 FROM json_each('[]'); SELECT 1 FROM json_tree('[]')");
        allow_reading(handle());
        return;
    }
    schema::is_results_file(file);  // refuses what is not ours before anything is written beside it
    impl_->lock = std::make_unique<FileLock>(file);
    const bool was_there = std::filesystem::exists(file);
    try {
        impl_->database = sql::open(file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
        sqlite3* database = impl_->database.get();
        sqlite3_busy_timeout(database, busy_timeout_ms);
        if (schema::is_blank(database)) {
            schema::create(database);
        }
        schema::require_tables(database, file);
        if (schema::is_old(database, file)) {
            schema::upgrade(database);
        }
        set_journal(database, journal, file);
        // Keys fall all over their index: room for it, and a log that takes several batches before pages are copied
        // back.
        sql::execute(database, "PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 8192");
        impl_->statements = std::make_unique<StoreStatements>(database);
    } catch (...) {
        impl_->statements.reset();
        impl_->database.reset();
        if (!was_there) {
            remove_database(file);
        }
        throw;
    }
}

void Store::checkpoint(std::chrono::steady_clock::time_point now) {
    constexpr auto longest = std::chrono::seconds(10);
    if (impl_->lock && now - impl_->last_checkpoint >= longest) {
        // What a reader or a commit holds up waits for the next time.
        sqlite3_wal_checkpoint_v2(handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
        impl_->last_checkpoint = now;
    }
}

Store::~Store() = default;
Store::Store(Store&&) noexcept = default;

bool Store::is_there(const std::filesystem::path& file) { return open_for_reading(file) != nullptr; }

sqlite3* Store::handle() const { return impl_->database.get(); }

bool Store::is_current(const Experiment& experiment) const {
    sql::Statement query(
        handle(), "SELECT 1 FROM experiments WHERE text = ? AND id = (SELECT experiment FROM current_experiment)");
    return query.bind(experiment.text).step();
}

std::int64_t Store::begin_run(const Experiment& experiment, const RunInfo& info, std::size_t trials_planned) {
    impl_->check_present(file_);
    sqlite3* database = handle();
    sql::Transaction transaction(database, sql::Transaction::Kind::write);
    const std::int64_t id = record_experiment(database, experiment);
    make_current(database, id);
    schema::make_views(database);
    // We hold the lock, so a run without an end no longer lives.
    sql::execute(database, "UPDATE runs SET state = 'killed' WHERE state IS NULL");
    sql::Statement insert(database,
                          "INSERT INTO runs(identity, experiment, started, \"commit\", build, backend, device, host, "
                          "shard, planned) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    insert.bind(new_identity(), id, utc_now(), info.commit, info.build, info.backend, info.device, info.host,
                info.shard, trials_planned);
    insert.run();
    const std::int64_t run = sqlite3_last_insert_rowid(database);
    transaction.commit();
    impl_->moved.clear();  // places in an earlier experiment
    return run;
}

void Store::end_run(std::int64_t run, const std::string& state, const std::map<std::string, std::string>& checksums,
                    std::size_t n_failed) {
    impl_->check_present(file_);
    sqlite3* database = handle();
    sql::Transaction transaction(database, sql::Transaction::Kind::write);
    impl_->write_moved();
    sql::Statement(database, "UPDATE runs SET state = ?, ended = ?, failed = ? WHERE id = ?")
        .bind(state, utc_now(), n_failed, run)
        .run();
    sql::Statement insert(database, "INSERT OR REPLACE INTO checksums VALUES(?, ?, ?)");
    for (const auto& [path, sha256] : checksums) {
        insert.bind(run, path, sha256).run();
    }
    transaction.commit();
    impl_->moved.clear();
}

}  // namespace syncache
