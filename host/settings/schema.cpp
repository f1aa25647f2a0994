#include "host/settings/schema.hpp"

#include <algorithm>
#include <string_view>

namespace syncache {

int find_parameter(const Schema& schema, std::string_view name) {
    const auto parameters = schema.parameters();
    const auto found = std::ranges::find(parameters, name, &Parameter::name);
    return found == parameters.end() ? -1 : static_cast<int>(found - parameters.begin());
}

}  // namespace syncache
