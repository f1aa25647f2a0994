#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "host/settings/value.hpp"

namespace syncache {

// One parameter of a model, by the name it has in experiment files and as a column of exports (model.md, section 7).
struct Parameter {
    // Lists are held as text with commas between the items: integers "100,50", reals "1,0.5", files "a.idx2,b.idx2"
    // (names without commas). An experiment file may write them as arrays, hidden = [100, 50], or, of one item, as that
    // item alone.
    enum class Type { integer, real, boolean, text, choice, file, integers, reals, files };

    std::string name;
    Type type = Type::real;
    Value fallback;    // the value where an experiment does not set it; its alternative matches `type`
    std::string unit;  // "" for pure numbers
    std::string description;
    // Allowed range of integer and real parameters: minimum <= value <= maximum, or minimum < value if `above_minimum`.
    // A NaN is never allowed; an infinity only where the bound is infinite too.
    double minimum = -std::numeric_limits<double>::infinity();
    double maximum = std::numeric_limits<double>::infinity();
    bool above_minimum = false;
    std::vector<std::string> choices{};  // the allowed words of a choice
    // Says what is recorded, or is of a later version whose default is what was before: neither the identity of a trial
    // nor a table knows of it where an experiment does not set it.
    bool only_if_set = false;
};

inline bool is_list(const Parameter& parameter) {
    using Type = Parameter::Type;
    return parameter.type == Type::integers || parameter.type == Type::reals || parameter.type == Type::files;
}

// The value as this parameter holds it: an integer given for a real becomes a double.
// Throws std::invalid_argument "<name> = <found>; allowed: <what is allowed>" for a wrong type, range or word.
Value checked(const Parameter& parameter, const Value& value);

// A value as messages show it, in the way that experiment files write it: true, 3, 3.0, inf, "local-local".
std::string found_text(const Value& value);

// What is allowed for the parameter, in words: "a number >= 0", "one of none, local-local", "true or false".
std::string allowed_text(const Parameter& parameter);

// The items of a list's text, "a,b"; none for "".
std::vector<std::string> list_items(std::string_view text);

// The same of a list of reals, or of integers, as numbers.
std::vector<double> real_items(std::string_view text);
std::vector<std::int64_t> integer_items(std::string_view text);

// Reads a command-line text as a value of this parameter. Throws like `checked`.
Value parse_value(const Parameter& parameter, std::string_view text);

}  // namespace syncache
