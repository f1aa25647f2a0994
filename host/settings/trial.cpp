#include "host/settings/trial.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace syncache {

const Value& Trial::value(std::string_view name) const {
    const int index = find_parameter(*schema_, name);
    if (index < 0) {
        throw std::out_of_range(fmt::format("model {} has no parameter {}", schema_->name(), name));
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

}  // namespace syncache
