#include "host/run/message.hpp"

#include <cstdio>
#include <string_view>

namespace syncache {

void tell(std::string_view text) noexcept {
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
}

}  // namespace syncache
