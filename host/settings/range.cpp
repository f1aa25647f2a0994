#include "host/settings/range.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace syncache {
namespace {

[[noreturn]] void refuse(const Parameter& parameter, const char* part, const Value& found, const std::string& allowed) {
    throw std::invalid_argument(
        fmt::format("{}.{} = {}; allowed: {}", parameter.name, part, found_text(found), allowed));
}

void check_number_of_values(const Parameter& parameter, const char* part, const Value& found, double n_values) {
    if (!(n_values <= static_cast<double>(most_range_values))) {
        refuse(parameter, part, found, fmt::format("what makes at most {} values", most_range_values));
    }
}

// An end of the range as the parameter holds it; so far from overflow that the arithmetic between the ends has none.
Value checked_end(const Parameter& parameter, const char* part, const Value& value) {
    Parameter end = parameter;
    end.name = fmt::format("{}.{}", parameter.name, part);
    const Value result = checked(end, value);
    const auto* const real = std::get_if<double>(&result);
    if (real != nullptr && std::fabs(*real) > 1e300) {
        refuse(parameter, part, value, "a number of at most 1e300");
    }
    return result;
}

// The step in the parameter's own type, leading from `from` towards `to`.
template <class Number>
Number checked_step(const Parameter& parameter, const Value& found, Number from, Number to) {
    Parameter any;
    any.name = fmt::format("{}.step", parameter.name);
    any.type = parameter.type;
    const auto step = std::get<Number>(checked(any, found));
    const bool finite = std::isfinite(static_cast<double>(step));
    if (!finite || step == 0 || (from < to && step < 0) || (from > to && step > 0)) {
        refuse(parameter, "step", found,
               fmt::format("a finite number {} 0, as from = {} and to = {}",
                           from < to ? ">" : (from > to ? "<" : "other than"), found_text(from), found_text(to)));
    }
    return step;
}

std::vector<Value> integer_steps(const Parameter& parameter, std::int64_t from, std::int64_t to, const Value& found) {
    const auto step = checked_step(parameter, found, from, to);
    // Differences of 64-bit integers fit in 64 bits without a sign.
    const auto magnitude = [](std::int64_t high, std::int64_t low) {
        return static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
    };
    const std::uint64_t distance = magnitude(std::max(from, to), std::min(from, to));
    const std::uint64_t n_steps = distance / (step > 0 ? magnitude(step, 0) : magnitude(0, step));
    check_number_of_values(parameter, "step", found, static_cast<double>(n_steps) + 1.0);
    std::vector<Value> values;
    for (std::int64_t k = 0; k <= static_cast<std::int64_t>(n_steps); ++k) {
        // Unsigned, because k * step alone may be too large for the signed type.
        values.emplace_back(static_cast<std::int64_t>(
            static_cast<std::uint64_t>(from) + static_cast<std::uint64_t>(k) * static_cast<std::uint64_t>(step)));
    }
    return values;
}

std::vector<Value> real_steps(const Parameter& parameter, double from, double to, const Value& found) {
    const auto step = checked_step(parameter, found, from, to);
    constexpr double slack = 1e-9;  // of a step: what rounding of from, to and step may cost
    const double distance = (to - from) / step;
    const double n_steps = std::floor(distance + slack);
    check_number_of_values(parameter, "step", found, n_steps + 1.0);
    std::vector<Value> values;
    for (std::int64_t k = 0; k <= static_cast<std::int64_t>(n_steps); ++k) {
        values.emplace_back(from + static_cast<double>(k) * step);
    }
    if (std::fabs(distance - n_steps) <= slack) {
        values.back() = to;
    }
    return values;
}

// The number with 12 digits: what a person would type where rounding made 7.9999999999999991 of 8.
double as_typed(double value) {
    constexpr int digits = 12;
    std::array<char, 32> text;
    const auto written =
        std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific, digits - 1);
    std::from_chars(text.data(), written.ptr, value);
    return value;
}

// `count` numbers from `from` to `to`, both exact.
std::vector<double> spread(double from, double to, std::int64_t count, bool logarithmic) {
    std::vector<double> values;
    const auto n_steps = static_cast<double>(count - 1);
    // Base 10, so that decades come out as the powers of ten that one would write.
    const double low = logarithmic ? std::log10(from) : from;
    const double high = logarithmic ? std::log10(to) : to;
    for (std::int64_t k = 0; k < count; ++k) {
        const auto part = static_cast<double>(k);
        const double position = n_steps > 0.0 ? (low * (n_steps - part) + high * part) / n_steps : low;
        values.push_back(logarithmic ? as_typed(std::pow(10.0, position)) : position);
    }
    values.front() = from;
    values.back() = to;
    return values;
}

double as_double(const Value& number) {
    const auto* const integer = std::get_if<std::int64_t>(&number);
    return integer != nullptr ? static_cast<double>(*integer) : std::get<double>(number);
}

std::vector<Value> counted(const Parameter& parameter, const Value& from, const Value& to, const Range& range) {
    const std::int64_t count = *range.count;
    if (count < 1 || count > most_range_values) {
        refuse(parameter, "count", count, fmt::format("an integer >= 1 and <= {}", most_range_values));
    }
    if (count == 1 && from != to) {
        refuse(parameter, "count", count, "an integer >= 2 where from and to differ");
    }
    if (range.logarithmic && !(as_double(from) > 0.0)) {
        refuse(parameter, "from", from, "a number > 0 on a logarithmic scale");
    }
    if (range.logarithmic && !(as_double(to) > 0.0)) {
        refuse(parameter, "to", to, "a number > 0 on a logarithmic scale");
    }
    const auto numbers = spread(as_double(from), as_double(to), count, range.logarithmic);
    std::vector<Value> values(numbers.begin(), numbers.end());
    if (parameter.type == Parameter::Type::integer) {
        std::ranges::transform(numbers, values.begin(),
                               [](double number) { return std::int64_t{std::llround(number)}; });
        values.front() = from;
        values.back() = to;
        const auto repeated = std::ranges::unique(values);
        values.erase(repeated.begin(), repeated.end());
    }
    return values;
}

}  // namespace

std::vector<Value> range_values(const Parameter& parameter, const Range& range) {
    if (parameter.type == Parameter::Type::integers || parameter.type == Parameter::Type::reals) {
        Parameter item = parameter;
        item.type = parameter.type == Parameter::Type::integers ? Parameter::Type::integer : Parameter::Type::real;
        std::vector<Value> values = range_values(item, range);
        std::ranges::transform(values, values.begin(), [&](const Value& value) { return checked(parameter, value); });
        return values;
    }
    if (parameter.type != Parameter::Type::integer && parameter.type != Parameter::Type::real) {
        throw std::invalid_argument(
            fmt::format("{} = a range; allowed: a list, each {}", parameter.name, allowed_text(parameter)));
    }
    const Value from = checked_end(parameter, "from", range.from);
    const Value to = checked_end(parameter, "to", range.to);
    std::vector<Value> values;
    if (!range.step) {
        values = counted(parameter, from, to, range);
    } else if (parameter.type == Parameter::Type::integer) {
        values = integer_steps(parameter, std::get<std::int64_t>(from), std::get<std::int64_t>(to), *range.step);
    } else {
        values = real_steps(parameter, std::get<double>(from), std::get<double>(to), *range.step);
    }
    std::ranges::transform(values, values.begin(), [&](const Value& value) { return checked(parameter, value); });
    return values;
}

}  // namespace syncache
