#pragma once

#include <cmath>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "host/models/perceptron/trainer.hpp"
#include "tests/support/reference_perceptron.hpp"

namespace syncache::test {

// The same training for the engine and for the reference, on random patterns of `seed`.
struct PerceptronCase {
    std::string variant = "local-global";
    int inputs = 50;
    int patterns = 60;
    double threshold = 3.0;
    double tau = 0.0;  // 0: no decay
    double learning_rate = 1.0;
    double offset = 0.0;
    std::int64_t max_epochs = 500;
    std::uint64_t seed = 1;
    bool single = false;
    std::string schedule = "constant";  // of the threshold
    double threshold_end = 0.0, threshold_time = INFINITY;
    double margin = 0.0;
    std::string pathway_sizes = "0", pathway_factors = "1";
    std::string traced{};  // empty: the first synapse
    double distribution_width = 1.0;
};

// Schedules for a case whose constant threshold is sensible: constant, falling, rising, and with the error rate.
std::vector<PerceptronCase> with_schedules(const PerceptronCase& c);

std::ostream& operator<<(std::ostream& out, const PerceptronCase& c);

// Values for all of the model's parameters, in its order.
std::vector<Value> parameter_values(const PerceptronCase& c);
PerceptronSettings engine_settings(const PerceptronCase& c);
ReferencePerceptron reference_network(const PerceptronCase& c);

}  // namespace syncache::test
