#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "host/results/results.hpp"
#include "host/store/sql.hpp"
#include "host/store/store.hpp"
#include "tests/support/results_file.hpp"
#include "tests/support/source_folder.hpp"

// The view `outcomes` in the file itself, which other programs read, and files of earlier versions.
namespace syncache {
namespace {

using namespace test;
using Rows = std::vector<std::map<std::string, std::string>>;

// All rows of a query, as a program without anything of ours sees them.
Rows rows_of(const std::filesystem::path& file, const std::string& query) {
    const sql::Database database = sql::open(file, SQLITE_OPEN_READONLY);
    sql::Statement statement(database.get(), query);
    Rows rows;
    while (statement.step()) {
        auto& row = rows.emplace_back();
        for (int column = 0; column < statement.columns(); ++column) {
            row[statement.column_name(column)] = statement.is_null(column) ? "" : std::string(statement.text(column));
        }
    }
    return rows;
}

bool same(const std::string& a, const std::string& b) {
    const auto number = [](const std::string& text) {
        return text == "inf" || text == "Inf" ? std::numeric_limits<double>::infinity()
                                              : std::strtod(text.c_str(), nullptr);
    };
    if (a == b || (!a.empty() && !b.empty() && number(a) == number(b))) {
        return true;
    }
    // SQLite shows 15 digits.
    return !a.empty() && !b.empty() && std::fabs(number(a) - number(b)) <= 1e-14 * std::fabs(number(a));
}

// Every column of `want` is in `got`, row by row.
void expect_same(const Rows& got, const Rows& want) {
    ASSERT_EQ(got.size(), want.size());
    for (std::size_t k = 0; k < want.size(); ++k) {
        for (const auto& [name, value] : want[k]) {
            ASSERT_TRUE(got[k].contains(name) || value.empty()) << name;
            EXPECT_TRUE(value.empty() || same(got[k].at(name), value))
                << name << ": " << got[k].at(name) << ", " << value;
        }
    }
}

TEST(Views, OutcomesAreThoseOfTheExport) {
    const ScratchFolder folder;
    const auto file = folder / "r.sqlite";
    write_toy_results(file, {2, 7, 1}, toy_run(), toy_experiment("toy", {0.0, 0.5}));
    const Rows seen = rows_of(file, "SELECT * FROM outcomes");
    ASSERT_EQ(seen.size(), 6u);
    EXPECT_EQ(seen[0].at("trial"), "1");
    EXPECT_EQ(seen[0].at("patterns_file"), "a,b.idx2");
    EXPECT_EQ(seen[0].at("tau"), "Inf");
    for (std::size_t k = 0; k < seen.size(); ++k) {
        for (const char* name : {"seed", "maintenance_cost", "converged", "total", "inefficiency", "extra_energy"}) {
            EXPECT_FALSE(seen[k].at(name).empty()) << name;
        }
    }
    EXPECT_EQ(rows_of(file, "SELECT seed FROM outcomes WHERE total > 21").size(), 1u);
    EXPECT_EQ(rows_of(file, "SELECT * FROM outcomes WHERE tau > 1e300").size(), 6u);
}

TEST(Views, FollowTheExperimentAndMerges) {
    const ScratchFolder folder;
    write_toy_results(folder / "a.sqlite", {1}, toy_run("abc", "1/2"));
    write_toy_results(folder / "b.sqlite", {2}, toy_run("abc", "2/2"));
    const std::vector<std::filesystem::path> inputs{folder / "a.sqlite", folder / "b.sqlite"};
    merge(folder / "all.sqlite", inputs);
    const Rows merged = rows_of(folder / "all.sqlite", "SELECT seed, extra_energy, total FROM outcomes");
    ASSERT_EQ(merged.size(), 2u);
    EXPECT_EQ(merged[1].at("seed"), "2");
    EXPECT_TRUE(same(merged[1].at("extra_energy"), "0.3333333333333333"));
    EXPECT_EQ(merged[1].at("total"), "6.0");
    // Another price list is another experiment; the view shows it from its begin on.
    Store store(folder / "a.sqlite", Store::Access::write);
    store.begin_run(toy_experiment("dearer", {10.0}), toy_run(), 1);
    EXPECT_EQ(rows_of(folder / "a.sqlite", "SELECT * FROM outcomes").size(), 0u);
}

// What 0.1 wrote is read, with the numbers that 0.1 exported, and gains the view.
TEST(OldFiles, OfVersion01HoldWhatTheyHeld) {
    const std::filesystem::path golden = source_folder() / "tests/golden/results_0.1";
    for (const std::string name : {"perceptron", "mlp"}) {
        SCOPED_TRACE(name);
        const ScratchFolder folder;
        const auto file = folder / (name + ".sqlite");
        std::filesystem::copy_file(golden / (name + ".db"), file);
        const Rows want = parse_csv(read_text(golden / (name + ".csv")));
        ASSERT_FALSE(want.empty());
        expect_same(parse_csv(csv(file)), want);
        expect_same(rows_of(file, "SELECT * FROM outcomes"), want);
        EXPECT_EQ(rows_of(file, "PRAGMA user_version")[0].at("user_version"), "3");
    }
    const ScratchFolder folder;
    const auto file = folder / "mlp.sqlite";
    std::filesystem::copy_file(golden / "mlp.db", file);
    expect_same(parse_csv(csv(file, "checkpoints")), parse_csv(read_text(golden / "mlp-checkpoints.csv")));
}

}  // namespace
}  // namespace syncache
