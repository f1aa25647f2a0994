#include "tests/support/perceptron_cases.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace syncache::test {

std::ostream& operator<<(std::ostream& out, const PerceptronCase& c) {
    return out << c.variant << " N " << c.inputs << " P " << c.patterns << " threshold " << c.threshold << " tau "
               << c.tau << " rate " << c.learning_rate << " offset " << c.offset << " seed " << c.seed
               << (c.single ? " single" : "") << " " << c.schedule << " to " << c.threshold_end << " in "
               << c.threshold_time << " margin " << c.margin << " pathways " << c.pathway_sizes << " factors "
               << c.pathway_factors;
}

std::vector<PerceptronCase> with_schedules(const PerceptronCase& c) {
    std::vector<PerceptronCase> cases(4, c);
    cases[1].schedule = cases[2].schedule = "exponential";
    cases[1].threshold_end = c.threshold / 3.0;
    cases[2].threshold_end = 3.0 * c.threshold;
    cases[3].schedule = "error-rate";
    cases[3].threshold = 2.5 * c.threshold;
    for (std::size_t i = 1; i < cases.size(); ++i) {
        cases[i].threshold_time = 3.3 * c.patterns;
    }
    return cases;
}

std::vector<Value> parameter_values(const PerceptronCase& c) {
    std::vector<Value> values;
    for (const Parameter& parameter : find_model("perceptron").parameters()) {
        values.push_back(parameter.fallback);
    }
    const auto set = [&](const char* name, Value value) {
        values[static_cast<std::size_t>(find_parameter(find_model("perceptron"), name))] = std::move(value);
    };
    set("seed", static_cast<std::int64_t>(c.seed));
    set("precision", std::string(c.single ? "single" : "double"));
    set("variant", c.variant);
    set("threshold", c.threshold);
    set("threshold_schedule", c.schedule);
    set("threshold_end", c.threshold_end);
    set("threshold_time", c.threshold_time);
    set("tau", c.tau > 0.0 ? c.tau : INFINITY);
    set("learning_rate", c.learning_rate);
    set("inputs", static_cast<std::int64_t>(c.inputs));
    set("patterns", static_cast<std::int64_t>(c.patterns));
    set("offset", c.offset);
    set("margin", c.margin);
    set("distribution_width", c.distribution_width);
    set("pathway_sizes", c.pathway_sizes);
    set("pathway_threshold_factors", c.pathway_factors);
    set("max_epochs", c.max_epochs);
    set("traced", c.traced);
    return values;
}

PerceptronSettings engine_settings(const PerceptronCase& c) {
    static const std::filesystem::path folder;
    return perceptron_settings(Trial(find_model("perceptron"), parameter_values(c), folder));
}

ReferencePerceptron reference_network(const PerceptronCase& c) {
    ReferencePerceptron network;
    network.inputs = c.inputs;
    network.n_patterns = c.patterns;
    const PatternSet set = PatternSet::random(c.seed, c.inputs, c.patterns, 0.5, 0.5);
    const PatternView view = set.view();
    for (int p = 0; p < c.patterns; ++p) {
        network.targets.push_back(view.targets[p]);
        for (int i = 0; i < c.inputs; ++i) {
            network.patterns.push_back(static_cast<std::int8_t>(
                view.signed_patterns[static_cast<std::size_t>(p) * static_cast<std::size_t>(view.row_stride) +
                                     static_cast<std::size_t>(i)] *
                view.targets[p]));
        }
    }
    network.variant = c.variant;
    network.threshold = c.threshold;
    network.schedule = c.schedule;
    network.threshold_end = c.threshold_end;
    network.threshold_time = c.threshold_time;
    network.decay = c.tau > 0.0 ? 1.0 - 1.0 / c.tau : 1.0;
    network.learning_rate = c.learning_rate;
    network.offset = c.offset;
    network.margin = c.margin;
    network.distribution_width = c.distribution_width;
    if (c.pathway_sizes != "0") {
        for (const std::string& size : list_items(c.pathway_sizes)) {
            network.pathway_sizes.push_back(std::stoi(size));
        }
        network.pathway_factors = real_items(c.pathway_factors);
    }
    network.max_epochs = c.max_epochs;
    return network;
}

}  // namespace syncache::test
