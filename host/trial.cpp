#include "host/trial.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "datasets/checksum.hpp"
#include "host/model.hpp"

namespace syncache {
namespace {

constexpr std::size_t short_checksum_digits = 16;

std::string json_text(const Value& value) {
    if (const auto* const boolean = std::get_if<bool>(&value)) {
        return *boolean ? "true" : "false";
    }
    const auto* const real = std::get_if<double>(&value);
    if (std::holds_alternative<std::string>(value) || (real != nullptr && !std::isfinite(*real))) {
        return nlohmann::json(to_text(value)).dump();  // JSON has no infinity
    }
    return to_text(value);
}

}  // namespace

const Value& Trial::value(std::string_view name) const {
    const int index = find_parameter(*model_, name);
    if (index < 0) {
        throw std::out_of_range(fmt::format("model {} has no parameter {}", model_->name(), name));
    }
    return values_.at(static_cast<std::size_t>(index));
}

std::filesystem::path Trial::path(std::string_view name) const {
    const std::string& file = text(name);
    return file.empty() ? std::filesystem::path() : *folder_ / file;
}

std::vector<std::filesystem::path> Trial::paths(std::string_view name) const {
    std::vector<std::filesystem::path> list;
    for (const std::string& file : list_items(text(name))) {
        list.push_back(*folder_ / file);
    }
    return list;
}

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
    std::string text = fmt::format(R"({{"model":{})", nlohmann::json(trial.model().name()).dump());
    const auto parameters = trial.model().parameters();
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        Value value = trial.values().at(i);
        const auto named = [&](const std::string& name, const std::filesystem::path& path) {
            return fmt::format("{}@{}", name, checksums.sha256(path).substr(0, short_checksum_digits));
        };
        if (parameters[i].type == Parameter::Type::file) {
            const std::filesystem::path path = trial.path(parameters[i].name);
            value = path.empty() ? std::string() : named(std::get<std::string>(value), path);
        } else if (parameters[i].type == Parameter::Type::files) {
            const std::vector<std::string> names = list_items(std::get<std::string>(value));
            const std::vector<std::filesystem::path> paths = trial.paths(parameters[i].name);
            std::string all;
            for (std::size_t k = 0; k < names.size(); ++k) {
                all += fmt::format("{}{}", k == 0 ? "" : ",", named(names[k], paths[k]));
            }
            value = all;
        }
        text += fmt::format(",{}:{}", nlohmann::json(parameters[i].name).dump(), json_text(value));
    }
    return text + "}";
}

}  // namespace syncache
