#pragma once

#include <span>
#include <string_view>

#include "kernels/caching/caching.hpp"

namespace syncache {

// The policy of a variant with a cache ("local-local", "global-global", or one synapse's trigger for a group:
// "local-global", "local-neuron", "local-layer"); of others, Policy::immediate.
Policy policy_of(std::string_view variant);

// What caching alone uses, and so has no effect with a variant: threshold, tau and decay_form with "none"; tau and
// decay_form with "l1", whose threshold is the size of its regularisation.
std::span<const std::string_view> without_effect_in(std::string_view variant);
// Whether a parameter is one of them.
bool is_without_effect_in(std::string_view variant, std::string_view name);

}  // namespace syncache
