#include "host/experiment/experiment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "datasets/text_file.hpp"
#include "host/experiment/experiment_reader_impl.hpp"

namespace syncache {

bool sets(const Point& point, int parameter) {
    return std::ranges::any_of(point.settings, [=](const auto& setting) { return setting.first == parameter; });
}

bool sets(const Experiment& experiment, int parameter) {
    return std::ranges::any_of(experiment.fixed, [=](const auto& setting) { return setting.first == parameter; }) ||
           std::ranges::any_of(experiment.points, [=](const Point& point) { return sets(point, parameter); }) ||
           std::ranges::any_of(experiment.axes,
                               [=](const Axis& axis) { return std::ranges::count(axis.parameters, parameter) > 0; });
}

Tallies Experiment::tallies() const {
    Tallies tallies;
    tallies.pricings.clear();
    for (const AccountingSetting& setting : accounting) {
        if (std::ranges::count(tallies.pricings, setting.pricing) == 0) {
            tallies.pricings.push_back(setting.pricing);
        }
        tallies.persistent_sum = tallies.persistent_sum || setting.persistent_cost > 0.0;
    }
    tallies.record = record;
    return tallies;
}

Experiment read_experiment(const std::filesystem::path& file, const std::vector<std::string>& overrides,
                           std::span<const Model* const> known) {
    return parse_experiment(text_of_file(file), file.parent_path(), file.string(), overrides, known);
}

Experiment parse_experiment(const std::string& text, const std::filesystem::path& folder, const std::string& origin,
                            const std::vector<std::string>& overrides, std::span<const Model* const> known) {
    return ExperimentReader(TomlDocument(text, origin, overrides), known).read(folder);
}

}  // namespace syncache
