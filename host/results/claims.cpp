// Reading claims.toml.

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/text_file.hpp"
#include "host/results/verify.hpp"

namespace syncache {
namespace {

constexpr std::array<std::string_view, 10> claim_keys = {"id",   "claim",  "where",     "sql",  "low",
                                                         "high", "reason", "deviation", "form", "origin"};
constexpr std::array<std::string_view, 3> deviation_keys = {"low", "high", "why"};

// One [[claims]] table, or the table of its deviation, with what messages need.
struct Entry {
    const std::string& file;
    const toml::table& table;
    const char* what = "claim";

    [[noreturn]] void fail(const toml::node& node, const std::string& message) const {
        throw std::invalid_argument(fmt::format("{}:{}: {}", file, node.source().begin.line, message));
    }

    std::string text(std::string_view key) const {
        const toml::node* node = table.get(key);
        if (node == nullptr) {
            fail(table, fmt::format("{}: is missing from this {}", key, what));
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

    Band band() const {
        const Band band{bound("low"), bound("high")};
        if (!band.low && !band.high) {
            fail(table, fmt::format("low, high: both are missing from this {}; allowed: one of them, or both", what));
        }
        if (band.low && band.high && *band.low > *band.high) {
            fail(*table.get("low"), fmt::format("low: {} is above high, {}", *band.low, *band.high));
        }
        return band;
    }

    // The place of the key's word among those allowed; 0 without the key.
    std::size_t choice(std::string_view key, std::initializer_list<std::string_view> words) const {
        if (table.get(key) == nullptr) {
            return 0;
        }
        const std::string word = text(key);
        const auto found = std::find(words.begin(), words.end(), word);
        if (found == words.end()) {
            fail(*table.get(key),
                 fmt::format("{}: found \"{}\"; allowed: \"{}\"", key, word, fmt::join(words, "\", \"")));
        }
        return static_cast<std::size_t>(found - words.begin());
    }

    template <class Keys>
    void refuse_unknown(const Keys& keys) const {
        for (const auto& [key, node] : table) {
            if (std::find(keys.begin(), keys.end(), key.str()) == keys.end()) {
                fail(node, fmt::format("{}: is no key of a {}; allowed: {}", key.str(), what, fmt::join(keys, ", ")));
            }
        }
    }
};

bool meet(const Band& a, const Band& b) {
    const auto ends_below = [](const Band& one, const Band& other) {
        return one.high && other.low && *one.high < *other.low;
    };
    return !ends_below(a, b) && !ends_below(b, a);
}

std::optional<Deviation> read_deviation(const Entry& claim, const Band& claimed) {
    const toml::node* const node = claim.table.get("deviation");
    if (node == nullptr) {
        return std::nullopt;
    }
    if (!node->is_table()) {
        claim.fail(*node, "deviation: is no table; allowed: { low, high, why }");
    }
    const Entry entry{claim.file, *node->as_table(), "deviation"};
    entry.refuse_unknown(deviation_keys);
    Deviation deviation{entry.band(), entry.text("why")};
    if (meet(deviation.band, claimed)) {
        claim.fail(*node, fmt::format("deviation: its band, {}, meets the claim's, {}; allowed: bands apart",
                                      band_text(deviation.band), band_text(claimed)));
    }
    return deviation;
}

Claim read_claim(const Entry& entry) {
    entry.refuse_unknown(claim_keys);
    Claim claim;
    claim.id = entry.text("id");
    claim.claim = entry.text("claim");
    claim.where = entry.text("where");
    claim.sql = entry.text("sql");
    claim.reason = entry.text("reason");
    claim.band = entry.band();
    claim.deviation = read_deviation(entry, claim.band);
    constexpr std::array forms{Claim::Form::both, Claim::Form::full, Claim::Form::quick};
    claim.form = forms[entry.choice("form", {"both", "full", "quick"})];
    claim.origin = entry.choice("origin", {"paper", "ours"}) == 0 ? Claim::Origin::paper : Claim::Origin::ours;
    return claim;
}

toml::table parse(const std::filesystem::path& file) {
    if (!std::filesystem::is_regular_file(file)) {
        throw std::invalid_argument(fmt::format("{}: there is no such file", file.string()));
    }
    const std::string text = text_of_file(file);
    try {
        return toml::parse(text, file.string());
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
