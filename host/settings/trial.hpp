#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/settings/schema.hpp"

namespace syncache {

// One network trained once: a value for each of the schema's parameters, in their order.
class Trial {
  public:
    // `folder` is where relative data paths start (the experiment file's folder). The trial keeps references to it and
    // to the schema.
    Trial(const Schema& schema, std::vector<Value> values, const std::filesystem::path& folder)
        : schema_(&schema), values_(std::move(values)), folder_(&folder) {}

    const Schema& schema() const { return *schema_; }
    const std::vector<Value>& values() const { return values_; }

    // The value of a parameter by name. Throws std::out_of_range for a name the schema does not have and
    // std::bad_variant_access for another type than the parameter's.
    bool boolean(std::string_view name) const { return std::get<bool>(value(name)); }
    std::int64_t integer(std::string_view name) const { return std::get<std::int64_t>(value(name)); }
    double real(std::string_view name) const { return std::get<double>(value(name)); }
    const std::string& text(std::string_view name) const { return std::get<std::string>(value(name)); }
    const Value& value(std::string_view name) const;

    // Where the file of a file parameter lies; empty if the parameter is empty (no file).
    std::filesystem::path path(std::string_view name) const;

    // The same for a parameter that is a list of files.
    std::vector<std::filesystem::path> paths(std::string_view name) const;

  private:
    const Schema* schema_;
    std::vector<Value> values_;
    const std::filesystem::path* folder_;
};

}  // namespace syncache
