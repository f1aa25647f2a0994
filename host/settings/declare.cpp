#include "host/settings/declare.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace syncache::declare {
namespace {

Parameter number(Parameter parameter, double minimum, double maximum, bool above_minimum) {
    parameter.minimum = minimum;
    parameter.maximum = maximum;
    parameter.above_minimum = above_minimum;
    return parameter;
}

}  // namespace

Parameter integer(std::string name, std::int64_t fallback, double minimum, double maximum, std::string description) {
    return number({std::move(name), Parameter::Type::integer, fallback, "", std::move(description)}, minimum, maximum,
                  false);
}

Parameter real(std::string name, double fallback, double minimum, double maximum, std::string unit,
               std::string description) {
    return number({std::move(name), Parameter::Type::real, fallback, std::move(unit), std::move(description)}, minimum,
                  maximum, false);
}

Parameter real_above(std::string name, double fallback, double minimum, double maximum, std::string unit,
                     std::string description) {
    return number({std::move(name), Parameter::Type::real, fallback, std::move(unit), std::move(description)}, minimum,
                  maximum, true);
}

Parameter boolean(std::string name, bool fallback, std::string description) {
    return {std::move(name), Parameter::Type::boolean, fallback, "", std::move(description)};
}

Parameter choice(std::string name, std::string fallback, std::vector<std::string> choices, std::string description) {
    Parameter parameter{std::move(name), Parameter::Type::choice, std::move(fallback), "", std::move(description)};
    parameter.choices = std::move(choices);
    return parameter;
}

Parameter file(std::string name, std::string description) {
    return {std::move(name), Parameter::Type::file, std::string(), "", std::move(description)};
}

Parameter files(std::string name, std::string description) {
    return {std::move(name), Parameter::Type::files, std::string(), "", std::move(description)};
}

Parameter integers(std::string name, std::string fallback, double minimum, double maximum, std::string description) {
    return number({std::move(name), Parameter::Type::integers, std::move(fallback), "", std::move(description)},
                  minimum, maximum, false);
}

Parameter optional_integers(std::string name, double minimum, double maximum, std::string description) {
    return later(integers(std::move(name), "", minimum, maximum, std::move(description)));
}

Parameter optional_reals(std::string name, double minimum, double maximum, bool above_minimum,
                         std::string description) {
    return later(number({std::move(name), Parameter::Type::reals, std::string(), "", std::move(description)}, minimum,
                        maximum, above_minimum));
}

Parameter later(Parameter parameter) {
    parameter.only_if_set = true;
    return parameter;
}

Parameter reals_above(std::string name, std::string fallback, double minimum, double maximum, std::string description) {
    return number({std::move(name), Parameter::Type::reals, std::move(fallback), "", std::move(description)}, minimum,
                  maximum, true);
}

}  // namespace syncache::declare
