#pragma once

#include <span>
#include <string_view>

#include "host/settings/parameter.hpp"

namespace syncache {

// What a trial is made of: the name of its kind of network and that kind's parameters. A Model (host/models/model.hpp)
// is one that can be trained, too.
class Schema {
  public:
    virtual ~Schema() = default;

    // As experiment files name it.
    virtual std::string_view name() const = 0;

    // All parameters, in the order of the columns of exports. The first is `seed`.
    virtual std::span<const Parameter> parameters() const = 0;
};

// Index of a parameter by name, or -1.
int find_parameter(const Schema& schema, std::string_view name);

}  // namespace syncache
