#pragma once

#include <string_view>

#include "host/settings/parameter.hpp"

namespace syncache {

// A type's name in results files, which exports need to turn a trial's text back into values, and in Python: "integer",
// "real", "boolean", "text", "choice", "file", and the lists "integers", "reals", "files".
std::string_view type_name(Parameter::Type type);

}  // namespace syncache
