#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "host/experiment/sweep.hpp"
#include "host/experiment/trial_identity.hpp"
#include "host/models/perceptron/theory.hpp"
#include "host/results/predictions.hpp"
#include "host/store/sql.hpp"
#include "tests/support/near.hpp"
#include "tests/support/results_file.hpp"

namespace syncache {
namespace {

using namespace test;
using Rows = std::vector<std::map<std::string, std::string>>;

const theory::Training training{1000.0, 2000.0, 31000.0, 0.3};
const AccountingSetting prices{0.01, 0.0, 0.0, {}};

TEST(Predictions, AreTheTheorysEnergies) {
    const Prediction got = predict({"local-local", 7.0, 500.0}, prices, training);
    EXPECT_EQ(got.uncached, theory::uncached_energy(training));
    EXPECT_EQ(got.minimal, theory::minimal_energy(training));
    EXPECT_EQ(got.consolidation, theory::consolidation_energy(training, 7.0, 500.0));
    EXPECT_EQ(got.maintenance, theory::maintenance_energy(training, 7.0, 500.0, 0.01));
    EXPECT_EQ(got.total, got.consolidation + got.maintenance);
    EXPECT_EQ(got.inefficiency, got.total / got.minimal);
    // What runs for T presentations at that power, and consolidates the rest at the end.
    EXPECT_TRUE(near(31000.0 * got.maintenance_power, got.maintenance, 1e-14));
    EXPECT_TRUE(near(31000.0 * got.consolidation_power + 1000.0 * got.mean_transient, got.consolidation, 1e-14));
    EXPECT_TRUE(std::isnan(got.optimal_threshold));  // with decay
}

TEST(Predictions, WithoutCacheAreEquationThree) {
    const auto predicted = theory::perceptron_training(900, 1000);
    const Prediction got = predict({"none", 5.0}, prices, predicted);
    EXPECT_TRUE(near(got.inefficiency, theory::inefficiency(900, 1000), 1e-13));
    EXPECT_EQ(got.total, got.uncached);
    EXPECT_EQ(got.maintenance_power, 0.0);
    EXPECT_TRUE(near(31.0 * got.consolidation_power, 31.0 * 1000 * got.update_probability, 1e-13));
    // At exponent 2, and if only potentiations cost, the inefficiency is 1 and that of eq. 3.
    EXPECT_TRUE(near(predict({"none"}, {0, 0, 0, {2.0, false}}, predicted).inefficiency, 1.0, 1e-13));
    const Prediction half = predict({"none"}, {0, 0, 0, {1.0, true}}, predicted);
    EXPECT_TRUE(near(half.total, got.total / 2, 1e-13));
    EXPECT_TRUE(near(half.inefficiency, got.inefficiency, 1e-13));
}

TEST(Predictions, OfMoreTrialsThanATableHoldsAreRefused) {
    const std::string text =
        "name = \"many\"\nmodel = \"perceptron\"\n[fixed]\nvariant = \"local-local\"\n[axes]\n"
        "patterns = { from = 1, to = 1000 }\nseed = { from = 1, to = 1000 }\nthreshold = { from = 1, to = 101, step = "
        "1 }\n";
    std::ostringstream out;
    const std::string message =
        message_of([&] { export_theory(parse_experiment(text, ".", "test"), ExportFormat::csv, out); });
    EXPECT_NE(message.find("101000000 trials; allowed: up to 100000000"), std::string::npos) << message;
}

TEST(Predictions, SayNothingWhereThereIsNoTheory) {
    const auto is_silent = [](const PerceptronCase& trial, const AccountingSetting& at) {
        const Prediction got = predict(trial, at, training);
        EXPECT_TRUE(std::isfinite(got.uncached) && std::isfinite(got.minimal));
        return std::isnan(got.total) && std::isnan(got.inefficiency) && std::isnan(got.optimal_total);
    };
    EXPECT_FALSE(is_silent({"local-local", 7.0}, prices));
    EXPECT_TRUE(is_silent({"global-global", 7.0}, prices));
    EXPECT_TRUE(is_silent({"l1", 7.0}, prices));
    EXPECT_TRUE(is_silent({"local-local", 7.0}, {0.0, 0.0, 0.0, {1.5, false}}));
    EXPECT_TRUE(is_silent({"local-local", 7.0}, {0.0, 0.0, 0.1, {}}));
    EXPECT_TRUE(is_silent({"local-local", 7.0, 500.0}, {0.0, 0.1, 0.0, {}})) << "transient changes with decay";
    EXPECT_FALSE(is_silent({"local-local", 7.0}, {0.0, 0.1, 0.0, {}}));
    EXPECT_FALSE(is_silent({"none", 0.0, 500.0}, {0.0, 0.1, 0.0, {}}));
    EXPECT_FALSE(is_silent({"local-local", 0.2, 500.0}, {0.0, 0.1, 0.0, {}}))
        << "below the learning rate nothing is cached";
    const double infinity = theory::TransientWalk::infinity;
    EXPECT_TRUE(is_silent({"local-local", 7.0, infinity, 0.0, 0.5, 0.5, true}, prices)) << "a threshold that changes";
    EXPECT_TRUE(std::isnan(predict({"none", 0.0, infinity, 0.1}, prices, training).uncached));
    EXPECT_TRUE(std::isnan(predict({"none", 0.0, infinity, 0.0, 0.4}, prices, training).updates));
    EXPECT_TRUE(std::isnan(predict({.variant = "none", .margin = 0.1}, prices, training).updates));
}

constexpr const char* text = R"(name = "p"
model = "perceptron"
[fixed]
variant = "local-local"
[axes]
patterns = [100, 900]
threshold = [4.0, 8.0]
seed = [1, 2]
[accounting]
maintenance_cost = [0.0, 0.01]
)";

TEST(Predictions, OfAnExperimentAreARowForEachTrialAndPrice) {
    std::ostringstream out;
    export_theory(parse_experiment(text, ".", "test"), ExportFormat::csv, out);
    const Rows rows = parse_csv(out.str());
    ASSERT_EQ(rows.size(), 16u);
    const auto& row = rows[11];  // patterns 900, threshold 4, seed 2, cost 0.01
    EXPECT_EQ(row.at("patterns"), "900");
    EXPECT_EQ(row.at("threshold"), "4");
    EXPECT_EQ(row.at("seed"), "2");
    EXPECT_EQ(row.at("maintenance_cost"), "0.01");
    const auto predicted = theory::perceptron_training(900, 1000);
    const auto number = [&](const char* name) { return std::stod(row.at(name)); };
    EXPECT_TRUE(near(number("updates"), predicted.updates, 1e-15));
    EXPECT_TRUE(near(number("presentations"), predicted.presentations, 1e-15));
    EXPECT_TRUE(near(number("total"), predict({"local-local", 4.0}, prices, predicted).total, 1e-15));
    EXPECT_TRUE(near(number("optimal_threshold"), theory::optimal_threshold(predicted, 0.01), 1e-15));
    EXPECT_TRUE(near(number("optimal_total"), theory::optimal_energy(predicted, 0.01), 1e-15));
}

TEST(Predictions, AtCapacityAreInfiniteOrAbsent) {
    std::ostringstream out;
    export_theory(parse_experiment(text, ".", "test", {"patterns=2000", "seed=1"}), ExportFormat::csv, out);
    const Rows rows = parse_csv(out.str());
    ASSERT_EQ(rows.size(), 4u);
    EXPECT_EQ(rows[0].at("updates"), "inf");
    EXPECT_EQ(rows[0].at("uncached"), "inf");
    EXPECT_EQ(rows[0].at("update_probability"), "");
}

// A results file with an outcome and two epochs for each trial of `text`.
Store results_of(const ScratchFolder& folder) {
    const Experiment experiment = parse_experiment(text, folder.path(), "test");
    const Sweep sweep(experiment);
    Store store(folder / "r.sqlite", Store::Access::write);
    const auto run = store.begin_run(experiment, toy_run(), sweep.size());
    FileChecksums checksums;
    for (std::size_t place = 0; place < sweep.size(); ++place) {
        Outcome outcome;
        outcome.converged = true;
        outcome.updates = 300 + static_cast<std::int64_t>(place);
        outcome.presentations = 4000;
        outcome.sums = {{Pricing{}, 3.0, 1.0, 2.0, 0.0}};
        outcome.tables = {
            {"epochs", {"epoch", "updates", "maintenance_sum", "consolidation"}, {0, 50, 1, 1, 1, 0, 2, 1}},
            {"distribution", {"epoch", "low", "high", "count"}, {0, -4, -1, 10, 0, -1, 1, 20, 0, 1, 4, 10}}};
        store.put(run, std::vector<Store::Result>{
                           {canonical_text(sweep.trial(place), checksums), static_cast<std::int64_t>(place), outcome}});
    }
    return store;
}

TEST(Predictions, OfResultsFollowFromWhatWasMeasured) {
    const ScratchFolder folder;
    Store store = results_of(folder);
    std::ostringstream out;
    export_theory(store, "outcomes", ExportFormat::csv, out);
    const Rows rows = parse_csv(out.str());
    ASSERT_EQ(rows.size(), 16u);
    EXPECT_EQ(rows[11].at("updates"), "305");
    EXPECT_TRUE(near(std::stod(rows[11].at("total")),
                     predict({"local-local", 4.0}, prices, {1000.0, 305.0, 4000.0, 1.0}).total, 1e-15));
}

TEST(Predictions, SeeASchedule) {
    std::ostringstream out;
    export_theory(parse_experiment(text, ".", "test", {"threshold_schedule=\"error-rate\"", "threshold_time=100.0"}),
                  ExportFormat::csv, out);
    EXPECT_EQ(parse_csv(out.str()).at(11).at("total"), "");
}

// A build before there were schedules did not record the parameter.
TEST(Predictions, OfOlderResultsTakeTheThresholdAsConstant) {
    const ScratchFolder folder;
    Store store = results_of(folder);
    sql::execute(store.handle(), "DELETE FROM parameters WHERE name = 'threshold_schedule'");
    std::ostringstream out;
    export_theory(store, "outcomes", ExportFormat::csv, out);
    const Rows rows = parse_csv(out.str());
    EXPECT_EQ(rows.at(11).count("threshold_schedule"), 0u);
    EXPECT_NE(rows.at(11).at("total"), "");
}

TEST(Predictions, OfEpochsFollowFromTheirUpdates) {
    const ScratchFolder folder;
    Store store = results_of(folder);
    std::ostringstream out;
    export_theory(store, "epochs", ExportFormat::csv, out);
    const Rows rows = parse_csv(out.str());
    ASSERT_EQ(rows.size(), 32u);  // trials, epochs, prices
    const auto& row = rows[1];    // patterns 100, threshold 4, seed 1, epoch 0, cost 0.01
    EXPECT_EQ(row.at("epoch"), "0");
    EXPECT_EQ(row.at("updates"), "50");
    EXPECT_EQ(row.at("maintenance_cost"), "0.01");
    EXPECT_EQ(row.at("update_probability"), "0.5");
    EXPECT_TRUE(near(std::stod(row.at("maintenance_power")), 0.01 * 1000 * 4.0 / 3, 1e-14));
    EXPECT_TRUE(near(std::stod(row.at("consolidation_power")), 1000 * 4.0 * 0.5 / 16, 1e-14));
    EXPECT_EQ(rows[3].at("consolidation_power"), "0");  // an epoch without an update
    EXPECT_EQ(
        message_of([&] { export_theory(store, "traces", ExportFormat::csv, out); }),
        (folder / "r.sqlite").string() +
            ": no theory for table 'traces'; allowed: outcomes, epochs where they were recorded, and distribution "
            "where it and epochs were");
}

TEST(Predictions, OfADistributionFollowFromTheUpdatesOfItsEpoch) {
    const ScratchFolder folder;
    Store store = results_of(folder);
    std::ostringstream out;
    export_theory(store, "distribution", ExportFormat::csv, out);
    const Rows rows = parse_csv(out.str());
    ASSERT_EQ(rows.size(), 16u / 2u * 3u);  // trials, without prices, and bins
    for (std::size_t bin = 0; bin < 3; ++bin) {
        const auto& row = rows[bin];  // patterns 100, threshold 4, no decay
        EXPECT_EQ(row.at("epoch"), "0");
        EXPECT_EQ(row.at("updates"), "50");
        EXPECT_EQ(row.at("share"), bin == 1 ? "0.5" : "0.25");
        EXPECT_EQ(row.count("maintenance_cost"), 0u);
        const double want = bin == 1 ? 2.0 * (0.25 - 0.5 * 0.0625) : 0.5 - (0.25 - 0.5 * 0.0625);
        EXPECT_TRUE(near(std::stod(row.at("predicted_share")), want, 1e-14)) << bin;
    }
    EXPECT_TRUE(std::isnan(predict_share({"l1", 4.0}, training, -1.0, 1.0)));
    EXPECT_TRUE(
        std::isnan(predict_share({.variant = "local-local", .threshold = 4.0, .offset = 0.1}, training, -1.0, 1.0)));
    EXPECT_EQ(predict_share({"none", 4.0}, training, -1.0, 1.0), 1.0) << "nothing is ever held back";
}

TEST(Predictions, AreThePerceptronsAlone) {
    const Experiment other = toy_experiment();
    std::ostringstream out;
    const std::string message = message_of([&] { export_theory(other, ExportFormat::csv, out); });
    EXPECT_NE(message.find("model = \"toy\"; allowed: \"perceptron\""), std::string::npos) << message;
    EXPECT_EQ(out.str(), "");
}

}  // namespace
}  // namespace syncache
