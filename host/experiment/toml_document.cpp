#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/experiment/toml_document_impl.hpp"
#include "host/settings/parameter.hpp"

namespace syncache {
namespace {

std::string one_line(std::string_view text) {
    std::string line(text);
    std::ranges::replace(line, '\n', ' ');
    std::ranges::replace(line, '\r', ' ');
    return line;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view space = " \t";
    const auto begin = text.find_first_not_of(space);
    return begin == text.npos ? std::string_view{} : text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

std::uint32_t count_lines(std::string_view text) { return static_cast<std::uint32_t>(std::ranges::count(text, '\n')); }

toml::table parse(std::string_view text, std::string_view origin) {
    try {
        return toml::parse(text);
    } catch (const toml::parse_error& error) {
        throw std::invalid_argument(
            fmt::format("{}:{}: {}", origin, error.source().begin.line, one_line(error.description())));
    }
}

// One entry of the table [overrides], as its text has it.
struct Override {
    std::string key;
    std::string lines;  // "key = value\n"
    bool from_command_line = false;
};

bool is_bare_key(std::string_view key) {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    return !key.empty() && key.find_first_not_of(allowed) == key.npos;
}

// "seed=[1, 2]". What is not TOML is a string, as in variant=local-local, unless it starts like a list, table or
// string.
Override parse_override(const std::string& argument) {
    const auto equals = argument.find('=');
    const std::string key(trimmed(std::string_view(argument).substr(0, equals)));
    if (equals == argument.npos || !is_bare_key(key) || argument.find_first_of("\n\r") != argument.npos) {
        throw std::invalid_argument(fmt::format("--set {}; allowed: key=value, in one line", one_line(argument)));
    }
    const std::string value(trimmed(std::string_view(argument).substr(equals + 1)));
    try {
        [[maybe_unused]] const toml::table parsed = toml::parse("value = " + value);
        return {key, fmt::format("{} = {}\n", key, value), true};
    } catch (const toml::parse_error& error) {
        if (!value.empty() && std::string_view("[{\"'").find(value.front()) != std::string_view::npos) {
            throw std::invalid_argument(fmt::format("--set {}: {}", key, one_line(error.description())));
        }
    }
    std::ostringstream written;  // the formatter quotes the string
    written << toml::toml_formatter{toml::table{{key, value}}} << '\n';
    return {key, written.str(), true};
}

// Offset in `text` where a line, counted from 1, begins.
std::size_t line_offset(std::string_view text, std::uint32_t line) {
    std::size_t offset = 0;
    for (std::uint32_t i = 1; i < line; ++i) {
        const auto end = text.find('\n', offset);
        if (end == text.npos) {
            return text.size();
        }
        offset = end + 1;
    }
    return offset;
}

// Cuts the table [overrides] off the text. It must be the last table, as it is where a run records it.
std::vector<Override> take_overrides(std::string& text, const toml::table& root, const std::string& origin) {
    std::vector<Override> taken;
    const auto* const table = root.get_as<toml::table>(overrides_key);
    if (table == nullptr) {
        return taken;
    }
    const auto entries = entries_in_order(*table);
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const std::size_t begin = line_offset(text, entries[i].line);
        const std::size_t end = i + 1 < entries.size() ? line_offset(text, entries[i + 1].line) : text.size();
        taken.push_back({entries[i].key, text.substr(begin, end - begin)});
        if (taken.back().lines.empty() || taken.back().lines.back() != '\n') {
            taken.back().lines += '\n';
        }
    }
    std::string rest = text.substr(0, line_offset(text, line_of(*table)));
    toml::table expected = root;
    expected.erase(overrides_key);
    if (table->is_inline() || parse(rest, origin) != expected) {
        throw std::invalid_argument(
            fmt::format("{}:{}: {}; allowed: as the last table of the file", origin, line_of(*table), overrides_key));
    }
    text = std::move(rest);
    return taken;
}

}  // namespace

TomlDocument::TomlDocument(std::string text, std::string origin, const std::vector<std::string>& overrides)
    : text_(std::move(text)), origin_(std::move(origin)), root_(parse(text_, origin_)) {
    if (!overrides.empty()) {
        add_overrides(overrides);
        root_ = parse(text_, origin_);
    }
}

void TomlDocument::add_overrides(const std::vector<std::string>& overrides) {
    std::vector<Override> all = take_overrides(text_, root_, origin_);
    for (const std::string& argument : overrides) {
        Override given = parse_override(argument);
        std::erase_if(all, [&](const Override& old) { return old.key == given.key; });
        all.push_back(std::move(given));
    }
    if (!text_.empty() && text_.back() != '\n') {
        text_ += '\n';
    }
    text_ += fmt::format("[{}]\n", overrides_key);
    for (const Override& one : all) {
        const std::uint32_t line = count_lines(text_) + 1;
        override_lines_.emplace_back(
            line, one.from_command_line ? fmt::format("--set {}", one.key) : fmt::format("{}:{}", origin_, line));
        text_ += one.lines;
    }
}

void TomlDocument::fail(std::uint32_t line, std::string_view message) const {
    std::string place = fmt::format("{}:{}", origin_, line);
    for (const auto& [first_line, label] : override_lines_) {
        if (line >= first_line) {
            place = label;
        }
    }
    throw std::invalid_argument(fmt::format("{}: {}", place, message));
}

std::vector<TomlEntry> entries_in_order(const toml::table& table) {
    std::vector<std::pair<toml::source_position, TomlEntry>> placed;
    for (const auto& [key, node] : table) {
        const toml::source_position position = key.source().begin;
        placed.push_back({position, {std::string(key.str()), &node, position.line}});
    }
    std::ranges::stable_sort(placed, [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<TomlEntry> entries;
    std::ranges::transform(placed, std::back_inserter(entries), [](auto& one) { return std::move(one.second); });
    return entries;
}

std::uint32_t line_of(const toml::node& node) { return node.source().begin.line; }

std::string found_text(const toml::node& node) {
    if (node.is_array()) {
        return "a list";
    }
    if (node.is_table()) {
        return "a table";
    }
    if (const auto value = node.value_exact<bool>()) {
        return found_text(Value{*value});
    }
    if (const auto value = node.value_exact<std::int64_t>()) {
        return found_text(Value{*value});
    }
    if (const auto value = node.value_exact<double>()) {
        return found_text(Value{*value});
    }
    const auto value = node.value_exact<std::string>();
    return value ? found_text(Value{*value}) : "a date or time";
}

}  // namespace syncache
