#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace syncache {

// One way of pricing changes of a persistent weight: |change|^exponent, or nothing for a decrease if only potentiation
// costs. The simulation tallies its sums once for each pricing; all other costs only multiply finished sums.
struct Pricing {
    double exponent = 1.0;
    bool potentiation_only = false;
    friend auto operator<=>(const Pricing&, const Pricing&) = default;
};

// One price list: multiplies finished sums, never changes the dynamics.
struct AccountingSetting {
    double maintenance_cost = 0.0;       // c, energy per unit of |s| and presentation
    double transient_change_cost = 0.0;  // b, energy per unit of |change of s|
    double persistent_cost = 0.0;        // energy per unit of |l| and presentation
    Pricing pricing;                     // exponent alpha; potentiation_only
};

// The sums of changes under one pricing (model.md, section 1).
struct ChangeSums {
    Pricing pricing;
    double uncached = 0.0;
    double minimal = 0.0;
    double consolidation = 0.0;
    double transient_change_sum = 0.0;  // never raised to the exponent; increases only, if potentiation_only
};

// What a change of a weight costs under that pricing, exactly as in the kernels.
double cost_of_change(double change, const Pricing& pricing);

// A table recorded besides the outcome, named by the word of `record` that asks for it, or "checkpoints".
// Columns are named as in exports; all values are doubles (integers up to 2^53 are exact).
struct RecordedTable {
    std::string name;
    std::vector<std::string> columns;
    std::vector<double> rows;  // [row][column], row-major
};

// A recorded array of weights. shape: sizes, slowest first; values: row-major.
struct RecordedArray {
    std::string name;  // "persistent", "hidden1", ...
    std::vector<std::int64_t> shape;
    std::vector<double> values;
};

// What one trial gave. Which extra columns there are depends on the model alone (Model::extra_columns).
struct Outcome {
    bool converged = false;
    std::int64_t epochs = 0;
    std::int64_t presentations = 0;
    std::int64_t updates = 0;
    double maintenance_sum = 0.0;  // without the cost c
    double persistent_sum = 0.0;   // NaN where it was not tallied (no accounting setting has a persistent_cost)
    std::vector<ChangeSums> sums;  // one for each pricing asked for, in that order
    std::vector<double> extras;    // in the order of Model::extra_columns
    std::vector<RecordedTable> tables;
    std::vector<RecordedArray> weights;
};

// What the simulation has to tally and record besides the dynamics. It never changes the trajectory.
struct Tallies {
    std::vector<Pricing> pricings{Pricing{}};
    bool persistent_sum = false;
    std::vector<std::string> record;  // words of Model::recordable: each a table, or arrays whose names begin so

    bool records(std::string_view word) const;
};

// Of a training that has not begun: no sum of changes yet, under each pricing that is asked for.
Outcome empty_outcome(const Tallies& tallies);

}  // namespace syncache
