// SQL functions for claims: statistics, and those of the models (Model::claim_functions).

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "host/models/model.hpp"
#include "host/results/reach.hpp"
#include "host/results/results.hpp"
#include "host/store/sql.hpp"

namespace syncache {
namespace {

// What an aggregate has seen of its group. NULLs are left out, as SQL's own aggregates do.
struct Sample {
    std::vector<double> values;
    double fraction = 0.5;  // of quantile
    bool is_valid = true;
};

void collect(sqlite3_context* context, int n_arguments, sqlite3_value** arguments) {
    // SQLite gives zeroed room for one pointer; the sample itself is ours to end, in `finish`.
    auto** slot = static_cast<Sample**>(sqlite3_aggregate_context(context, sizeof(Sample*)));
    if (slot == nullptr || (*slot == nullptr && (*slot = new (std::nothrow) Sample) == nullptr)) {
        sqlite3_result_error_nomem(context);
        return;
    }
    Sample* sample = *slot;
    if (n_arguments > 1) {
        sample->fraction = sqlite3_value_double(arguments[1]);
        sample->is_valid =
            sqlite3_value_type(arguments[1]) != SQLITE_NULL && sample->fraction >= 0 && sample->fraction <= 1;
    }
    if (sqlite3_value_type(arguments[0]) != SQLITE_NULL) {
        sample->values.push_back(sqlite3_value_double(arguments[0]));
    }
}

// Linear between order statistics: the value at place fraction * (n - 1), counted from 0.
double quantile(std::vector<double> values, double fraction) {
    std::sort(values.begin(), values.end());
    const double place = fraction * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const double rest = place - static_cast<double>(below);
    // Not between equal values, where infinities would give NaN.
    return rest == 0.0 || values[below] == values[below + 1]
               ? values[below]
               : values[below] + rest * (values[below + 1] - values[below]);
}

// Of a sample: divides by n - 1.
double standard_deviation(const std::vector<double>& values) {
    const auto n = static_cast<double>(values.size());
    double sum = 0.0, squares = 0.0;
    for (const double value : values) {
        sum += value;
    }
    for (const double value : values) {
        squares += (value - sum / n) * (value - sum / n);
    }
    return std::sqrt(squares / (n - 1.0));
}

template <class Result>
void finish(sqlite3_context* context, std::size_t least, Result result) {
    auto** slot = static_cast<Sample**>(sqlite3_aggregate_context(context, 0));
    if (slot == nullptr || *slot == nullptr) {
        return;  // no rows: NULL
    }
    const std::unique_ptr<Sample> sample(std::exchange(*slot, nullptr));
    if (!sample->is_valid) {
        sqlite3_result_error(context, "quantile(x, q): q must be a number from 0 to 1", -1);
    } else if (sample->values.size() >= least) {
        sqlite3_result_double(context, result(*sample));
    }
}

void finish_quantile(sqlite3_context* context) {
    finish(context, 1, [](const Sample& sample) { return quantile(sample.values, sample.fraction); });
}

void finish_deviation(sqlite3_context* context) {
    finish(context, 2, [](const Sample& sample) { return standard_deviation(sample.values); });
}

void finish_error(sqlite3_context* context) {
    finish(context, 2, [](const Sample& sample) {
        return standard_deviation(sample.values) / std::sqrt(static_cast<double>(sample.values.size()));
    });
}

using Function = void (*)(sqlite3_context*, int, sqlite3_value**);

// Evaluates the model's function that SQLite has been given as user data; NULL if an argument is NULL, or the value no
// number.
void evaluate(sqlite3_context* context, int n_arguments, sqlite3_value** arguments) {
    const auto* function = static_cast<const ClaimFunction*>(sqlite3_user_data(context));
    std::vector<double> values;
    for (int i = 0; i < n_arguments; ++i) {
        if (sqlite3_value_type(arguments[i]) == SQLITE_NULL) {
            return;
        }
        values.push_back(sqlite3_value_double(arguments[i]));
    }
    sqlite3_result_double(context, function->value(values));
}

}  // namespace

void register_sql_functions(Store& store) {
    sqlite3* database = store.handle();
    const auto add = [database](const char* name, int n_arguments, const void* data, Function function, Function step,
                                void (*final)(sqlite3_context*)) {
        if (sqlite3_create_function_v2(database, name, n_arguments, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                       const_cast<void*>(data), function, step, final, nullptr) != SQLITE_OK) {
            sql::fail(database);
        }
    };
    register_reach(store);
    constexpr Function gather = sql::guarded<collect, int, sqlite3_value**>;
    add("median", 1, nullptr, nullptr, gather, sql::guarded<finish_quantile>);
    add("quantile", 2, nullptr, nullptr, gather, sql::guarded<finish_quantile>);
    add("stddev", 1, nullptr, nullptr, gather, sql::guarded<finish_deviation>);
    add("standard_error", 1, nullptr, nullptr, gather, sql::guarded<finish_error>);
    const auto add_all = [&](const Model& model) {
        for (const ClaimFunction& each : model.claim_functions()) {
            for (int n_arguments = each.least; n_arguments <= each.most; ++n_arguments) {
                add(each.name, n_arguments, &each, sql::guarded<evaluate, int, sqlite3_value**>, nullptr, nullptr);
            }
        }
    };
    std::ranges::for_each(models(), [&](const Model* model) { add_all(*model); });
    // Where two models have a function of one name, that of the results' model is meant.
    const std::string own = sql::query_text(
        database, "SELECT model FROM experiments WHERE id = (SELECT experiment FROM current_experiment)");
    if (const auto found = std::ranges::find(models(), own, &Model::name); found != models().end()) {
        add_all(**found);
    }
}

}  // namespace syncache
