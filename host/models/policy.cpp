#include "host/models/policy.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace syncache {

Policy policy_of(std::string_view variant) {
    return variant == "local-local"        ? Policy::local_local
           : variant == "global-global"    ? Policy::global_global
           : variant.starts_with("local-") ? Policy::local_global
                                           : Policy::immediate;
}

std::span<const std::string_view> without_effect_in(std::string_view variant) {
    static constexpr std::array<std::string_view, 3> of_caching{"tau", "decay_form", "threshold"};
    return std::span(of_caching).first(variant == "none" ? 3u : variant == "l1" ? 2u : 0u);
}

bool is_without_effect_in(std::string_view variant, std::string_view name) {
    return std::ranges::count(without_effect_in(variant), name) > 0;
}

}  // namespace syncache
