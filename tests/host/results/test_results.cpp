#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <ios>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "host/results/results.hpp"
#include "host/results/weights.hpp"
#include "host/store/sql.hpp"
#include "host/theory/theory.hpp"
#include "tests/support/given_model.hpp"
#include "tests/support/near.hpp"
#include "tests/support/results_file.hpp"

namespace syncache {
namespace {

using namespace test;
using Access = Store::Access;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// A store with those results under the experiment's accounting.
Store store_with(const ScratchFolder& folder, const Experiment& experiment, const std::vector<Store::Result>& results) {
    Store store(folder / "r.sqlite", Access::write);
    store.put(store.begin_run(experiment, toy_run(), results.size()), results);
    return store;
}

double number(const Store& store, const std::string& query) {
    sql::Statement statement(store.handle(), query);
    return statement.step() ? statement.real(0) : nan;
}

TEST(Export, WritesThePublicColumnsInOrder) {
    const ScratchFolder folder;
    Store store = store_with(folder, toy_experiment("toy", {0.0, 0.5}), {toy_result(2), toy_result(7), toy_result(1)});
    // maintenance_sum of seed 7 is 0.1 * 7, one bit above 0.7.
    EXPECT_EQ(
        csv(store),
        "trial,seed,precision,tau,learns,patterns_file,maintenance_cost,transient_change_cost,persistent_cost,exponent,"
        "potentiation_only,converged,epochs,presentations,updates,uncached,minimal,consolidation,maintenance_sum,"
        "transient_change_sum,persistent_sum,extra_energy,maintenance,transient_change,persistent,total,inefficiency\n"
        "1,1,double,inf,1,\"a,b.idx2\",0,0,0,1,0,1,1,10,3,4,2,3,0.1,1,,0.3333333333333333,0,0,0,3,1.5\n"
        "1,1,double,inf,1,\"a,b.idx2\",0.5,0,0,1,0,1,1,10,3,4,2,3,0.1,1,,0.3333333333333333,"
        "0.05,0,0,3.05,1.525\n"
        "2,2,double,inf,1,\"a,b.idx2\",0,0,0,1,0,1,2,20,6,8,4,6,0.2,2,,0.3333333333333333,0,0,0,6,1.5\n"
        "2,2,double,inf,1,\"a,b.idx2\",0.5,0,0,1,0,1,2,20,6,8,4,6,0.2,2,,0.3333333333333333,"
        "0.1,0,0,6.1,1.525\n"
        "3,7,double,inf,1,\"a,b.idx2\",0,0,0,1,0,0,7,70,21,28,14,21,0.7000000000000001,7,,0.3333333333333333,0,0,0,21,"
        "1.5\n"
        "3,7,double,inf,1,\"a,b.idx2\",0.5,0,0,1,0,0,7,70,21,28,14,21,0.7000000000000001,7,,0.3333333333333333,"
        "0.35000000000000003,0,0,21.35,1.5250000000000001\n");
}

// What check_model keeps from models of somebody else's, against the view that all exports come from.
TEST(Export, NoModelCanTakeTheNameOfAColumnThatAllHave) {
    const ScratchFolder folder;
    const Experiment experiment = toy_experiment("toy", {0.0});
    Store store = store_with(folder, experiment, {toy_result(1)});
    std::set<std::string> own;
    std::ranges::transform(experiment.model->parameters(), std::inserter(own, own.end()), &Parameter::name);
    own.insert(experiment.model->extra_columns().begin(), experiment.model->extra_columns().end());
    const Parameter seed{"seed", Parameter::Type::integer, std::int64_t{1}, "", ""};
    const std::string table = csv(store);
    std::istringstream header(table.substr(0, table.find('\n')));
    std::size_t columns_of_all = 0;
    for (std::string column; std::getline(header, column, ',');) {
        if (own.count(column) == 0) {
            EXPECT_EQ(message_of([&] { check_model(GivenModel({seed}, {column})); }),
                      "model given: " + column + ": no name for a parameter or column, or one that is taken");
            ++columns_of_all;
        }
    }
    EXPECT_EQ(columns_of_all, 21u);
}

TEST(Export, EvaluatesEveryPrice) {
    const ScratchFolder folder;
    Experiment experiment = toy_experiment();
    experiment.accounting = {{0.5, 0.25, 2.0, {2.0, true}}, {0.0, 0.0, 0.0, {3.0, false}}};
    Store::Result result = toy_result(1);
    result.outcome.persistent_sum = 10.0;
    result.outcome.sums.push_back({Pricing{2.0, true}, 100.0, 8.0, 40.0, 12.0});
    Store store = store_with(folder, experiment, {result});
    make_result_tables(store);
    const std::string first = " FROM outcomes WHERE exponent = 2 AND potentiation_only = 1";
    EXPECT_TRUE(near(number(store, "SELECT maintenance" + first), 0.05, 1e-15));
    EXPECT_TRUE(near(number(store, "SELECT transient_change" + first), 3.0, 1e-15));
    EXPECT_TRUE(near(number(store, "SELECT persistent" + first), 20.0, 1e-15));
    EXPECT_TRUE(near(number(store, "SELECT total" + first), 63.05, 1e-15));
    EXPECT_TRUE(near(number(store, "SELECT inefficiency" + first), 63.05 / 8.0, 1e-15));
    // A pricing that was not tallied is absent, not free.
    EXPECT_EQ(number(store, "SELECT count(*) FROM outcomes WHERE exponent = 3 AND total IS NULL AND uncached IS NULL"),
              1);
}

TEST(Export, AbsentSumsMatterOnlyWhereTheyCost) {
    const ScratchFolder folder;
    Experiment experiment = toy_experiment();
    experiment.accounting = {{0.0, 0.0, 0.0, {}}, {1.0, 0.0, 0.0, {}}, {0.0, 0.0, 1.0, {}}};
    Store::Result result = toy_result(1);
    result.outcome.maintenance_sum = infinity;
    result.outcome.sums[0].minimal = 0.0;
    Store store = store_with(folder, experiment, {result});
    make_result_tables(store);
    EXPECT_EQ(number(store, "SELECT total FROM outcomes WHERE maintenance_cost = 0 AND persistent_cost = 0"), 3.0);
    EXPECT_EQ(number(store, "SELECT total FROM outcomes WHERE maintenance_cost = 1"), infinity);
    EXPECT_EQ(number(store, "SELECT total IS NULL FROM outcomes WHERE persistent_cost = 1"), 1);
    EXPECT_EQ(number(store, "SELECT count(inefficiency) FROM outcomes"), 0) << "nothing is needed at least";
    EXPECT_NE(csv(store).find(",inf,"), std::string::npos);
}

TEST(Export, WritesJson) {
    const ScratchFolder folder;
    Store::Result result = toy_result(1);
    result.outcome.maintenance_sum = infinity;
    Store store = store_with(folder, toy_experiment(), {result, toy_result(2)});
    std::ostringstream out;
    export_table(store, {.format = ExportFormat::json}, out);
    const auto rows = nlohmann::json::parse(out.str());
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0]["seed"], 1);
    EXPECT_EQ(rows[0]["tau"], "inf");
    EXPECT_EQ(rows[0]["maintenance_sum"], "inf");
    EXPECT_EQ(rows[1]["maintenance_sum"], 0.2);
    EXPECT_TRUE(rows[0]["persistent_sum"].is_null());
    EXPECT_EQ(rows[1]["patterns_file"], "a,b.idx2");
    EXPECT_EQ(rows[1]["trial"], 2);
}

TEST(Export, AnExperimentWithoutOutcomesGivesTheHeaderAlone) {
    const ScratchFolder folder;
    Store store = store_with(folder, toy_experiment(), {});
    const std::string text = csv(store);
    EXPECT_EQ(text.substr(0, 20), "trial,seed,precision");
    EXPECT_EQ(text.find('\n'), text.size() - 1);
    EXPECT_TRUE(result_tables(store).empty());
    std::ostringstream out;
    export_table(store, {.format = ExportFormat::json}, out);
    EXPECT_EQ(nlohmann::json::parse(out.str()).size(), 0u);
    const Store none(folder / "none.sqlite", Access::write);
    EXPECT_THROW(csv(folder / "none.sqlite"), std::invalid_argument) << "no run";
}

TEST(Export, WritesRecordedTables) {
    const ScratchFolder folder;
    Store::Result one = toy_result(1), two = toy_result(2);
    std::vector<double> many{0.1, infinity, nan, 1.0};
    for (int i = 0; i < 100; ++i) {  // long enough to be deflated
        many.push_back(i);
        many.push_back(0.5);
    }
    one.outcome.tables = {{"traces", {"time", "w1"}, many}};
    two.outcome.tables = {{"traces", {"time", "w1", "w2"}, {1.0, 2.0, 3.0}}};
    Store store = store_with(folder, toy_experiment(), {two, one});
    const std::string text = csv(store, "traces");
    EXPECT_TRUE(
        text.starts_with("trial,seed,precision,tau,learns,patterns_file,time,w1,w2\n"
                         "1,1,double,inf,1,\"a,b.idx2\",0.1,inf,\n"
                         "1,1,double,inf,1,\"a,b.idx2\",,1,\n"
                         "1,1,double,inf,1,\"a,b.idx2\",0,0.5,\n"))
        << text.substr(0, 300);
    EXPECT_TRUE(
        text.ends_with("1,1,double,inf,1,\"a,b.idx2\",99,0.5,\n"
                       "2,2,double,inf,1,\"a,b.idx2\",1,2,3\n"));
    EXPECT_EQ(result_tables(store), (std::vector<std::string>{"outcomes", "traces"}));
    EXPECT_EQ(number(store, "SELECT sum(t.w2 * o.epochs) FROM traces t JOIN outcomes o USING(trial)"), 6.0);
    const std::string message = message_of([&] { csv(store, "epochs"); });
    EXPECT_NE(message.find("'epochs' was not recorded; allowed: outcomes, traces"), std::string::npos) << message;
}

TEST(Export, SaysWhenItCannotWrite) {
    const ScratchFolder folder;
    Store store = store_with(folder, toy_experiment(), {toy_result(1)});
    std::ostringstream out;
    out.setstate(std::ios::badbit);
    EXPECT_THROW(export_table(store, {}, out), std::system_error);
}

TEST(Export, WritesWeightsForNumPy) {
    const ScratchFolder folder;
    Store::Result one = toy_result(1), two = toy_result(2), three = toy_result(3);
    one.outcome.weights = {{"hidden", {2, 3}, {0, 1, 2, 3, 4, 0.1}}};
    three.outcome.weights = {{"hidden", {4}, {1, 2, 3, 4}}, {"output", {1, 1, 1}, {-infinity}}};
    Store store = store_with(folder, toy_experiment(), {one, two, three});
    EXPECT_EQ(export_weights(store, folder / "w"), 3u);
    EXPECT_EQ(read_text(folder / "w/index.csv"),
              "trial,seed,precision,tau,learns,patterns_file,files\n1,1,double,inf,1,\"a,b.idx2\",1-hidden.npy\n"
              "3,3,double,inf,1,\"a,b.idx2\",3-hidden.npy 3-output.npy\n");
    const std::string npy = read_text(folder / "w/1-hidden.npy");
    EXPECT_EQ(npy.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
    EXPECT_EQ(npy.size() % 64, 48u) << "a header of whole 64 bytes, then 48 of data";
    EXPECT_NE(npy.find("'shape': (2, 3, )"), std::string::npos);
    const std::string check = fmt::format(
        "/usr/bin/python3 -c \"import numpy as n; a=n.load('{0}/w/1-hidden.npy'); assert a.shape==(2,3) and "
        "a[1,2]==0.1 and "
        "a[1,0]==3 and a.dtype==n.float64; b=n.load('{0}/w/3-output.npy'); assert b.shape==(1,1,1) and "
        "b[0,0,0]==-n.inf; "
        "assert n.load('{0}/w/3-hidden.npy').tolist()==[1,2,3,4]\"",
        folder.path().string());
    if (std::system("/usr/bin/python3 -c 'import numpy' 2>/dev/null") == 0) {
        EXPECT_EQ(std::system(check.c_str()), 0);
    }
}

TEST(Weights, AreReadByTheNumberOfTheirTrial) {
    const ScratchFolder folder;
    Store::Result three = toy_result(3);
    three.outcome.weights = {{"output", {1, 1, 1}, {-infinity}}, {"hidden", {2, 2}, {1, 2, 3, 0.1}}};
    Store store = store_with(folder, toy_experiment(), {toy_result(1), three});
    EXPECT_TRUE(read_weights(store, 1).empty());
    const auto arrays = read_weights(store, 2);
    ASSERT_EQ(arrays.size(), 2u);
    EXPECT_EQ(arrays[0].name, "hidden");
    EXPECT_EQ(arrays[0].shape, (std::vector<std::int64_t>{2, 2}));
    EXPECT_EQ(arrays[0].values, (std::vector<double>{1, 2, 3, 0.1}));
    EXPECT_EQ(arrays[1].values, (std::vector<double>{-infinity}));
    for (const std::int64_t absent : {0, 3}) {
        EXPECT_NE(message_of([&] { read_weights(store, absent); }).find("has no trial"), std::string::npos);
    }
}

TEST(Export, WithoutWeightsThereIsNoFolder) {
    const ScratchFolder folder;
    Store store = store_with(folder, toy_experiment(), {toy_result(1)});
    EXPECT_THROW(export_weights(store, folder / "w"), std::invalid_argument);
    EXPECT_FALSE(std::filesystem::exists(folder / "w"));
}

TEST(SqlFunctions, StatisticsLeaveOutNull) {
    const ScratchFolder folder;
    Store store(folder / "r.sqlite", Access::write);
    register_sql_functions(store);
    const std::string sample = " FROM (VALUES (4.0), (1.0), (NULL), (2.0), (9.0))";
    EXPECT_EQ(number(store, "SELECT median(column1)" + sample), 3.0);
    EXPECT_EQ(number(store, "SELECT quantile(column1, 0.25)" + sample), 1.75);
    EXPECT_EQ(number(store, "SELECT quantile(column1, 0)" + sample), 1.0);
    EXPECT_EQ(number(store, "SELECT quantile(column1, 1)" + sample), 9.0);
    EXPECT_TRUE(near(number(store, "SELECT stddev(column1)" + sample), std::sqrt(38.0 / 3.0), 1e-14));
    EXPECT_EQ(number(store, "SELECT median(x) IS NULL FROM (SELECT 1 AS x WHERE 0)"), 1);
    EXPECT_EQ(number(store, "SELECT median(x) IS NULL FROM (SELECT NULL AS x)"), 1);
    EXPECT_EQ(number(store, "SELECT stddev(x) IS NULL FROM (SELECT 1 AS x)"), 1);
    EXPECT_EQ(number(store, "SELECT median(x) FROM (SELECT 9e999 AS x UNION ALL SELECT 9e999)"), infinity);
    EXPECT_THROW(number(store, "SELECT quantile(column1, 1.5)" + sample), sql::Error);
}

TEST(SqlFunctions, TheoryUnderItsOwnNames) {
    const ScratchFolder folder;
    Store store(folder / "r.sqlite", Access::write);
    register_sql_functions(store);
    EXPECT_EQ(number(store, "SELECT perceptron_updates(1900, 1000)"), theory::perceptron_updates(1900, 1000));
    EXPECT_EQ(number(store, "SELECT perceptron_presentations(1900, 1000)"),
              theory::perceptron_presentations(1900, 1000));
    EXPECT_EQ(number(store, "SELECT uncached_energy(500, 1000)"), theory::uncached_energy(500, 1000));
    EXPECT_EQ(number(store, "SELECT uncached_energy(500, 1000, 0.3)"), theory::uncached_energy(500, 1000, 0.3));
    EXPECT_EQ(number(store, "SELECT minimal_energy(500, 1000)"), theory::minimal_energy(500, 1000));
    EXPECT_EQ(number(store, "SELECT minimal_energy(500, 1000, 0.3)"), theory::minimal_energy(500, 1000, 0.3));
    EXPECT_EQ(number(store, "SELECT inefficiency(500, 1000)"), theory::inefficiency(500, 1000));
    EXPECT_EQ(number(store, "SELECT inefficiency(NULL, 1000) IS NULL"), 1);
    EXPECT_EQ(number(store, "SELECT optimal_threshold(500, 9000, 0.01)"),
              theory::optimal_threshold({1.0, 500, 9000, 1.0}, 0.01));
    EXPECT_EQ(number(store, "SELECT optimal_energy(1000, 500, 9000, 0.01, 0.3)"),
              theory::optimal_energy({1000, 500, 9000, 0.3}, 0.01));
    EXPECT_EQ(number(store, "SELECT mean_transient(5, 500, 0.05)"), theory::mean_transient({5.0, 500.0, 0.05, 1.0}));
    EXPECT_EQ(number(store, "SELECT mean_transient(5, 9e999, 0.05, 0.3)"), 5.0 / 3.0);
    EXPECT_EQ(number(store, "SELECT consolidation_rate(5, 500, 0.05, 0.3)"),
              theory::consolidation_rate({5.0, 500.0, 0.05, 0.3}));
    EXPECT_EQ(number(store, "SELECT consolidation_rate(5, 500, 1.05) IS NULL"), 1);  // no probability
}

}  // namespace
}  // namespace syncache
