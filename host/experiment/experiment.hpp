#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "host/models/model.hpp"

namespace syncache {

// One axis, or several that run together (`zip`): `values[k]` holds the settings of all `parameters` at step k.
struct Axis {
    std::vector<int> parameters;             // indices into Model::parameters()
    std::vector<std::vector<Value>> values;  // [step][parameter]
};

// A [[points]] entry: explicit settings over the fixed ones; crossed with the axes it does not set itself.
struct Point {
    std::vector<std::pair<int, Value>> settings;  // (index into Model::parameters(), value)
};

// Whether the point itself sets the parameter.
bool sets(const Point& point, int parameter);

// An experiment file as read (the contract is docs/experiment_files.md).
struct Experiment {
    std::string name;
    const Model* model = nullptr;
    std::filesystem::path folder;  // relative data paths start here
    std::vector<std::pair<int, Value>> fixed;
    std::vector<Axis> axes;  // in the order of the file: the first varies slowest
    std::vector<Point> points;
    std::vector<AccountingSetting> accounting;  // the product of the file's lists; at least one
    std::vector<std::string> record;
    // As a run records it: the file, with the --set overrides in a table [overrides] at its end, which parse_experiment
    // understands; parsed alone it gives the same experiment.
    std::string text;

    // What the simulation must tally for `accounting` and `record`.
    Tallies tallies() const;
};

// Whether it sets the parameter for any of its trials.
bool sets(const Experiment& experiment, int parameter);

// Reads an experiment file; `overrides` are "key=value" texts of --set: a parameter's or accounting key's name or
// `record`, which replaces its fixed value, axis or list, and what points say of it; lists as [1, 2], ranges as { from
// = 1, to = 9, step = 2 } (the TOML of the file; a bare word is a string). A list given for a parameter that is no axis
// of the file becomes one more axis, varying fastest. `known` are the models that the file can name. Throws
// std::invalid_argument with one line: "<file>:<line>: <key> = <found>; allowed: <...>", or "--set <key>: ...".
Experiment read_experiment(const std::filesystem::path& file, const std::vector<std::string>& overrides,
                           std::span<const Model* const> known = models());

// The same from text, for results files that recorded it (Experiment::text). `origin` names it in messages.
Experiment parse_experiment(const std::string& text, const std::filesystem::path& folder, const std::string& origin,
                            const std::vector<std::string>& overrides = {},
                            std::span<const Model* const> known = models());

}  // namespace syncache
