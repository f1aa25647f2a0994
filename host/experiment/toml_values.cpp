#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "host/experiment/toml_values_impl.hpp"
#include "host/settings/range.hpp"
#include "host/settings/suggestion.hpp"

namespace syncache {
namespace {

// The value of a scalar of the types that parameters have.
std::optional<Value> plain_value(const toml::node& node) {
    if (const auto value = node.value_exact<bool>()) {
        return *value;
    }
    if (const auto value = node.value_exact<std::int64_t>()) {
        return *value;
    }
    if (const auto value = node.value_exact<double>()) {
        return *value;
    }
    if (auto value = node.value_exact<std::string>()) {
        return std::move(*value);
    }
    return std::nullopt;
}

bool is_item(const Parameter& parameter, const Value& value) {
    if (parameter.type == Parameter::Type::files) {
        const auto* const name = std::get_if<std::string>(&value);
        return name != nullptr && name->find(',') == std::string::npos;
    }
    return std::holds_alternative<std::int64_t>(value) ||
           (parameter.type == Parameter::Type::reals && std::holds_alternative<double>(value));
}

// An array of scalars as the text that list parameters hold: "100,50"; nothing for other nodes and parameters.
std::optional<Value> list_value(const Parameter& parameter, const toml::node& node) {
    const auto* const array = node.as_array();
    if (!is_list(parameter) || array == nullptr) {
        return std::nullopt;
    }
    std::string text;
    for (const toml::node& element : *array) {
        const auto item = plain_value(element);
        if (!item || !is_item(parameter, *item)) {
            return std::nullopt;
        }
        text += fmt::format("{}{}", &element == array->get(0) ? "" : ",", to_text(*item));
    }
    return text;
}

// Calls `make` and puts the place before what it throws.
template <class Make>
auto at_line(const TomlDocument& document, std::uint32_t line, const Make& make) {
    try {
        return make();
    } catch (const std::invalid_argument& error) {
        document.fail(line, error.what());
    }
}

// A number in a range, not yet checked against the parameter.
Value range_part(const TomlDocument& document, const Parameter& parameter, const TomlEntry& entry) {
    const auto part = plain_value(*entry.node);
    if (!part) {
        document.fail(entry.line,
                      fmt::format("{}.{} = {}; allowed: a number", parameter.name, entry.key, found_text(*entry.node)));
    }
    return *part;
}

std::int64_t range_count(const TomlDocument& document, const Parameter& parameter, const TomlEntry& entry) {
    Parameter count;
    count.name = fmt::format("{}.count", parameter.name);
    count.type = Parameter::Type::integer;
    count.minimum = 1;
    count.maximum = static_cast<double>(most_range_values);
    return std::get<std::int64_t>(scalar_value(document, count, *entry.node));
}

bool is_logarithmic(const TomlDocument& document, const Parameter& parameter, const TomlEntry& entry) {
    Parameter scale;
    scale.name = fmt::format("{}.scale", parameter.name);
    scale.type = Parameter::Type::choice;
    scale.choices = {"linear", "log"};
    return std::get<std::string>(scalar_value(document, scale, *entry.node)) == "log";
}

std::vector<Value> values_of_range(const TomlDocument& document, const Parameter& parameter, const toml::table& node) {
    std::optional<Value> from;
    std::optional<Value> to;
    Range range;
    bool has_scale = false;
    for (const TomlEntry& entry : entries_in_order(node)) {
        if (entry.key == "from") {
            from = range_part(document, parameter, entry);
        } else if (entry.key == "to") {
            to = range_part(document, parameter, entry);
        } else if (entry.key == "step") {
            range.step = range_part(document, parameter, entry);
        } else if (entry.key == "count") {
            range.count = range_count(document, parameter, entry);
        } else if (entry.key == "scale") {
            range.logarithmic = is_logarithmic(document, parameter, entry);
            has_scale = true;
        } else {
            const std::vector<std::string> keys{"from", "to", "step", "count", "scale"};
            document.fail(entry.line,
                          fmt::format("{}.{}: unknown key of a range; {}allowed: from, to, step, count, scale",
                                      parameter.name, entry.key, did_you_mean(entry.key, keys)));
        }
    }
    const bool counts = parameter.type == Parameter::Type::integer || parameter.type == Parameter::Type::integers;
    const bool is_step_given = range.step || counts;
    if (!from || !to || (range.step && range.count) || !(is_step_given || range.count) || (!range.count && has_scale)) {
        document.fail(line_of(node), fmt::format("{} = a table; allowed: {}{{ from, to, step }} or {{ from, to, count, "
                                                 "scale = \"log\" | \"linear\" }}",
                                                 parameter.name, counts ? "{ from, to }, " : ""));
    }
    range.from = *from;
    range.to = *to;
    if (!range.step && !range.count) {
        range.step = std::int64_t{*from <= *to ? 1 : -1};
    }
    return at_line(document, line_of(node), [&] { return range_values(parameter, range); });
}

}  // namespace

Value scalar_value(const TomlDocument& document, const Parameter& parameter, const toml::node& node) {
    auto plain = plain_value(node);
    plain = plain ? plain : list_value(parameter, node);
    if (!plain) {
        document.fail(line_of(node),
                      fmt::format("{} = {}; allowed: {}", parameter.name, found_text(node), allowed_text(parameter)));
    }
    return at_line(document, line_of(node), [&] { return checked(parameter, *plain); });
}

std::vector<Value> listed_values(const TomlDocument& document, const Parameter& parameter, const toml::node& node) {
    if (const auto* const table = node.as_table()) {
        return values_of_range(document, parameter, *table);
    }
    std::vector<Value> values;
    const auto* const list = node.as_array();
    if (list == nullptr) {
        values.push_back(scalar_value(document, parameter, node));
        return values;
    }
    for (const toml::node& element : *list) {
        values.push_back(scalar_value(document, parameter, element));
    }
    if (values.empty()) {
        document.fail(line_of(node), fmt::format("{} = []; allowed: at least one value", parameter.name));
    }
    return values;
}

}  // namespace syncache
