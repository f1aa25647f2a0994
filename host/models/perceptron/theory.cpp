#include "host/models/perceptron/theory.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "host/models/perceptron/trainer.hpp"

namespace syncache {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

struct Column {
    const char* name;
    double Prediction::* value;
};
using P = Prediction;
constexpr Column all_columns[] = {{"updates", &P::updates},
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

PerceptronCase case_of(const Trial& trial) {
    return {trial.text("variant"),
            trial.real("threshold"),
            trial.real("tau"),
            trial.real("offset"),
            trial.real("pattern_coding"),
            trial.real("target_coding"),
            trial.text("threshold_schedule") != "constant" || !perceptron_settings(trial).pathways.empty(),
            trial.real("margin")};
}

// Whether neither the patterns nor what counts as an error are those of the theory.
bool is_another_task(const PerceptronCase& trial) {
    return trial.offset != 0.0 || trial.margin != 0.0 || trial.pattern_coding != 0.5 || trial.target_coding != 0.5;
}

// Whether the theory says what is in a cache.
bool is_known_cache(const PerceptronCase& trial) {
    return trial.variant != "l1" && trial.variant != "global-global" && !trial.threshold_varies;
}

class PerceptronTheory : public Theory {
  public:
    PerceptronTheory() {
        for (const Column& column : all_columns) {
            columns_.emplace_back(column.name);
        }
    }
    std::span<const std::string> columns() const override { return columns_; }
    std::span<const std::string> epoch_columns() const override { return epoch_columns_; }

    TrainingProgress expected(const Trial& trial) const override {
        const auto training = theory::perceptron_training(static_cast<double>(trial.integer("patterns")),
                                                          static_cast<double>(trial.integer("inputs")));
        return {training.updates, training.presentations};
    }

    std::vector<double> predict(const Trial& trial, const AccountingSetting& prices,
                                const TrainingProgress& progress) const override {
        const Prediction prediction = syncache::predict(case_of(trial), prices,
                                                        {static_cast<double>(trial.integer("inputs")), progress.updates,
                                                         progress.presentations, trial.real("learning_rate")});
        std::vector<double> values;
        for (const Column& column : all_columns) {
            values.push_back(prediction.*column.value);
        }
        return values;
    }

    double transient_share(const Trial& trial, const TrainingProgress& progress, double low,
                           double high) const override {
        return predict_share(case_of(trial),
                             {static_cast<double>(trial.integer("inputs")), progress.updates, progress.presentations,
                              trial.real("learning_rate")},
                             low, high);
    }

  private:
    std::vector<std::string> columns_;
    std::vector<std::string> epoch_columns_{"update_probability", "mean_transient", "maintenance_power",
                                            "consolidation_power"};
};

using Arguments = std::span<const double>;
constexpr double any = 0.0;  // a number of inputs that the threshold does not depend on

double rate(Arguments a, std::size_t place) { return a.size() > place ? a[place] : 1.0; }

constexpr ClaimFunction claim_functions[] = {
    {"perceptron_updates", 2, 2, [](Arguments a) { return theory::perceptron_updates(a[0], a[1]); }},
    {"perceptron_presentations", 2, 2, [](Arguments a) { return theory::perceptron_presentations(a[0], a[1]); }},
    {"uncached_energy", 2, 3, [](Arguments a) { return theory::uncached_energy(a[0], a[1], rate(a, 2)); }},
    {"minimal_energy", 2, 3, [](Arguments a) { return theory::minimal_energy(a[0], a[1], rate(a, 2)); }},
    {"inefficiency", 2, 2, [](Arguments a) { return theory::inefficiency(a[0], a[1]); }},
    {"optimal_threshold", 3, 4,
     [](Arguments a) { return theory::optimal_threshold({any, a[0], a[1], rate(a, 3)}, a[2]); }},
    {"optimal_energy", 4, 5, [](Arguments a) { return theory::optimal_energy({a[0], a[1], a[2], rate(a, 4)}, a[3]); }},
    {"mean_transient", 3, 4, [](Arguments a) { return theory::mean_transient({a[0], a[1], a[2], rate(a, 3)}); }},
    {"transient_share", 5, 6,
     [](Arguments a) { return theory::transient_share({a[0], a[1], a[2], rate(a, 5)}, a[3], a[4]); }},
    {"consolidation_rate", 3, 4,
     [](Arguments a) { return theory::consolidation_rate({a[0], a[1], a[2], rate(a, 3)}); }},
};

}  // namespace

Prediction predict(const PerceptronCase& trial, const AccountingSetting& prices, const theory::Training& training) {
    Prediction prediction{nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan};
    if (is_another_task(trial)) {
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
    } else if (prices.pricing.exponent == 1.0 && is_known_cache(trial)) {
        predict_cached(prediction, trial, prices, training);
    }
    return prediction;
}

double predict_share(const PerceptronCase& trial, const theory::Training& training, double low, double high) {
    if (is_another_task(trial) || !is_known_cache(trial)) {
        return nan;
    }
    const bool is_cached = trial.variant != "none" && !(trial.threshold < training.learning_rate);
    return theory::transient_share({is_cached ? trial.threshold : 0.0, trial.tau,
                                    training.updates / training.presentations, training.learning_rate},
                                   low, high);
}

const Theory& perceptron_theory() {
    static const PerceptronTheory theory;
    return theory;
}

std::span<const ClaimFunction> perceptron_claim_functions() { return claim_functions; }

}  // namespace syncache
