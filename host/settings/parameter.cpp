#include "host/settings/parameter.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>
#include <vector>

namespace syncache {
namespace {

using Type = Parameter::Type;

[[noreturn]] void refuse(const Parameter& parameter, std::string_view found) {
    throw std::invalid_argument(fmt::format("{} = {}; allowed: {}", parameter.name, found, allowed_text(parameter)));
}

bool within(const Parameter& parameter, double value) {
    const bool above = parameter.above_minimum ? value > parameter.minimum : value >= parameter.minimum;
    return above && value <= parameter.maximum;  // false for a NaN
}

// An integer's bounds are written in full, 10000000 rather than 1e+07.
std::string bound_text(const Parameter& parameter, double bound) {
    return parameter.type == Type::integer ? fmt::format("{:.0f}", bound) : to_text(bound);
}

// The bounds of a number in words: ">= 1", "> 0 and <= 1"; empty if there are none.
std::string bounds_text(const Parameter& parameter) {
    constexpr double largest = std::numeric_limits<double>::max();
    std::vector<std::string> bounds;
    if (parameter.minimum > -largest) {
        bounds.push_back(
            fmt::format("{} {}", parameter.above_minimum ? ">" : ">=", bound_text(parameter, parameter.minimum)));
    }
    if (parameter.maximum < largest) {
        bounds.push_back(fmt::format("<= {}", bound_text(parameter, parameter.maximum)));
    }
    return bounds.empty() ? "" : fmt::format(" {}", fmt::join(bounds, " and "));
}

// Whether a bound keeps infinity out without saying so, as `maximum` = largest double does.
bool only_finite(const Parameter& parameter) {
    constexpr double largest = std::numeric_limits<double>::max();
    return parameter.maximum == largest || parameter.minimum == -largest;
}

template <class Number>
std::optional<Value> number_from(std::string_view text) {
    Number number{};
    const char* const end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, number);
    if (result.ec != std::errc{} || result.ptr != end) {
        return std::nullopt;
    }
    return Value{number};
}

std::optional<Value> boolean_from(std::string_view text) {
    if (text == "true" || text == "1") {
        return true;
    }
    if (text == "false" || text == "0") {
        return false;
    }
    return std::nullopt;
}

// "100,50" from a list's text or one number.
template <class Number>
std::string checked_numbers(const Parameter& parameter, const Value& value) {
    if (std::holds_alternative<std::int64_t>(value) || std::holds_alternative<Number>(value)) {
        return checked_numbers<Number>(parameter, to_text(value));
    }
    const auto* const text = std::get_if<std::string>(&value);
    if (text == nullptr || text->empty()) {
        refuse(parameter, found_text(value));
    }
    std::string canonical;
    for (std::string item : list_items(*text)) {
        std::erase(item, ' ');
        const auto number = number_from<Number>(item);
        if (!number || !within(parameter, static_cast<double>(std::get<Number>(*number)))) {
            refuse(parameter, found_text(value));
        }
        canonical += fmt::format("{}{}", canonical.empty() ? "" : ",", to_text(*number));
    }
    return canonical;
}

}  // namespace

Value checked(const Parameter& parameter, const Value& value) {
    const auto fail = [&] {
        const auto* const text = std::get_if<std::string>(&value);
        const bool is_number = text != nullptr && (number_from<std::int64_t>(*text) || number_from<double>(*text));
        if (is_number && (parameter.type == Type::integer || parameter.type == Type::real)) {
            throw std::invalid_argument(fmt::format("{0} = \"{1}\"; allowed: {2}, without quotes: {0} = {1}",
                                                    parameter.name, *text, allowed_text(parameter)));
        }
        refuse(parameter, found_text(value));
    };
    switch (parameter.type) {
        case Type::integer: {
            const auto* const integer = std::get_if<std::int64_t>(&value);
            if (integer == nullptr || !within(parameter, static_cast<double>(*integer))) {
                fail();
            }
            return value;
        }
        case Type::real: {
            const auto* const integer = std::get_if<std::int64_t>(&value);
            const auto* const real = std::get_if<double>(&value);
            if (integer == nullptr && real == nullptr) {
                fail();
            }
            const double number = integer != nullptr ? static_cast<double>(*integer) : *real;
            if (!within(parameter, number)) {
                fail();
            }
            return number + 0.0;  // a negative zero becomes 0, so that equal settings have one text
        }
        case Type::boolean:
            if (!std::holds_alternative<bool>(value)) {
                fail();
            }
            return value;
        case Type::integers:
            return checked_numbers<std::int64_t>(parameter, value);
        case Type::reals:
            return checked_numbers<double>(parameter, value);
        case Type::text:
        case Type::file:
        case Type::files:
        case Type::choice:
            break;
    }
    const auto* const text = std::get_if<std::string>(&value);
    if (text == nullptr || (parameter.type == Type::choice && std::ranges::count(parameter.choices, *text) == 0)) {
        fail();
    }
    return value;
}

std::string found_text(const Value& value) {
    if (const auto* const boolean = std::get_if<bool>(&value)) {
        return *boolean ? "true" : "false";
    }
    if (const auto* const text = std::get_if<std::string>(&value)) {
        return fmt::format("\"{}\"", *text);
    }
    const std::string number = to_text(value);
    // A real that looks like an integer says that it is none: 3.0 for an integer is a mistake worth seeing.
    const bool plain = std::holds_alternative<double>(value) && number.find_first_not_of("-0123456789") == number.npos;
    return plain ? number + ".0" : number;
}

std::string allowed_text(const Parameter& parameter) {
    switch (parameter.type) {
        case Type::integer:
            return "an integer" + bounds_text(parameter);
        case Type::real:
        case Type::reals:
            return fmt::format("{}{}{}", only_finite(parameter) ? "a finite number" : "a number",
                               bounds_text(parameter), parameter.type == Type::reals ? ", or a list of them" : "");
        case Type::boolean:
            return "true or false";
        case Type::choice:
            return fmt::format("one of {}", fmt::join(parameter.choices, ", "));
        case Type::text:
            return "a string";
        case Type::integers:
            return fmt::format("an integer{0}, or a list of them", bounds_text(parameter));
        case Type::files:
            return "a list of file names without commas";
        case Type::file:
            break;
    }
    return "a file name";
}

std::vector<std::string> list_items(std::string_view text) {
    std::vector<std::string> items;
    for (std::size_t begin = 0; !text.empty() && begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        items.emplace_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return items;
}

std::vector<double> real_items(std::string_view text) {
    std::vector<double> numbers;
    for (const std::string& item : list_items(text)) {
        numbers.push_back(std::get<double>(*number_from<double>(item)));
    }
    return numbers;
}

std::vector<std::int64_t> integer_items(std::string_view text) {
    std::vector<std::int64_t> numbers;
    for (const std::string& item : list_items(text)) {
        numbers.push_back(std::get<std::int64_t>(*number_from<std::int64_t>(item)));
    }
    return numbers;
}

Value parse_value(const Parameter& parameter, std::string_view text) {
    std::optional<Value> value;
    switch (parameter.type) {
        case Type::integer:
            value = number_from<std::int64_t>(text);
            break;
        case Type::real:
            value = number_from<double>(text);
            break;
        case Type::boolean:
            value = boolean_from(text);
            break;
        case Type::text:
        case Type::choice:
        case Type::file:
        case Type::integers:
        case Type::reals:
        case Type::files:
            value = std::string(text);
            break;
    }
    if (!value) {
        refuse(parameter, fmt::format("\"{}\"", text));
    }
    return checked(parameter, *value);
}

}  // namespace syncache
