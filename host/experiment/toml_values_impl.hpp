#pragma once

#include <vector>

#include "host/experiment/toml_document_impl.hpp"
#include "host/settings/parameter.hpp"

// Internal to host/: values of parameters from TOML. Included by .cpp files only.
namespace syncache {

// One value, as `parameter` holds it: a scalar, or an array where the parameter is a list. Throws std::invalid_argument
// "<place>: <parameter> = <found>; allowed: ...".
Value scalar_value(const TomlDocument& document, const Parameter& parameter, const toml::node& node);

// The values of a list or of a range ({ from, to, step } or { from, to, count, scale }), or of a scalar alone; at least
// one. Throws as above, also for unknown keys of a range.
std::vector<Value> listed_values(const TomlDocument& document, const Parameter& parameter, const toml::node& node);

}  // namespace syncache
