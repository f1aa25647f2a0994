#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "host/experiment/sweep.hpp"
#include "host/experiment/trial_identity.hpp"
#include "host/results/prices.hpp"
#include "host/results/reach.hpp"
#include "host/store/sql.hpp"
#include "tests/support/near.hpp"
#include "tests/support/results_file.hpp"

namespace syncache {
namespace {

using namespace test;

TEST(Reach, IsInterpolatedOrConfirmed) {
    const std::vector<double> accuracies{0.5, 0.8, 0.9, 0.8, 0.95, 0.97}, energies{10, 20, 30, 40, 50, 60};
    EXPECT_TRUE(near(first_reached(accuracies, 0.85, 0)->value(energies), 25.0, 1e-12));
    EXPECT_EQ(first_reached(accuracies, 0.9, 0)->value(energies), 30.0);  // reached, not exceeded
    EXPECT_EQ(first_reached(accuracies, 0.4, 0)->value(energies), 10.0);  // at once: nothing before it
    EXPECT_EQ(first_reached(accuracies, 0.85, 1)->value(energies), 30.0);
    EXPECT_EQ(first_reached(accuracies, 0.85, 2)->value(energies), 50.0);
    EXPECT_FALSE(first_reached(accuracies, 0.85, 3));
    EXPECT_FALSE(first_reached(accuracies, 0.98, 0));
    EXPECT_FALSE(first_reached({}, 0.5, 0));
}

constexpr const char* sweep_text = R"(name = "reach"
model = "mlp"
[fixed]
data = "synthetic"
train_count = 20
test_count = 10
[axes]
hidden = [5, 6]
seed = [1, 2]
[accounting]
maintenance_cost = [0.0, 0.5]
)";

// Accuracies rise from 0.5 by 0.2 for each 100 presentations, at most to 0.9 (seed 2: to 0.7); the energies are
// presentations times the number of hidden units, and the maintenance sum is twice the presentations.
Store results_of(const ScratchFolder& folder, std::size_t n_trials) {
    const Experiment experiment = parse_experiment(sweep_text, folder.path(), "test");
    const Sweep sweep(experiment);
    Store store(folder / "r.sqlite", Store::Access::write);
    const auto run = store.begin_run(experiment, toy_run(), sweep.size());
    FileChecksums checksums;
    std::vector<Store::Result> results;
    for (std::size_t place = 0; place < n_trials; ++place) {
        const Trial trial = sweep.trial(place);
        const double units = trial.text("hidden") == "5" ? 5.0 : 6.0;
        Outcome outcome = toy_result(1).outcome;
        outcome.extras.clear();
        RecordedTable table{"checkpoints",
                            {"presentations", "epoch", "accuracy", "uncached", "minimal", "consolidation",
                             "maintenance_sum", "transient_change_sum"},
                            {}};
        for (int i = 1; i <= (trial.integer("seed") == 1 ? 3 : 2); ++i) {
            const double t = 100.0 * i;
            for (const double value : {t, 1.0, 0.3 + 0.2 * i, 2.0 * units * t, 1.0, units * t, 2.0 * t, 0.0}) {
                table.rows.push_back(value);
            }
        }
        outcome.tables.push_back(table);
        results.push_back({canonical_text(trial, checksums), static_cast<std::int64_t>(place), outcome});
    }
    store.put(run, results);
    return store;
}

std::vector<std::map<std::string, std::string>> rows_of(Store& store, const ReachOptions& options) {
    std::ostringstream out;
    export_reach(store, options, ExportFormat::csv, out);
    return parse_csv(out.str());
}

TEST(Reach, RowsAreMeansOverTheTrialsThatReachIt) {
    const ScratchFolder folder;
    Store store = results_of(folder, 4);
    const auto rows = rows_of(store, {.accuracies = {0.6, 0.8}, .by = {"hidden"}});
    ASSERT_EQ(rows.size(), 8u);  // hidden, prices, accuracies
    const auto number = [&](std::size_t row, const char* column) { return std::stod(rows[row].at(column)); };
    EXPECT_TRUE(near(number(0, "total"), 5.0 * 150.0, 1e-12));
    EXPECT_TRUE(near(number(0, "total_low"), 750.0, 1e-9));  // both seeds alike
    EXPECT_TRUE(near(number(0, "presentations"), 150.0, 1e-12));
    EXPECT_EQ(rows[0].at("reached"), "2");
    EXPECT_TRUE(near(number(1, "total"), 5.0 * 250.0, 1e-12));
    EXPECT_EQ(rows[1].at("reached"), "1");
    EXPECT_EQ(rows[1].at("not_reached"), "1");
    EXPECT_EQ(rows[1].at("total_low"), "");
    EXPECT_TRUE(near(number(2, "total"), 5.0 * 150.0 + 0.5 * 300.0, 1e-12));
    EXPECT_EQ(rows[4].at("hidden"), "6");
    EXPECT_TRUE(near(number(4, "uncached"), 12.0 * 150.0, 1e-12));
    EXPECT_EQ(rows[0].at("missing"), "0");
}

TEST(Reach, AtOtherPricesAndOfPartialFiles) {
    const ScratchFolder folder;
    Store store = results_of(folder, 3);
    set_prices(store, {"maintenance_cost=[2.0]"});
    const auto rows = rows_of(store, {.accuracies = {0.5}, .confirm = 1});
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(std::stod(rows[0].at("total")), 5.0 * 100.0 + 2.0 * 200.0);
    EXPECT_EQ(rows[0].at("missing"), "0");
    EXPECT_EQ(rows[1].at("missing"), "1");
    EXPECT_NE(
        message_of([&] { set_prices(store, {"exponent=[0.7]"}); }).find("3 trials are stored without exponent 0.7"),
        std::string::npos);
    EXPECT_NE(message_of([&] { set_prices(store, {"threshold=1"}); }).find("--price threshold=1"), std::string::npos);
    EXPECT_NE(message_of([&] { set_prices(store, {"maintenance_cots =1"}); }).find("did you mean maintenance_cost? "),
              std::string::npos);
    EXPECT_NE(message_of([&] { set_prices(store, {"maintenance_cost=-1.0"}); }).find("--price maintenance_cost"),
              std::string::npos);
}

TEST(Reach, IsAFunctionOfClaims) {
    const ScratchFolder folder;
    Store store = results_of(folder, 4);
    register_sql_functions(store);
    make_result_tables(store);
    EXPECT_EQ(sql::query_integer(store.handle(),
                                 "SELECT round(reach(0.6, presentations, accuracy, consolidation)) FROM checkpoints "
                                 "WHERE hidden = '5' AND seed = 2"),
              750);
    EXPECT_EQ(sql::query_integer(store.handle(),
                                 "SELECT reach(0.8, presentations, accuracy, consolidation) IS NULL FROM checkpoints "
                                 "WHERE hidden = '5' AND seed = 2"),
              1);
}

}  // namespace
}  // namespace syncache
