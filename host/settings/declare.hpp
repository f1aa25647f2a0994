#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/settings/parameter.hpp"

// Short forms for the parameters that models declare. Numbers: minimum <= value <= maximum.
namespace syncache::declare {

// A whole number without a unit.
Parameter integer(std::string name, std::int64_t fallback, double minimum, double maximum, std::string description);

// unit: "" for pure numbers. The largest double as maximum excludes infinity.
Parameter real(std::string name, double fallback, double minimum, double maximum, std::string unit,
               std::string description);

// The same with minimum < value.
Parameter real_above(std::string name, double fallback, double minimum, double maximum, std::string unit,
                     std::string description);

// true or false.
Parameter boolean(std::string name, bool fallback, std::string description);

// One of some words.
Parameter choice(std::string name, std::string fallback, std::vector<std::string> choices, std::string description);

// A data file, or a list of them; none by default.
Parameter file(std::string name, std::string description);
Parameter files(std::string name, std::string description);

// Lists of one number or more, each within the bounds. fallback: the list's text, "100" or "100,50".
Parameter integers(std::string name, std::string fallback, double minimum, double maximum, std::string description);
Parameter reals_above(std::string name, std::string fallback, double minimum, double maximum, std::string description);

// Lists of integers or reals that are empty where an experiment does not set them, and then known to nobody
// (Parameter::only_if_set). Reals: minimum <= value, or minimum < value if above_minimum.
Parameter optional_integers(std::string name, double minimum, double maximum, std::string description);
Parameter optional_reals(std::string name, double minimum, double maximum, bool above_minimum, std::string description);

// A parameter of later versions: where an experiment does not set it, nobody knows of it (Parameter::only_if_set).
Parameter later(Parameter parameter);

}  // namespace syncache::declare
