#pragma once

#include <string_view>

#include "kernels/caching/caching.hpp"

namespace syncache {

// The policy of a variant with a cache ("local-local", "global-global", or one synapse's trigger for a group:
// "local-global", "local-neuron", "local-layer"); of others, Policy::immediate.
Policy policy_of(std::string_view variant);

}  // namespace syncache
