#include "host/settings/value.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <type_traits>
#include <variant>

namespace syncache {
namespace {

template <class... Format>
std::string number_text(Format... format) {
    std::array<char, 64> buffer;  // the longest double has 24 characters
    const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), format...);
    return {buffer.data(), result.ptr};
}

}  // namespace

std::string to_text(const Value& value) {
    return std::visit(
        [](const auto& held) -> std::string {
            using Held = std::decay_t<decltype(held)>;
            if constexpr (std::is_same_v<Held, std::string>) {
                return held;
            } else if constexpr (std::is_same_v<Held, bool>) {
                return held ? "1" : "0";
            } else if constexpr (std::is_same_v<Held, double>) {
                return std::isnan(held) ? "nan" : number_text(held);  // to_chars would tell the sign of a NaN
            } else {
                return number_text(held);
            }
        },
        value);
}

std::string to_text_17(double value) {
    return std::isnan(value) ? "nan" : number_text(value, std::chars_format::general, 17);
}

}  // namespace syncache
