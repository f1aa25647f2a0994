#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "host/store/foreign_sql.hpp"
#include "host/store/sql.hpp"
#include "host/store/store.hpp"
#include "tests/support/results_file.hpp"

// Statements and files of others: what they may not do.
namespace syncache {
namespace {

using namespace test;

// What is said of a statement; "" if it runs.
std::string said_of(const Store& store, const std::string& text, double seconds = 30.0) {
    const ForeignSql guard(store, seconds);
    try {
        sql::Statement statement(store.handle(), text);
        while (statement.step()) {
        }
        return "";
    } catch (const sql::Error& error) {
        return guard.problem(error.code(), error.reason());
    }
}

TEST(ForeignSql, MayAskAndNothingElse) {
    const ScratchFolder folder;
    write_toy_results(folder / "r.sqlite", {1, 2});
    const Store store(folder / "r.sqlite", Store::Access::read);
    for (const char* question :
         {"SELECT count(*) FROM trials", "SELECT max(epochs) OVER () FROM trials", "SELECT upper('a')",
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT sum(i) FROM n",
          "SELECT value FROM json_each('[1, 2]')"}) {
        EXPECT_EQ(said_of(store, question), "") << question;
    }
    const std::string other = (folder / "other.sqlite").string();
    for (const std::string& deed :
         {"ATTACH '" + other + "' AS other", "VACUUM INTO '" + other + "'", std::string("PRAGMA writable_schema = 1"),
          std::string("PRAGMA temp_store_directory = '/'"), std::string("DELETE FROM trials"),
          std::string("CREATE TEMP TABLE t(x)"), std::string("SELECT load_extension('x')"),
          std::string("SELECT LOAD_EXTENSION('x')"), std::string("SELECT * FROM pragma_database_list"),
          std::string("BEGIN")}) {
        EXPECT_NE(said_of(store, deed), "") << deed;
        EXPECT_FALSE(std::filesystem::exists(other)) << deed;
    }
    EXPECT_NE(said_of(store, "ATTACH '" + other + "' AS other").find("allowed: questions about the results"),
              std::string::npos);
    sql::execute(store.handle(), "CREATE TEMP TABLE t(x)");  // the program itself again may
}

TEST(ForeignSql, EndsInTimeAndTakesNoGigabytes) {
    const ScratchFolder folder;
    write_toy_results(folder / "r.sqlite", {1});
    const Store store(folder / "r.sqlite", Store::Access::read);
    const auto start = std::chrono::steady_clock::now();
    const char* endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    EXPECT_EQ(said_of(store, endless, 0.2), "takes more than 0.2 s");
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
    EXPECT_EQ(said_of(store, "SELECT length(zeroblob(100001))"), "makes a value of more than 100 kB");
    EXPECT_EQ(said_of(store, "SELECT length(hex(zeroblob(90000)))"), "makes a value of more than 100 kB");
    EXPECT_EQ(said_of(store, "SELECT count(*) FROM trials"), "");
}

// SQLite cannot be stopped while it looks for a text in another, which takes it time like the product of their lengths.
TEST(ForeignSql, EndsInTimeWhateverASingleFunctionTakes) {
    const ScratchFolder folder;
    write_toy_results(folder / "r.sqlite", {1});
    const Store store(folder / "r.sqlite", Store::Access::read);
    const std::string rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) ";
    const std::string haystack = "hex(zeroblob(49000))", needle = "hex(zeroblob(24000)) || '1' || i";
    for (const std::string& searches :
         {"instr(" + haystack + ", " + needle + ")", "replace(" + haystack + ", " + needle + ", '')"}) {
        const auto start = std::chrono::steady_clock::now();
        EXPECT_EQ(said_of(store, rows + "SELECT max(" + searches + ") FROM n", 0.2), "takes more than 0.2 s");
        EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(60)) << searches;
    }
    EXPECT_NE(said_of(store, "SELECT hex(zeroblob(49000)) LIKE '%' || hex(zeroblob(20000)) || '1'"), "");
}

// A results file of others may hold triggers, and views that call functions: none of them runs anything.
TEST(ForeignSql, FilesBringNoCodeAlong) {
    const ScratchFolder folder;
    write_toy_results(folder / "r.sqlite", {1});
    {
        const sql::Database database = sql::open(folder / "r.sqlite", SQLITE_OPEN_READWRITE);
        sql::execute(database.get(), "CREATE TRIGGER t AFTER INSERT ON trials BEGIN DELETE FROM accounting; END");
        sql::execute(database.get(), "CREATE VIEW v AS SELECT load_extension('x') AS x");
    }
    {
        Store store(folder / "r.sqlite", Store::Access::write);
        const auto run = store.begin_run(toy_experiment(), toy_run(), 1);
        store.put(run, std::vector{toy_result(2)});
        store.end_run(run, "finished", {});
        EXPECT_GT(sql::query_integer(store.handle(), "SELECT count(*) FROM accounting"), 0);
    }
    const Store store(folder / "r.sqlite", Store::Access::read);
    EXPECT_THROW(sql::query_text(store.handle(), "SELECT x FROM v"), sql::Error);
}

}  // namespace
}  // namespace syncache
