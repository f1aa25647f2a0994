#include "host/experiment/trial_identity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "datasets/checksum.hpp"
#include "host/settings/parameter.hpp"
#include "host/settings/trial.hpp"
#include "host/settings/value.hpp"

namespace syncache {
namespace {

constexpr std::size_t short_checksum_digits = 16;

// As JSON: in quotes, with what JSON wants escaped. Most texts want nothing, and a sweep has millions of them.
void append_quoted(std::string& to, std::string_view text) {
    const bool is_plain =
        std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
    if (is_plain) {
        to.append("\"").append(text).append("\"");
    } else {
        to += nlohmann::json(text).dump();
    }
}

void append_json(std::string& to, const Value& value) {
    if (const auto* const boolean = std::get_if<bool>(&value)) {
        to += *boolean ? "true" : "false";
    } else if (const auto* const text = std::get_if<std::string>(&value)) {
        append_quoted(to, *text);
    } else if (const auto* const real = std::get_if<double>(&value); real != nullptr && !std::isfinite(*real)) {
        append_quoted(to, to_text(value));  // JSON has no infinity
    } else {
        to += to_text(value);
    }
}

// Names of files, each with the beginning of its checksum: "a.idx2@0123456789abcdef,b.idx2@...".
std::string named_with_checksums(const std::string& names, const std::vector<std::filesystem::path>& paths,
                                 FileChecksums& checksums) {
    std::string all;
    const std::vector<std::string> items = list_items(names);
    for (std::size_t k = 0; k < items.size(); ++k) {
        all += fmt::format("{}{}@{}", k == 0 ? "" : ",", items[k],
                           checksums.sha256(paths[k]).substr(0, short_checksum_digits));
    }
    return all;
}

}  // namespace

const std::string& FileChecksums::sha256(const std::filesystem::path& path) {
    const std::lock_guard lock(
        mutex_);  // held while reading, so that threads that want one file wait for its one reader
    const auto known = by_path_.find(path.string());
    return known != by_path_.end() ? known->second : by_path_.emplace(path.string(), file_sha256(path)).first->second;
}

std::map<std::string, std::string> FileChecksums::all() const {
    const std::lock_guard lock(mutex_);
    return by_path_;
}

std::string canonical_text(const Trial& trial, FileChecksums& checksums) {
    std::string text;
    text.reserve(512);
    text += "{\"model\":";
    append_quoted(text, trial.schema().name());
    const auto parameters = trial.schema().parameters();
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const Value& value = trial.values().at(i);
        if (parameters[i].only_if_set && value == parameters[i].fallback) {
            continue;
        }
        text += ',';
        append_quoted(text, parameters[i].name);
        text += ':';
        if (parameters[i].type == Parameter::Type::file && !std::get<std::string>(value).empty()) {
            const std::string& sha256 = checksums.sha256(trial.path(parameters[i].name));
            append_quoted(text,
                          fmt::format("{}@{}", std::get<std::string>(value), sha256.substr(0, short_checksum_digits)));
        } else if (parameters[i].type == Parameter::Type::files) {
            append_quoted(
                text, named_with_checksums(std::get<std::string>(value), trial.paths(parameters[i].name), checksums));
        } else {
            append_json(text, value);
        }
    }
    return text + "}";
}

}  // namespace syncache
