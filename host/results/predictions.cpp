#include "host/results/predictions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <iterator>
#include <ostream>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "host/experiment/sweep.hpp"
#include "host/models/model.hpp"
#include "host/results/results_impl.hpp"

namespace syncache {
namespace {

constexpr const char* price_columns[] = {"maintenance_cost", "transient_change_cost", "persistent_cost", "exponent",
                                         "potentiation_only"};

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

// A model and its closed forms, applied to rows of a query that have the parameters, the prices, `updates` and
// `presentations`.
class RowTheory {
  public:
    RowTheory(const Model& model, const sql::Statement& row) : model_(&model), row_(&row), at_(row) {}

    // In the order of Theory::columns().
    std::vector<double> predict() const {
        const AccountingSetting prices{real("maintenance_cost"),
                                       real("transient_change_cost"),
                                       real("persistent_cost"),
                                       {real("exponent"), row_->integer(at_("potentiation_only")) != 0}};
        static const std::filesystem::path no_folder;  // closed forms read no files
        return model_->theory()->predict(Trial(*model_, values(), no_folder), prices,
                                         {real("updates"), real("presentations")});
    }

    // Of the bin that the row has, `low` and `high`.
    double transient_share() const {
        static const std::filesystem::path no_folder;
        return model_->theory()->transient_share(Trial(*model_, values(), no_folder),
                                                 {real("updates"), real("presentations")}, real("low"), real("high"));
    }

  private:
    double real(const char* name) const { return row_->real(at_(name)); }

    // Results of an earlier build may lack a parameter: then they were made with what is its default now.
    std::vector<Value> values() const {
        std::vector<Value> values;
        for (const Parameter& parameter : model_->parameters()) {
            const bool known = at_.has(parameter.name) && !row_->is_null(at_(parameter.name));
            values.push_back(known ? value_of(parameter) : parameter.fallback);
        }
        return values;
    }

    Value value_of(const Parameter& parameter) const {
        const int column = at_(parameter.name);
        switch (parameter.type) {
            case Parameter::Type::integer:
                return row_->integer(column);
            case Parameter::Type::real:
                return row_->real(column);
            case Parameter::Type::boolean:
                return row_->integer(column) != 0;
            default:
                return std::string(row_->text(column));
        }
    }

    const Model* model_;
    const sql::Statement* row_;
    Places at_;
};

// Places of `some` names among `all`.
std::vector<std::size_t> places_of(std::span<const std::string> some, std::span<const std::string> all) {
    std::vector<std::size_t> places;
    for (const std::string& name : some) {
        const auto found = std::ranges::find(all, name);
        if (found == all.end()) {
            throw std::logic_error(fmt::format("no predicted column {}", name));
        }
        places.push_back(static_cast<std::size_t>(found - all.begin()));
    }
    return places;
}

// Rows to predict something of: the first `n_kept` columns of a query are shown, but for the first of all, `trial`.
struct Source {
    const Model* model;
    std::string query;
    int n_kept;
};

// Writes the rows with what `predict` gives for each: a number for each of `columns`.
void write_predictions(sqlite3* database, const Source& rows_of, std::span<const std::string> columns,
                       const std::function<std::vector<double>(const RowTheory&)>& predict, ExportFormat format,
                       std::ostream& out) {
    sql::Statement source(database, rows_of.query);
    std::string definition, places;
    for (int column = 0; column < rows_of.n_kept; ++column) {
        definition += fmt::format("{}{}", column > 0 ? ", " : "", sql::quoted(source.column_name(column)));
        places += column > 0 ? ", ?" : "?";
    }
    for (const std::string& column : columns) {
        definition += fmt::format(", {} REAL", sql::quoted(column));
        places += ", ?";
    }
    sql::execute(database, fmt::format("CREATE TEMP TABLE theory({})", definition));
    sql::Statement insert(database, fmt::format("INSERT INTO temp.theory VALUES({})", places));
    const RowTheory theory(*rows_of.model, source);
    while (source.step()) {
        const std::vector<double> prediction = predict(theory);
        insert.restart();
        for (int column = 0; column < rows_of.n_kept; ++column) {
            insert.set(column + 1, source.value(column));
        }
        for (std::size_t i = 0; i < columns.size(); ++i) {
            insert.set(rows_of.n_kept + 1 + static_cast<int>(i), prediction.at(i));
        }
        insert.run();
    }
    sql::Statement rows(database, "SELECT * FROM temp.theory ORDER BY rowid");
    results::write_rows(rows, format, out);
    rows.restart();
    insert.restart();
    sql::execute(database, "DROP TABLE temp.theory");
}

// The same of some of Theory::columns().
void write_predictions(sqlite3* database, const Source& rows, std::span<const std::string> columns, ExportFormat format,
                       std::ostream& out) {
    const std::vector<std::size_t> shown = places_of(columns, rows.model->theory()->columns());
    const auto predict = [&](const RowTheory& row) {
        const std::vector<double> all = row.predict();
        std::vector<double> values;
        for (const std::size_t place : shown) {
            values.push_back(all.at(place));
        }
        return values;
    };
    write_predictions(database, rows, columns, predict, format, out);
}

// The model of that name, which has closed forms.
const Model& require_theory(std::string_view where, std::string_view name,
                            std::span<const Model* const> known = models()) {
    std::string allowed;
    for (const Model* const model : known) {
        if (model->theory() != nullptr) {
            if (model->name() == name) {
                return *model;
            }
            allowed += fmt::format("{}\"{}\"", allowed.empty() ? "" : ", ", model->name());
        }
    }
    throw std::invalid_argument(
        fmt::format("{}: model = \"{}\"; allowed: {}, of which there is a theory", where, name, allowed));
}

// The trials of an experiment at every price, with K and T as predicted: columns trial, parameters, prices, updates,
// presentations.
void fill_planned(sqlite3* database, const Experiment& experiment) {
    const auto parameters = experiment.model->parameters();
    std::string definition = "trial", places = "?";
    for (const Parameter& parameter : parameters) {
        definition += parameter.only_if_set ? "" : ", " + sql::quoted(parameter.name);
        places += parameter.only_if_set ? "" : ", ?";
    }
    sql::execute(database, fmt::format("CREATE TABLE planned({}, {}, updates, presentations)", definition,
                                       fmt::join(price_columns, ", ")));
    sql::Statement insert(database, fmt::format("INSERT INTO planned VALUES({}, ?, ?, ?, ?, ?, ?, ?)", places));
    sql::Transaction transaction(database, sql::Transaction::Kind::write);
    const Sweep sweep(experiment);
    if (constexpr std::size_t most_trials = 100'000'000; sweep.size() > most_trials) {  // tens of gigabytes
        throw std::invalid_argument(
            fmt::format("experiment \"{}\": {} trials; allowed: up to {} for a table of what the theory says",
                        experiment.name, sweep.size(), most_trials));
    }
    for (std::size_t place = 0; place < sweep.size(); ++place) {
        const Trial trial = sweep.trial(place);
        const TrainingProgress progress = experiment.model->theory()->expected(trial);
        for (const AccountingSetting& a : experiment.accounting) {
            insert.bind(place + 1);
            int index = 2;
            for (std::size_t i = 0; i < parameters.size(); ++i) {
                if (!parameters[i].only_if_set) {
                    std::visit([&](const auto& v) { insert.set(index++, v); }, trial.values()[i]);
                }
            }
            for (const double price :
                 {a.maintenance_cost, a.transient_change_cost, a.persistent_cost, a.pricing.exponent}) {
                insert.set(index++, price);
            }
            insert.set(index++, static_cast<int>(a.pricing.potentiation_only));
            insert.set(index++, progress.updates);
            insert.set(index++, progress.presentations);
            insert.run();
        }
    }
    transaction.commit();
}

bool was_recorded(const Store& store, const std::string& table) {
    const auto recorded = results::recorded_names(store);
    return std::find(recorded.begin(), recorded.end(), table) != recorded.end();
}

// The columns `trial` and the parameters of table o, separated by commas.
std::string parameter_columns(const Store& store) {
    std::string columns = "o.trial AS trial";
    for (const std::string& name : results::parameter_names(store)) {
        columns += fmt::format(", o.{0} AS {0}", sql::quoted(name));
    }
    return columns;
}

// The same, then the prices of table `from`.
std::string priced_columns(const Store& store, char from) {
    std::string columns = parameter_columns(store);
    for (const char* price : price_columns) {
        columns += fmt::format(", {0}.{1} AS {1}", from, price);
    }
    return columns;
}

// A row for each bin of each epoch: what share of the epoch's presentations transient weights were in it, and what the
// theory says of that, with the updates of the epoch.
void write_distribution(Store& store, const Model& model, ExportFormat format, std::ostream& out) {
    results::ensure_tables(store, "epochs");
    const auto n_kept = static_cast<int>(1 + results::parameter_names(store).size() + 6);
    const std::string query = fmt::format(
        "SELECT {}, o.epoch AS epoch, e.updates AS updates, o.low AS low, o.high AS high, o.count AS count, "
        "o.count / sum(o.count) OVER (PARTITION BY o.trial, o.epoch) AS share, o.patterns AS presentations "
        "FROM temp.distribution o JOIN temp.epochs e ON e.trial = o.trial AND e.epoch = o.epoch "
        "ORDER BY o.trial, o.epoch, o.low",
        parameter_columns(store));
    const std::array<std::string, 1> columns{"predicted_share"};
    write_predictions(
        store.handle(), {&model, query, n_kept}, columns,
        [](const RowTheory& row) { return std::vector<double>{row.transient_share()}; }, format, out);
}

}  // namespace

void export_theory(const Experiment& experiment, ExportFormat format, std::ostream& out) {
    const Model& model = require_theory(fmt::format("experiment \"{}\"", experiment.name), experiment.model->name());
    const sql::Database database = sql::open_temporary();
    fill_planned(database.get(), experiment);
    const auto n_parameters = std::ranges::count(model.parameters(), false, &Parameter::only_if_set);
    const int n_kept = 1 + static_cast<int>(n_parameters) + static_cast<int>(std::size(price_columns));
    write_predictions(database.get(), {&model, "SELECT * FROM planned ORDER BY rowid", n_kept},
                      model.theory()->columns(), format, out);
}

void export_theory(Store& store, const std::string& table, ExportFormat format, std::ostream& out) {
    const Model& model = require_theory(store.file().string(),
                                        sql::query_text(store.handle(),
                                                        "SELECT model FROM experiments WHERE id = (SELECT experiment "
                                                        "FROM current_experiment)"));
    results::ensure_tables(store, table);
    const auto n_kept = static_cast<int>(1 + results::parameter_names(store).size() + std::size(price_columns));
    const bool has_epochs = was_recorded(store, "epochs") && !model.theory()->epoch_columns().empty();
    if (table == "outcomes") {
        const std::string query =
            fmt::format("SELECT {}, o.updates AS updates, o.presentations AS presentations FROM temp.outcomes o",
                        priced_columns(store, 'o'));
        write_predictions(store.handle(), {&model, query, n_kept}, model.theory()->columns(), format, out);
    } else if (table == "epochs" && has_epochs) {
        const std::string query = fmt::format(
            "SELECT {}, o.epoch AS epoch, o.updates AS updates, o.patterns AS presentations FROM temp.epochs o CROSS "
            "JOIN temp.settings a",
            priced_columns(store, 'a'));
        write_predictions(store.handle(), {&model, query, n_kept + 2}, model.theory()->epoch_columns(), format, out);
    } else if (table == "distribution" && has_epochs && was_recorded(store, table)) {
        write_distribution(store, model, format, out);
    } else {
        throw std::invalid_argument(
            fmt::format("{}: no theory for table '{}'; allowed: outcomes, epochs where they were recorded, and "
                        "distribution where it and epochs were",
                        store.file().string(), table));
    }
}

}  // namespace syncache
