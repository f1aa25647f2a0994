#pragma once

#include <cstdint>
#include <string>
#include <variant>

namespace syncache {

// One setting of one parameter: what an experiment file can hold for it.
using Value = std::variant<bool, std::int64_t, double, std::string>;

// Canonical text of a value: equal values give equal text, different values different text. Booleans "0" and "1" (as in
// exported tables), integers in decimal, doubles in the shortest form that reads back to the same bits ("0.1", "1e-05",
// "inf"), strings as they are.
std::string to_text(const Value& value);

// A double with 17 significant digits ("0.10000000000000001"), the form of exported tables. "inf", "-inf", "nan".
std::string to_text_17(double value);

}  // namespace syncache
