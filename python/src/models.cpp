// The models and their parameters, for Python.

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <vector>

#include "host/models/model.hpp"
#include "host/settings/parameter.hpp"
#include "host/settings/type_name.hpp"
#include "python/src/bindings.hpp"

namespace syncache::python {
namespace {

nb::dict dict_of(const Parameter& parameter) {
    nb::dict dict;
    dict["name"] = parameter.name;
    dict["type"] = type_name(parameter.type);
    dict["default"] = parameter.fallback;
    dict["unit"] = parameter.unit;
    dict["allowed"] = allowed_text(parameter);
    dict["description"] = parameter.description;
    dict["choices"] = parameter.choices;
    return dict;
}

nb::dict dict_of(const Model& model) {
    nb::list parameters;
    for (const Parameter& parameter : model.parameters()) {
        parameters.append(dict_of(parameter));
    }
    nb::dict dict;
    dict["name"] = model.name();
    dict["description"] = model.description();
    dict["parameters"] = parameters;
    dict["record"] = std::vector<std::string>(model.recordable().begin(), model.recordable().end());
    dict["columns"] = std::vector<std::string>(model.extra_columns().begin(), model.extra_columns().end());
    return dict;
}

}  // namespace

void add_models(nb::module_& module) {
    module.def(
        "models",
        [] {
            nb::list all;
            for (const Model* model : models()) {
                all.append(dict_of(*model));
            }
            return all;
        },
        nb::sig("def models() -> list[dict[str, typing.Any]]"), "All models, each with its parameters.");
}

}  // namespace syncache::python
