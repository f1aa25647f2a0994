#include <gtest/gtest.h>
#include <stdlib.h>

#include <cmath>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <limits>
#include <ostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "host/results/output_file.hpp"
#include "host/results/results.hpp"
#include "host/store/store.hpp"
#include "tests/support/results_file.hpp"
#include "tests/support/source_folder.hpp"

// What exports can be asked for, and how numbers are written.
namespace syncache {
namespace {

using namespace test;

class ExportChoices : public ::testing::Test {
  protected:
    void SetUp() override { write_toy_results(file(), {2, 7, 1}, toy_run(), toy_experiment("toy", {0.0, 0.5})); }
    std::filesystem::path file() const { return folder / "r.sqlite"; }

    std::string exported(const ExportOptions& options, Constants* constants = nullptr) const {
        Store store(file(), Store::Access::read);
        std::ostringstream out;
        const Constants taken = export_table(store, options, out);
        if (constants != nullptr) {
            *constants = taken;
        }
        return out.str();
    }

    std::string refusal(const ExportOptions& options) const {
        return message_of([&] { exported(options); });
    }

    ScratchFolder folder;
};

TEST_F(ExportChoices, Columns) {
    EXPECT_EQ(exported({.columns = {"total", "seed"}}), "total,seed\n3,1\n3.05,1\n6,2\n6.1,2\n21,7\n21.35,7\n");
    EXPECT_EQ(
        refusal({.columns = {"totl"}}).find("--columns totl: no such column; did you mean total? allowed: trial, "),
        0u);
    EXPECT_EQ(
        exported({.format = ExportFormat::json, .columns = {"trial", "tau"}, .where = "trial = 1 AND exponent = 1"}),
        "[\n{\"trial\": 1, \"tau\": \"inf\"},\n{\"trial\": 1, \"tau\": \"inf\"}\n]\n");
}

TEST_F(ExportChoices, Conditions) {
    EXPECT_EQ(exported({.columns = {"seed", "total"}, .where = "converged AND maintenance_cost = 0.5"}),
              "seed,total\n1,3.05\n2,6.1\n");
    EXPECT_EQ(exported({.columns = {"seed"}, .where = "seed > 1 -- a comment\n AND maintenance_cost = 0"}),
              "seed\n2\n7\n");
    EXPECT_EQ(exported({.columns = {"seed"}, .where = "0"}), "seed\n");
    const std::string unknown = refusal({.where = "converjed = 1"});
    EXPECT_EQ(unknown.find("--where converjed = 1: no such column: converjed; did you mean converged? allowed: a "
                           "condition on trial, seed, "),
              0u)
        << unknown;
    EXPECT_EQ(refusal({.where = "1; DROP TABLE sums"}).find("--where 1; DROP TABLE sums"), 0u);
    EXPECT_EQ(refusal({.where = "seed ="}).find("--where seed =: "), 0u);
}

// What is the same everywhere goes, with its value told; trial numbers stay.
TEST_F(ExportChoices, Varying) {
    Constants constants;
    const std::string text = exported({.where = "maintenance_cost = 0", .varying = true}, &constants);
    EXPECT_EQ(text.substr(0, text.find('\n')),
              "trial,seed,converged,epochs,presentations,updates,uncached,minimal,consolidation,maintenance_sum,"
              "transient_change_sum,total");
    const auto value_of = [&](const std::string& name) {
        for (const auto& [column, value] : constants) {
            if (column == name) {
                return value;
            }
        }
        return std::string("varies");
    };
    EXPECT_EQ(value_of("tau"), "inf");
    EXPECT_EQ(value_of("patterns_file"), "a,b.idx2");
    EXPECT_EQ(value_of("maintenance_cost"), "0");
    EXPECT_EQ(value_of("persistent_sum"), "");
    EXPECT_EQ(value_of("inefficiency"), "1.5");
    EXPECT_EQ(value_of("seed"), "varies");
    EXPECT_EQ(exported({.columns = {"trial", "seed"}, .where = "0", .varying = true}, &constants), "trial,seed\n");
    EXPECT_TRUE(constants.empty()) << "of no rows";
    EXPECT_EQ(
        exported({.columns = {"seed"}, .where = "seed = 7 AND maintenance_cost = 0", .varying = true}, &constants),
        "seed\n7\n")
        << "a column at least";
    EXPECT_TRUE(constants.empty());
}

TEST_F(ExportChoices, MeansOverSeeds) {
    const std::vector<std::string> columns{"maintenance_cost", "trials",           "total", "total_se", "converged",
                                           "persistent_sum",   "persistent_sum_se"};
    const std::string text = exported({.columns = columns, .mean = "seed"});
    std::istringstream lines(text);
    std::string header, free, priced;
    std::getline(lines, header);
    std::getline(lines, free);
    std::getline(lines, priced);
    EXPECT_EQ(header, "maintenance_cost,trials,total,total_se,converged,persistent_sum,persistent_sum_se");
    const auto row = parse_csv(text);
    ASSERT_EQ(row.size(), 2u);
    // 3, 6 and 21: mean 10, deviation sqrt((49 + 16 + 121) / 2).
    EXPECT_EQ(row[0].at("maintenance_cost"), "0");
    EXPECT_EQ(row[0].at("trials"), "3");
    EXPECT_EQ(row[0].at("total"), "10");
    EXPECT_NEAR(std::stod(row[0].at("total_se")), std::sqrt(93.0 / 3.0), 1e-12);
    EXPECT_NEAR(std::stod(row[0].at("converged")), 2.0 / 3.0, 1e-15);
    EXPECT_EQ(row[0].at("persistent_sum"), "");
    EXPECT_NEAR(std::stod(row[1].at("total")), 10.0 + 0.5 / 3.0, 1e-12);
    // A single one has no error.
    EXPECT_EQ(
        exported({.columns = {"total", "total_se"}, .where = "seed = 1 AND maintenance_cost = 0", .mean = "seed"}),
        "total,total_se\n3,\n");
    EXPECT_EQ(refusal({.mean = "sede"}).find("--mean sede; did you mean seed? allowed: seed, precision, "), 0u);
    EXPECT_EQ(refusal({.mean = "total"}).find("--mean total; allowed: seed, "), 0u);
}

// With the layout of 17 digits, and no more digits than needed.
TEST_F(ExportChoices, NumbersReadBackWithTheFewestDigits) {
    const auto written = [&](double value) {
        const ScratchFolder other;
        Store store(other / "r.sqlite", Store::Access::write);
        Store::Result result = toy_result(1);
        result.outcome.maintenance_sum = value;
        const std::vector<Store::Result> results{result};
        store.put(store.begin_run(toy_experiment(), toy_run(), 1), results);
        std::ostringstream out;
        export_table(store, {.columns = {"maintenance_sum"}}, out);
        const std::string text = out.str();
        return text.substr(text.find('\n') + 1, text.size() - text.find('\n') - 2);
    };
    EXPECT_EQ(written(0.05), "0.05");
    EXPECT_EQ(written(0.0), "0");
    EXPECT_EQ(written(100000.0), "100000");
    EXPECT_EQ(written(0.1 * 3), "0.30000000000000004");
    EXPECT_EQ(written(1.0 / 3.0), "0.3333333333333333");
    EXPECT_EQ(written(1e-4), "0.0001");
    EXPECT_EQ(written(1e-5), "1e-05");
    EXPECT_EQ(written(9007199254740993.0), "9007199254740992");
    EXPECT_EQ(written(1e16), "10000000000000000");
    EXPECT_EQ(written(1e17), "1e+17");
    EXPECT_EQ(written(-2.5e300), "-2.5e+300");
    EXPECT_EQ(written(std::numeric_limits<double>::infinity()), "inf");
    for (const double value : {0.1, 1e-310, 123456.789, 5e-324, 1.7976931348623157e308, 2.0 / 3.0}) {
        EXPECT_EQ(std::strtod(written(value).c_str(), nullptr), value);
    }
}

TEST_F(ExportChoices, LayersThatAreNotThereAreLeftOut) {
    const ScratchFolder other;
    Store store(other / "r.sqlite", Store::Access::write);
    Store::Result result = toy_result(1);
    result.outcome.extras = {std::numeric_limits<double>::quiet_NaN()};
    const std::vector<Store::Result> results{result};
    store.put(store.begin_run(toy_experiment(), toy_run(), 1), results);
    EXPECT_EQ(csv(store).find("extra_energy"), std::string::npos);
    EXPECT_NE(exported({}).find("extra_energy"), std::string::npos);
    EXPECT_NE(exported({}).find("persistent_sum"), std::string::npos) << "of all models, though nobody asked for it";
}

// At each price list: c and b times the sums, at exponent 1.
TEST(ExportTables, CheckpointsHaveTotals) {
    const ScratchFolder folder;
    Experiment experiment = toy_experiment();
    experiment.accounting = {{0.5, 0.25, 0.0, {}}, {0.0, 0.0, 0.0, {}}, {0.5, 0.0, 0.0, {2.0, false}}};
    Store::Result result = toy_result(1);
    result.outcome.tables = {{"checkpoints",
                              {"presentations", "consolidation", "maintenance_sum", "transient_change_sum"},
                              {10, 3, 4, 8, 20, 6, 10, 16}}};
    Store store(folder / "r.sqlite", Store::Access::write);
    const std::vector<Store::Result> results{result};
    store.put(store.begin_run(experiment, toy_run(), 1), results);
    std::ostringstream out;
    export_table(
        store,
        {.table = "checkpoints",
         .columns = {"trial", "maintenance_cost", "presentations", "maintenance", "transient_change", "total"}},
        out);
    EXPECT_EQ(out.str(),
              "trial,maintenance_cost,presentations,maintenance,transient_change,total\n"
              "1,0.5,10,2,2,7\n1,0.5,20,5,4,15\n1,0,10,0,0,3\n1,0,20,0,0,6\n1,0.5,10,2,,\n1,0.5,20,5,,\n");
}

TEST(ExportTables, TracesTellWhatIsPersistent) {
    const ScratchFolder folder;
    Store::Result result = toy_result(1);
    result.outcome.tables = {{"traces", {"presentation", "synapse", "transient", "weight"}, {5, 0, 0.5, 2}}};
    Store store(folder / "r.sqlite", Store::Access::write);
    const std::vector<Store::Result> results{result};
    store.put(store.begin_run(toy_experiment(), toy_run(), 1), results);
    std::ostringstream out;
    export_table(store, {.table = "traces", .columns = {"transient", "persistent", "weight"}}, out);
    EXPECT_EQ(out.str(), "transient,persistent,weight\n0.5,1.5,2\n");
}

TEST(OutputFile, IsPackedByItsName) {
    const ScratchFolder folder;
    const std::string text(100'000, 'x');
    const auto write = [&](std::ostream& out) { out << text << "end"; };
    write_output(folder / "a.csv", write);
    write_output(folder / "a.csv.gz", write);
    EXPECT_EQ(read_text(folder / "a.csv"), text + "end");
    EXPECT_LT(std::filesystem::file_size(folder / "a.csv.gz"), 1000u);
    const std::string unpack = "gzip -dc " + (folder / "a.csv.gz").string() + " | cmp - " + (folder / "a.csv").string();
    EXPECT_EQ(std::system(unpack.c_str()), 0);
    EXPECT_THROW(write_output(folder / "no/a.csv", write), std::exception);
    EXPECT_THROW(write_output(folder / "b.csv", [](std::ostream&) { throw std::runtime_error("no"); }),
                 std::runtime_error);
    EXPECT_FALSE(std::filesystem::exists(folder / "b.csv"));
    EXPECT_FALSE(std::filesystem::exists(folder / "b.csv.part"));
}

TEST(OutputFile, IsColumnarThroughPython) {
    const std::filesystem::path own = test::source_folder() / "build/python/bin/python";
    const std::string python = std::filesystem::exists(own) ? own.string() : "python3";
    if (std::system((python + " -c 'import pyarrow.parquet' 2>/dev/null").c_str()) != 0) {
        GTEST_SKIP() << python << " has no pyarrow";
    }
    setenv("SYNCACHE_PYTHON", python.c_str(), 1);
    const ScratchFolder folder;
    write_output(folder / "a.csv", [](std::ostream& out) { out << "trial,tau,total\n1,inf,0.1\n2,300,\n"; });
    convert_csv(folder / "a.csv", folder / "a.parquet");
    convert_csv(folder / "a.csv", folder / "a.arrow");
    const std::string check =
        "cd " + folder.path().string() + " && " + python +
        " -c \"import math, pyarrow.parquet as p, pyarrow.feather as f; t = p.read_table('a.parquet'); d = "
        "t.to_pydict(); assert d['trial'] == [1, 2] and d['tau'] == [math.inf, 300.0] and d['total'] == [0.1, None], "
        "d; "
        "assert f.read_table('a.arrow').to_pydict() == d\"";
    EXPECT_EQ(std::system(check.c_str()), 0);
    unsetenv("SYNCACHE_PYTHON");
}

TEST(OutputFile, SaysWhatColumnarFilesNeed) {
    const ScratchFolder folder;
    write_output(folder / "a.csv", [](std::ostream& out) { out << "x\n1\n"; });
    setenv("SYNCACHE_PYTHON", "/bin/false", 1);
    const std::string message = message_of([&] { convert_csv(folder / "a.csv", folder / "a.parquet"); });
    unsetenv("SYNCACHE_PYTHON");
    EXPECT_NE(message.find("allowed: .csv and .json, also with .gz, or .parquet, .arrow, .feather where /bin/false has "
                           "pyarrow"),
              std::string::npos)
        << message;
    EXPECT_FALSE(std::filesystem::exists(folder / "a.parquet"));
}

}  // namespace
}  // namespace syncache
