#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Internal to host/: the TOML of an experiment file with the places of its keys. Included by .cpp files only.
namespace syncache {

// The table that --set overrides are kept in; it is the last of a recorded text.
constexpr std::string_view overrides_key = "overrides";

// A key of a table with its value and line.
struct TomlEntry {
    std::string key;
    const toml::node* node = nullptr;
    std::uint32_t line = 0;
};

// A parsed TOML text that can say where in it something stands.
class TomlDocument {
  public:
    // `overrides`: "key=value" texts of --set, written into the text's table [overrides]: the last of several for one
    // key counts. Throws std::invalid_argument "<origin>:<line>: ..." for what is not TOML, "--set ...: ..." for a bad
    // override.
    TomlDocument(std::string text, std::string origin, const std::vector<std::string>& overrides);

    const toml::table& root() const { return root_; }
    const std::string& text() const { return text_; }

    // Throws std::invalid_argument "<place>: <message>", one line; the place is "<origin>:<line>", or "--set <key>" for
    // a line that an override of the command line made.
    [[noreturn]] void fail(std::uint32_t line, std::string_view message) const;

  private:
    void add_overrides(const std::vector<std::string>& overrides);

    std::string text_;
    std::string origin_;
    toml::table root_;
    std::vector<std::pair<std::uint32_t, std::string>>
        override_lines_;  // first line of each override, its place in messages
};

// The keys of a table in the order of the file (toml++ keeps them sorted by name).
std::vector<TomlEntry> entries_in_order(const toml::table& table);

// The line of the file where a node starts.
std::uint32_t line_of(const toml::node& node);

// A node as messages show it: scalars as written, else "a list", "a table", "a date or time".
std::string found_text(const toml::node& node);

}  // namespace syncache
