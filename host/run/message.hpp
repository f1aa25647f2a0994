#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace syncache {

// Writes to standard error. Where that cannot be written (a log on a full disk, a terminal that has gone), nothing is
// said: a sweep goes on, and an exit code tells of a failure. Takes no memory.
void tell(std::string_view text) noexcept;

// The same, formatted as by fmt::print.
template <typename... T>
void tell(fmt::format_string<T...> format, T&&... values) {
    tell(std::string_view(fmt::format(format, std::forward<T>(values)...)));
}

}  // namespace syncache
