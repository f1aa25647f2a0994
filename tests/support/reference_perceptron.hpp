#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/models/outcome.hpp"

namespace syncache::test {

// The perceptron of model.md, section 2, written down directly: loops over presentations and synapses in double
// precision, nothing skipped, nothing in closed form. The yardstick of tests and benchmarks.
struct ReferencePerceptron {
    int inputs = 0;
    int n_patterns = 0;
    std::vector<std::int8_t> patterns;  // [pattern][input], +-1
    std::vector<std::int8_t> targets;   // [pattern], +-1
    std::string variant = "none";
    double threshold = 0.0;
    std::string schedule = "constant";  // of the threshold: "exponential", to threshold_end; "error-rate"
    double threshold_end = 0.0, threshold_time = 0.0;
    std::vector<int> pathway_sizes;  // of the inputs, from the first on; none: all synapses have the same threshold
    std::vector<double> pathway_factors;  // what each pathway's threshold is times the network's
    double decay = 1.0;                   // factor of s in each presentation
    double learning_rate = 1.0;
    double offset = 0.0;
    double margin = 0.0;  // kappa: an error is an output times target of at most kappa sqrt(inputs)
    std::int64_t max_epochs = 10000;
    double distribution_width = 1.0;  // of bins, in learning rates
};

struct ReferenceEpoch {
    std::int64_t updates = 0;
    double maintenance_sum = 0.0;
    double consolidation = 0.0;
    std::vector<double>
        distribution;  // [bin]: transient weights in presentations, 50 bins on each side of the middle one
};

struct ReferenceOutcome {
    Outcome outcome;              // one ChangeSums for each pricing
    std::vector<double> weights;  // [input, bias last], final
    std::vector<ReferenceEpoch> epochs;
    std::vector<double> first_traces;  // after each update: presentation, s_0, w_0, sum of |s|, consolidated in it
};

ReferenceOutcome train_reference(const ReferencePerceptron& network,
                                 const std::vector<Pricing>& pricings = {Pricing{}});

}  // namespace syncache::test
