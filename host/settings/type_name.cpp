#include "host/settings/type_name.hpp"

#include <stdexcept>
#include <string_view>

#include "host/settings/parameter.hpp"

namespace syncache {

std::string_view type_name(Parameter::Type type) {
    switch (type) {
        case Parameter::Type::integer:
            return "integer";
        case Parameter::Type::real:
            return "real";
        case Parameter::Type::boolean:
            return "boolean";
        case Parameter::Type::text:
            return "text";
        case Parameter::Type::choice:
            return "choice";
        case Parameter::Type::file:
            return "file";
        case Parameter::Type::integers:
            return "integers";
        case Parameter::Type::reals:
            return "reals";
        case Parameter::Type::files:
            return "files";
    }
    throw std::logic_error("unknown type of parameter");
}

}  // namespace syncache
