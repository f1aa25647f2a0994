#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/experiment/experiment.hpp"
#include "host/experiment/toml_document_impl.hpp"

// Internal to host/: makes an Experiment of a TOML document. Included by .cpp files only.
namespace syncache {

// The keys of [accounting], as parameters: names, types, ranges, and what holds where they are not given; in the order
// of their product, the first varying slowest.
std::span<const Parameter> accounting_parameters();
bool is_accounting_key(std::string_view key);

// Reads one experiment, once. Members throw std::invalid_argument that says where in the document the fault is.
class ExperimentReader {
  public:
    ExperimentReader(TomlDocument document, std::span<const Model* const> known);

    Experiment read(const std::filesystem::path& folder);

  private:
    // What is said of a parameter of the model, and the line of its key.
    struct Setting {
        int parameter = -1;
        const toml::node* node = nullptr;
        std::uint32_t line = 0;
    };

    void read_head();
    void read_overrides();
    void read_fixed();
    void read_axes();
    void read_points();
    void read_accounting();
    void read_record();

    Axis axis(const Setting& setting) const;
    std::vector<std::vector<int>> zip_groups(const toml::node& zip, const std::vector<int>& axes) const;
    std::vector<int> zip_group(const toml::array& names, const std::vector<int>& axes) const;
    void zip(std::vector<Axis>& axes, const std::vector<int>& group, std::uint32_t line) const;
    void refuse_unused_axes() const;

    const toml::table* table(std::string_view key) const;  // null if the file does not have it
    Setting setting(const TomlEntry& entry, std::string_view where) const;
    const Parameter& parameter(int index) const;

    // What is wrong with a key (experiment_keys.cpp).
    void check_top_keys() const;
    [[noreturn]] void refuse_accounting_key(const TomlEntry& entry) const;
    [[noreturn]] void refuse_parameter(const TomlEntry& entry, std::string_view where) const;

    // Whether an override is one value, rather than the values of an axis. A list for a parameter that is a list itself
    // means what it would mean where the file has the parameter: one value in [fixed] and [[points]], values in [axes];
    // it is refused where the file has it nowhere.
    bool is_one_value(const Setting& override) const;
    bool is_in_points(std::string_view key) const;
    std::string written_out(const Parameter& parameter, const toml::array& list) const;
    const Setting* override_of(int parameter) const;  // null if there is none

    TomlDocument document_;
    std::span<const Model* const> known_;
    Experiment experiment_;
    std::vector<Setting> overrides_;  // of parameters, in the order they were given
    std::map<std::string, const toml::node*, std::less<>> other_overrides_;  // of accounting keys and `record`
    std::map<int, std::uint32_t> fixed_lines_;  // lines of the parameters that [fixed] has, overridden or not
    const toml::node* fixed_record_ = nullptr;  // [fixed] may hold `record`, as all models have it
};

}  // namespace syncache
