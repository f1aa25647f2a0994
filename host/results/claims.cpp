// Reading claims.toml.

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "host/results/verify.hpp"

namespace syncache {
namespace {

constexpr std::array<std::string_view, 9> claim_keys = {"id",   "claim",  "where",     "sql", "low",
                                                        "high", "reason", "if_failed", "form"};

// One [[claims]] table, with what its messages need.
struct Entry {
    const std::string& file;
    const toml::table& table;

    [[noreturn]] void fail(const toml::node& node, const std::string& message) const {
        throw std::invalid_argument(fmt::format("{}:{}: {}", file, node.source().begin.line, message));
    }

    std::string text(std::string_view key) const {
        const toml::node* node = table.get(key);
        if (node == nullptr) {
            fail(table, fmt::format("{}: is missing from this claim", key));
        }
        const auto value = node->value_exact<std::string>();
        if (!value || value->find_first_not_of(" \n\t") == std::string::npos) {
            fail(*node, fmt::format("{}: is empty or no text; allowed: a text", key));
        }
        return *value;
    }

    std::optional<double> bound(std::string_view key) const {
        const toml::node* node = table.get(key);
        if (node == nullptr) {
            return std::nullopt;
        }
        const auto value = node->is_number() ? node->value<double>() : std::nullopt;
        if (!value || !std::isfinite(*value)) {
            fail(*node, fmt::format("{}: is no finite number; allowed: a finite number, or leave it out", key));
        }
        return value;
    }

    Claim::Form form() const {
        if (table.get("form") == nullptr) {
            return Claim::Form::both;
        }
        const std::string word = text("form");
        if (word != "full" && word != "quick" && word != "both") {
            fail(*table.get("form"), fmt::format("form: found \"{}\"; allowed: \"full\", \"quick\", \"both\"", word));
        }
        return word == "full" ? Claim::Form::full : word == "quick" ? Claim::Form::quick : Claim::Form::both;
    }
};

Claim read_claim(const Entry& entry) {
    for (const auto& [key, node] : entry.table) {
        if (std::find(claim_keys.begin(), claim_keys.end(), key.str()) == claim_keys.end()) {
            entry.fail(node,
                       fmt::format("{}: is no key of a claim; allowed: {}", key.str(), fmt::join(claim_keys, ", ")));
        }
    }
    Claim claim;
    claim.id = entry.text("id");
    claim.claim = entry.text("claim");
    claim.where = entry.text("where");
    claim.sql = entry.text("sql");
    claim.reason = entry.text("reason");
    claim.if_failed = entry.table.contains("if_failed") ? entry.text("if_failed") : "";
    claim.low = entry.bound("low");
    claim.high = entry.bound("high");
    claim.form = entry.form();
    if (!claim.low && !claim.high) {
        entry.fail(entry.table, "low, high: both are missing from this claim; allowed: one of them, or both");
    }
    if (claim.low && claim.high && *claim.low > *claim.high) {
        entry.fail(*entry.table.get("low"), fmt::format("low: {} is above high, {}", *claim.low, *claim.high));
    }
    return claim;
}

toml::table parse(const std::filesystem::path& file) {
    if (!std::filesystem::is_regular_file(file)) {
        throw std::invalid_argument(fmt::format("{}: there is no such file", file.string()));
    }
    try {
        return toml::parse_file(file.string());
    } catch (const toml::parse_error& error) {
        throw std::invalid_argument(
            fmt::format("{}:{}: {}", file.string(), error.source().begin.line, error.description()));
    }
}

}  // namespace

std::vector<Claim> read_claims(const std::filesystem::path& file) {
    const toml::table root = parse(file);
    const std::string name = file.string();
    for (const auto& [key, node] : root) {
        if (key.str() != "claims") {
            Entry{name, root}.fail(node, fmt::format("{}: is no key of a claims file; allowed: [[claims]]", key.str()));
        }
    }
    const toml::array* entries = root["claims"].as_array();
    if (entries == nullptr || entries->empty()) {
        throw std::invalid_argument(fmt::format("{}:1: holds no [[claims]]", name));
    }
    std::vector<Claim> claims;
    std::set<std::string> ids;
    for (const toml::node& node : *entries) {
        if (!node.is_table()) {
            Entry{name, root}.fail(node, "claims: holds what is no table; allowed: [[claims]] tables");
        }
        const Entry entry{name, *node.as_table()};
        claims.push_back(read_claim(entry));
        if (!ids.insert(claims.back().id).second) {
            entry.fail(node, fmt::format("id: \"{}\" is used twice", claims.back().id));
        }
    }
    return claims;
}

}  // namespace syncache
