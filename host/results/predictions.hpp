#pragma once

#include <iosfwd>
#include <string>

#include "host/experiment/experiment.hpp"
#include "host/results/results.hpp"
#include "host/theory/theory.hpp"

namespace syncache {

// What the theory needs to know of a perceptron trial.
struct PerceptronCase {
    std::string variant;
    double threshold = 0.0, tau = theory::TransientWalk::infinity;
    double offset = 0.0, pattern_coding = 0.5, target_coding = 0.5;
    bool threshold_changes = false;
};

// What host/theory/theory.hpp says of one trial at one price list; NaN where it says nothing. Energies are named as
// those of an outcome; powers are energies per presentation, of all synapses.
struct Prediction {
    double updates, presentations, update_probability;
    double uncached, minimal, consolidation, maintenance, transient_change, total, inefficiency;
    double optimal_threshold, optimal_total;
    double mean_transient, maintenance_power, consolidation_power;
};

// `training`: K and T, predicted or measured. Says nothing at all of offsets and of codings other than 1/2; of uncached
// and minimal energy alone for exponents other than 1, for the variants `l1` and `global-global`, and for thresholds
// that change; no total where persistent weights cost; no optimum, and where transient changes cost no total, with
// decay. What it says of `local-global` is derived for `local-local`.
Prediction predict(const PerceptronCase& trial, const AccountingSetting& prices, const theory::Training& training);

// Writes a table of predictions, one row for each trial and accounting setting in the order of exports: the parameters,
// the prices, then Prediction's members under their names. K and T are predicted.
// Throws std::invalid_argument for another model than the perceptron.
void export_theory(const Experiment& experiment, ExportFormat format, std::ostream& out);

// The same for the trials in a results file, K and T as measured (`table` "outcomes"); or ("epochs") one row for each
// recorded epoch and accounting setting, with that epoch's updates and what follows from them: update_probability,
// mean_transient, maintenance_power, consolidation_power.
// Throws std::invalid_argument for another model and for a table that is none of these or was not recorded.
void export_theory(Store& store, const std::string& table, ExportFormat format, std::ostream& out);

}  // namespace syncache
