#include "host/results/predictions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <limits>
#include <ostream>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "host/experiment/sweep.hpp"
#include "host/results/results_impl.hpp"

namespace syncache {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

struct Column {
    const char* name;
    double Prediction::*value;
};
using P = Prediction;
constexpr Column outcome_columns[] = {{"updates", &P::updates},
                                      {"presentations", &P::presentations},
                                      {"update_probability", &P::update_probability},
                                      {"uncached", &P::uncached},
                                      {"minimal", &P::minimal},
                                      {"consolidation", &P::consolidation},
                                      {"maintenance", &P::maintenance},
                                      {"transient_change", &P::transient_change},
                                      {"total", &P::total},
                                      {"inefficiency", &P::inefficiency},
                                      {"optimal_threshold", &P::optimal_threshold},
                                      {"optimal_total", &P::optimal_total},
                                      {"mean_transient", &P::mean_transient},
                                      {"maintenance_power", &P::maintenance_power},
                                      {"consolidation_power", &P::consolidation_power}};
constexpr Column epoch_columns[] = {{"update_probability", &P::update_probability},
                                    {"mean_transient", &P::mean_transient},
                                    {"maintenance_power", &P::maintenance_power},
                                    {"consolidation_power", &P::consolidation_power}};

constexpr const char* price_columns[] = {"maintenance_cost", "transient_change_cost", "persistent_cost", "exponent",
                                         "potentiation_only"};

void predict_cached(Prediction& to, const PerceptronCase& trial, const AccountingSetting& prices,
                    const theory::Training& training) {
    const double threshold = trial.variant == "none" ? 0.0 : trial.threshold;
    const double half = prices.pricing.potentiation_only ? 0.5 : 1.0;
    const bool is_cached = !(threshold < training.learning_rate);
    to.consolidation = half * theory::consolidation_energy(training, threshold, trial.tau);
    to.maintenance = theory::maintenance_energy(training, threshold, trial.tau, prices.maintenance_cost);
    // Known without decay alone.
    to.transient_change =
        std::isfinite(trial.tau) && prices.transient_change_cost != 0.0 && is_cached
            ? nan
            : half * theory::transient_change_energy(training, threshold, prices.transient_change_cost);
    const theory::TransientWalk walk{threshold, trial.tau, to.update_probability, training.learning_rate};
    to.mean_transient = is_cached ? theory::mean_transient(walk) : 0.0;
    to.maintenance_power = prices.maintenance_cost * training.inputs * to.mean_transient;
    to.consolidation_power =
        half * training.inputs *
        (is_cached ? threshold * theory::consolidation_rate(walk) : training.learning_rate * to.update_probability);
    if (prices.persistent_cost != 0.0) {
        return;
    }
    to.total = to.consolidation + to.maintenance + to.transient_change;
    to.inefficiency = to.total / to.minimal;
    if (trial.variant != "none" && std::isinf(trial.tau) && prices.transient_change_cost == 0.0 && half == 1.0) {
        to.optimal_threshold = theory::optimal_threshold(training, prices.maintenance_cost);
        to.optimal_total = theory::optimal_energy(training, prices.maintenance_cost);
    }
}

// Places of named columns in a query.
class Places {
  public:
    explicit Places(const sql::Statement& rows) {
        for (int column = 0; column < rows.columns(); ++column) {
            names_.push_back(rows.column_name(column));
        }
    }
    int operator()(std::string_view name) const {
        if (!has(name)) {
            throw std::logic_error(fmt::format("no column {}", name));
        }
        return static_cast<int>(std::ranges::find(names_, name) - names_.begin());
    }
    bool has(std::string_view name) const { return std::ranges::find(names_, name) != names_.end(); }

  private:
    std::vector<std::string> names_;
};

// Reads the trial, its prices, `updates` and `presentations` of a row.
Prediction predict_row(const sql::Statement& row, const Places& at) {
    const auto real = [&](const char* name) { return row.real(at(name)); };
    // Results of an earlier build know no schedule; their thresholds are constant.
    const bool changes = at.has("threshold_schedule") && !row.is_null(at("threshold_schedule")) &&
                         row.text(at("threshold_schedule")) != "constant";
    const PerceptronCase trial{std::string(row.text(at("variant"))),
                               real("threshold"),
                               real("tau"),
                               real("offset"),
                               real("pattern_coding"),
                               real("target_coding"),
                               changes};
    const AccountingSetting prices{real("maintenance_cost"),
                                   real("transient_change_cost"),
                                   real("persistent_cost"),
                                   {real("exponent"), row.integer(at("potentiation_only")) != 0}};
    return predict(trial, prices, {real("inputs"), real("updates"), real("presentations"), real("learning_rate")});
}

// Writes the first `n_kept` columns of the query (the first of all, `trial`, is not shown) and the predictions.
void write_predictions(sqlite3* database, const std::string& query, int n_kept, std::span<const Column> columns,
                       ExportFormat format, std::ostream& out) {
    sql::Statement source(database, query);
    std::string definition, places;
    for (int column = 0; column < n_kept; ++column) {
        definition += fmt::format("{}{}", column > 0 ? ", " : "", sql::quoted(source.column_name(column)));
        places += column > 0 ? ", ?" : "?";
    }
    for (const Column& column : columns) {
        definition += fmt::format(", {} REAL", column.name);
        places += ", ?";
    }
    sql::execute(database, fmt::format("CREATE TEMP TABLE theory({})", definition));
    sql::Statement insert(database, fmt::format("INSERT INTO temp.theory VALUES({})", places));
    const Places at(source);
    while (source.step()) {
        const Prediction prediction = predict_row(source, at);
        insert.restart();
        for (int column = 0; column < n_kept; ++column) {
            insert.set(column + 1, source.value(column));
        }
        for (std::size_t i = 0; i < columns.size(); ++i) {
            insert.set(n_kept + 1 + static_cast<int>(i), prediction.*columns[i].value);
        }
        insert.run();
    }
    sql::Statement rows(database, "SELECT * FROM temp.theory ORDER BY rowid");
    results::write_rows(rows, format, out);
    rows.restart();
    insert.restart();
    sql::execute(database, "DROP TABLE temp.theory");
}

void require_perceptron(const std::string& where, std::string_view model) {
    if (model != "perceptron") {
        throw std::invalid_argument(
            fmt::format("{}: model = \"{}\"; allowed: \"perceptron\", of which the theory is", where, model));
    }
}

// The trials of an experiment at every price, with K and T as predicted: columns trial, parameters, prices, updates,
// presentations.
void fill_planned(sqlite3* database, const Experiment& experiment) {
    std::string definition = "trial", places = "?";
    for (const Parameter& parameter : experiment.model->parameters()) {
        definition += ", " + sql::quoted(parameter.name);
        places += ", ?";
    }
    sql::execute(database, fmt::format("CREATE TABLE planned({}, {}, updates, presentations)", definition,
                                       fmt::join(price_columns, ", ")));
    sql::Statement insert(database, fmt::format("INSERT INTO planned VALUES({}, ?, ?, ?, ?, ?, ?, ?)", places));
    sql::Transaction transaction(database, sql::Transaction::Kind::write);
    const Sweep sweep(experiment);
    for (std::size_t place = 0; place < sweep.size(); ++place) {
        const Trial trial = sweep.trial(place);
        const auto training = theory::perceptron_training(static_cast<double>(trial.integer("patterns")),
                                                          static_cast<double>(trial.integer("inputs")));
        for (const AccountingSetting& a : experiment.accounting) {
            insert.bind(place + 1);
            int index = 2;
            for (const Value& value : trial.values()) {
                std::visit([&](const auto& v) { insert.set(index++, v); }, value);
            }
            for (const double price :
                 {a.maintenance_cost, a.transient_change_cost, a.persistent_cost, a.pricing.exponent}) {
                insert.set(index++, price);
            }
            insert.set(index++, static_cast<int>(a.pricing.potentiation_only));
            insert.set(index++, training.updates);
            insert.set(index++, training.presentations);
            insert.run();
        }
    }
    transaction.commit();
}

}  // namespace

Prediction predict(const PerceptronCase& trial, const AccountingSetting& prices, const theory::Training& training) {
    Prediction prediction{nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan};
    if (trial.offset != 0.0 || trial.pattern_coding != 0.5 || trial.target_coding != 0.5) {
        return prediction;
    }
    prediction.updates = training.updates;
    prediction.presentations = training.presentations;
    prediction.update_probability = training.updates / training.presentations;
    // Potentiations are half of all changes.
    const double half = prices.pricing.potentiation_only ? 0.5 : 1.0;
    prediction.uncached = half * theory::uncached_energy(training, prices.pricing.exponent);
    prediction.minimal = half * theory::minimal_energy(training, prices.pricing.exponent);
    if (trial.variant == "none" && prices.pricing.exponent != 1.0 && prices.persistent_cost == 0.0) {
        prediction.consolidation = prediction.total = prediction.uncached;
        prediction.maintenance = prediction.transient_change = 0.0;
        prediction.inefficiency = prediction.total / prediction.minimal;
    } else if (prices.pricing.exponent == 1.0 && trial.variant != "l1" && trial.variant != "global-global" &&
               !trial.threshold_changes) {
        predict_cached(prediction, trial, prices, training);
    }
    return prediction;
}

void export_theory(const Experiment& experiment, ExportFormat format, std::ostream& out) {
    require_perceptron(fmt::format("experiment \"{}\"", experiment.name), experiment.model->name());
    const sql::Database database = sql::open_temporary();
    fill_planned(database.get(), experiment);
    const auto n_kept = static_cast<int>(1 + experiment.model->parameters().size() + std::size(price_columns));
    write_predictions(database.get(), "SELECT * FROM planned ORDER BY rowid", n_kept, outcome_columns, format, out);
}

void export_theory(Store& store, const std::string& table, ExportFormat format, std::ostream& out) {
    require_perceptron(store.file().string(),
                       sql::query_text(store.handle(),
                                       "SELECT model FROM experiments WHERE id = (SELECT experiment "
                                       "FROM current_experiment)"));
    results::ensure_tables(store, table);
    std::string columns = "o.trial AS trial";
    const auto parameters = results::parameter_names(store);
    for (const std::string& name : parameters) {
        columns += fmt::format(", o.{0} AS {0}", sql::quoted(name));
    }
    auto n_kept = static_cast<int>(1 + parameters.size() + std::size(price_columns));
    if (table == "outcomes") {
        for (const char* price : price_columns) {
            columns += fmt::format(", o.{0} AS {0}", price);
        }
        write_predictions(store.handle(),
                          fmt::format("SELECT {}, o.updates AS updates, o.presentations AS presentations FROM "
                                      "temp.outcomes o",
                                      columns),
                          n_kept, outcome_columns, format, out);
        return;
    }
    const auto recorded = results::recorded_names(store);
    if (table != "epochs" || std::find(recorded.begin(), recorded.end(), table) == recorded.end()) {
        throw std::invalid_argument(
            fmt::format("{}: no theory for table '{}'; allowed: outcomes, and epochs where they "
                        "were recorded",
                        store.file().string(), table));
    }
    for (const char* price : price_columns) {
        columns += fmt::format(", a.{0} AS {0}", price);
    }
    n_kept += 2;  // epoch, updates
    write_predictions(store.handle(),
                      fmt::format("SELECT {}, o.epoch AS epoch, o.updates AS updates, o.patterns AS presentations FROM "
                                  "temp.epochs o CROSS JOIN temp.settings a",
                                  columns),
                      n_kept, epoch_columns, format, out);
}

}  // namespace syncache
