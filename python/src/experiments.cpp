// Experiments, for Python: a text of TOML and the folder where its relative paths start.

#include <nanobind/nanobind.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/set.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "host/experiment/experiment.hpp"
#include "host/experiment/sweep.hpp"
#include "python/src/bindings.hpp"

namespace syncache::python {
namespace {

// The data files that it names, relative to its folder.
std::set<std::string> relative_files(const Experiment& experiment) {
    std::set<std::string> files;
    const auto look = [&](int index, const Value& value) {
        const Parameter& parameter = experiment.model->parameters()[static_cast<std::size_t>(index)];
        if (parameter.type != Parameter::Type::file && parameter.type != Parameter::Type::files) {
            return;
        }
        for (const std::string& name : list_items(std::get<std::string>(value))) {
            if (std::filesystem::path(name).is_relative()) {
                files.insert(name);
            }
        }
    };
    for (const auto& [index, value] : experiment.fixed) {
        look(index, value);
    }
    for (const Axis& axis : experiment.axes) {
        for (const auto& step : axis.values) {
            for (std::size_t k = 0; k < step.size(); ++k) {
                look(axis.parameters[k], step[k]);
            }
        }
    }
    for (const Point& point : experiment.points) {
        for (const auto& [index, value] : point.settings) {
            look(index, value);
        }
    }
    return files;
}

nb::dict parse(const std::string& text, const std::filesystem::path& folder, const std::string& origin,
               const std::vector<std::string>& overrides) {
    const Experiment experiment = parse_experiment(text, folder, origin, overrides);
    nb::dict dict;
    dict["name"] = experiment.name;
    dict["model"] = std::string(experiment.model->name());
    dict["trials"] = Sweep(experiment).size();
    dict["text"] = experiment.text;
    dict["files"] = relative_files(experiment);
    return dict;
}

}  // namespace

void add_experiments(nb::module_& module) {
    module.def(
        "parse", parse, nb::arg("text"), nb::arg("folder"), nb::arg("origin"), nb::arg("overrides"),
        nb::sig("def parse(text: str, folder: str | os.PathLike[str], origin: str, overrides: "
                "collections.abc.Sequence[str]) -> dict[str, typing.Any]"),
        "Reads an experiment: its name, model, number of trials, its text with the overrides, and the data files "
        "that it names by relative paths.");
}

}  // namespace syncache::python
