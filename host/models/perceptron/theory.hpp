#pragma once

#include <span>
#include <string>

#include "host/models/model.hpp"
#include "host/theory/theory.hpp"

namespace syncache {

// What the theory needs to know of a perceptron trial.
struct PerceptronCase {
    std::string variant;
    double threshold = 0.0, tau = theory::TransientWalk::infinity;
    double offset = 0.0, pattern_coding = 0.5, target_coding = 0.5;
    bool threshold_varies = false;  // with time, or between pathways
    double margin = 0.0;
};

// What host/theory/theory.hpp says of one trial at one price list; NaN where it says nothing. Energies are named as
// those of an outcome; powers are energies per presentation, of all synapses.
struct Prediction {
    double updates, presentations, update_probability;
    double uncached, minimal, consolidation, maintenance, transient_change, total, inefficiency;
    double optimal_threshold, optimal_total;
    double mean_transient, maintenance_power, consolidation_power;
};

// `training`: K and T, predicted or measured. Says nothing at all of offsets, margins and codings other than 1/2; of
// uncached and minimal energy alone for exponents other than 1, for the variants `l1` and `global-global`, and for
// thresholds that vary; no total where persistent weights cost; no optimum, and where transient changes cost no
// total, with decay. What it says of `local-global` is derived for `local-local`.
Prediction predict(const PerceptronCase& trial, const AccountingSetting& prices, const theory::Training& training);

// The part of the time in which a transient weight of the trial lies between low and high, with K and T of the time
// that is looked at. Says nothing (NaN) where a total has no prediction for any price.
double predict_share(const PerceptronCase& trial, const theory::Training& training, double low, double high);

// The same as the closed forms of a model: Prediction's members under their names; for epochs update_probability,
// mean_transient, maintenance_power and consolidation_power.
const Theory& perceptron_theory();

// The formulas of host/theory/theory.hpp under their names there. The last argument of those that depend on it, the
// learning rate, may be left out; it is 1.
std::span<const ClaimFunction> perceptron_claim_functions();

}  // namespace syncache
