#include "host/models/policy.hpp"

#include <string_view>

namespace syncache {

Policy policy_of(std::string_view variant) {
    return variant == "local-local"        ? Policy::local_local
           : variant == "global-global"    ? Policy::global_global
           : variant.starts_with("local-") ? Policy::local_global
                                           : Policy::immediate;
}

}  // namespace syncache
