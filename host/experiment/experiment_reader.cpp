#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/experiment/experiment_reader_impl.hpp"
#include "host/experiment/toml_values_impl.hpp"

namespace syncache {
namespace {

// Of [accounting]: each is a row for every trial, so that more are a slip.
constexpr int most_settings = 1'000'000;

// Whether the node stands for several values of the parameter, rather than for one.
bool has_values(const Parameter& parameter, const toml::node& node) {
    return node.is_table() || (node.is_array() && !is_list(parameter));
}

// Every combination of the values; the lists are in the order of accounting_parameters().
std::vector<AccountingSetting> product(const std::vector<std::vector<Value>>& lists) {
    const auto real = [](const Value& value) { return std::get<double>(value); };
    std::vector<AccountingSetting> settings;
    for (const Value& maintenance : lists[0]) {
        for (const Value& transient_change : lists[1]) {
            for (const Value& persistent : lists[2]) {
                for (const Value& exponent : lists[3]) {
                    for (const Value& potentiation_only : lists[4]) {
                        settings.push_back({real(maintenance),
                                            real(transient_change),
                                            real(persistent),
                                            {real(exponent), std::get<bool>(potentiation_only)}});
                    }
                }
            }
        }
    }
    return settings;
}

}  // namespace

std::span<const Parameter> accounting_parameters() {
    static const std::vector<Parameter> parameters = [] {
        const auto finite = [](const char* name, double fallback, const char* unit, const char* description) {
            Parameter parameter{name, Parameter::Type::real, fallback, unit, description};
            parameter.minimum = 0.0;
            parameter.maximum = std::numeric_limits<double>::max();
            return parameter;
        };
        return std::vector<Parameter>{
            finite("maintenance_cost", 0.0, "energy per |s| and presentation", "c"),
            finite("transient_change_cost", 0.0, "energy per |change of s|", "b"),
            finite("persistent_cost", 0.0, "energy per |l| and presentation", "maintenance of the persistent weight"),
            finite("exponent", 1.0, "", "alpha: a change of l costs |change|^alpha"),
            Parameter{"potentiation_only", Parameter::Type::boolean, false, "", "decreases cost nothing"},
        };
    }();
    return parameters;
}

ExperimentReader::ExperimentReader(TomlDocument document, std::span<const Model* const> known)
    : document_(std::move(document)), known_(known) {}

Experiment ExperimentReader::read(const std::filesystem::path& folder) {
    read_head();
    read_overrides();
    read_fixed();
    read_axes();
    read_points();
    read_accounting();
    read_record();
    experiment_.folder = folder;
    experiment_.text = document_.text();
    return std::move(experiment_);
}

void ExperimentReader::read_head() {
    check_top_keys();
    const auto word = [&](const char* key) {
        const toml::node* const node = document_.root().get(key);
        if (node == nullptr) {
            document_.fail(1, fmt::format("{}: missing; allowed: {} = \"...\" at the top", key, key));
        }
        return std::get<std::string>(scalar_value(document_, Parameter{key, Parameter::Type::text, "", "", ""}, *node));
    };
    experiment_.name = word("name");
    const std::string model = word("model");
    try {
        experiment_.model = &find_model(model, known_);
    } catch (const std::invalid_argument& error) {
        document_.fail(line_of(*document_.root().get("model")), error.what());
    }
}

void ExperimentReader::read_overrides() {
    const toml::table* const overrides = table(overrides_key);
    if (overrides == nullptr) {
        return;
    }
    for (const TomlEntry& entry : entries_in_order(*overrides)) {
        if (entry.key == "record" || is_accounting_key(entry.key)) {
            other_overrides_[entry.key] = entry.node;
        } else {
            overrides_.push_back(setting(entry, overrides_key));
        }
    }
}

void ExperimentReader::read_fixed() {
    if (const toml::table* const fixed = table("fixed")) {
        for (const TomlEntry& entry : entries_in_order(*fixed)) {
            if (entry.key == "record") {
                fixed_record_ = entry.node;
                continue;
            }
            const Setting one = setting(entry, "fixed");
            if (has_values(parameter(one.parameter), *entry.node)) {
                document_.fail(entry.line,
                               fmt::format("{} = {} in [fixed]; allowed: {}, or in [axes] a list or range of "
                                           "them",
                                           entry.key, found_text(*entry.node), allowed_text(parameter(one.parameter))));
            }
            fixed_lines_[one.parameter] = one.line;
            Value value = scalar_value(document_, parameter(one.parameter), *one.node);
            if (override_of(one.parameter) == nullptr) {
                experiment_.fixed.emplace_back(one.parameter, std::move(value));
            }
        }
    }
    for (const Setting& one : overrides_) {
        if (is_one_value(one)) {
            experiment_.fixed.emplace_back(one.parameter, scalar_value(document_, parameter(one.parameter), *one.node));
        }
    }
}

void ExperimentReader::read_points() {
    const toml::node* const node = document_.root().get("points");
    if (node == nullptr) {
        return;
    }
    const auto fail = [&](const toml::node& found) {
        document_.fail(line_of(found), fmt::format("points = {}; allowed: [[points]] tables", found_text(found)));
    };
    if (!node->is_array()) {
        fail(*node);
    }
    for (const toml::node& element : *node->as_array()) {
        if (!element.is_table()) {
            fail(element);
        }
        Point& point = experiment_.points.emplace_back();
        for (const TomlEntry& entry : entries_in_order(*element.as_table())) {
            const Setting one = setting(entry, "points");
            Value value = scalar_value(document_, parameter(one.parameter), *one.node);
            if (override_of(one.parameter) == nullptr) {
                point.settings.emplace_back(one.parameter, std::move(value));
            }
        }
    }
    refuse_unused_axes();
}

void ExperimentReader::read_accounting() {
    const auto keys = accounting_parameters();
    const toml::table* const accounting = table("accounting");
    if (accounting != nullptr) {
        for (const TomlEntry& entry : entries_in_order(*accounting)) {
            if (!is_accounting_key(entry.key)) {
                refuse_accounting_key(entry);
            }
        }
    }
    std::vector<std::vector<Value>> lists;
    for (const Parameter& key : keys) {
        const toml::node* const own = accounting != nullptr ? accounting->get(key.name) : nullptr;
        std::vector<Value> list = own != nullptr ? listed_values(document_, key, *own) : std::vector{key.fallback};
        const auto replaced = other_overrides_.find(key.name);
        lists.push_back(replaced != other_overrides_.end() ? listed_values(document_, key, *replaced->second) : list);
    }
    double n_settings = 1.0;
    for (const auto& list : lists) {
        n_settings *= static_cast<double>(list.size());
    }
    if (n_settings > most_settings) {
        document_.fail(
            accounting != nullptr ? line_of(*accounting) : 1,
            fmt::format("accounting: more than {} settings; allowed: lists whose product is smaller", most_settings));
    }
    experiment_.accounting = product(lists);
}

void ExperimentReader::read_record() {
    const toml::node* const own = document_.root().get("record");
    if (own != nullptr && fixed_record_ != nullptr) {
        document_.fail(line_of(*fixed_record_), fmt::format("record: given twice, also in line {}", line_of(*own)));
    }
    Parameter words{"record", Parameter::Type::choice, "", "", ""};
    std::ranges::copy(experiment_.model->recordable(), std::back_inserter(words.choices));
    const auto replaced = other_overrides_.find("record");
    const std::array<const toml::node*, 3> given{own, fixed_record_,
                                                 replaced != other_overrides_.end() ? replaced->second : nullptr};
    for (const toml::node* const node : given) {  // a later one replaces an earlier one
        if (node == nullptr) {
            continue;
        }
        experiment_.record.clear();
        const bool is_empty = node->is_array() && node->as_array()->empty();
        for (const Value& word : is_empty ? std::vector<Value>{} : listed_values(document_, words, *node)) {
            const auto& text = std::get<std::string>(word);
            if (std::ranges::count(experiment_.record, text) == 0) {
                experiment_.record.push_back(text);
            }
        }
    }
}

const toml::table* ExperimentReader::table(std::string_view key) const {
    const toml::node* const node = document_.root().get(key);
    if (node != nullptr && !node->is_table()) {
        document_.fail(line_of(*node), fmt::format("{} = {}; allowed: a table [{}]", key, found_text(*node), key));
    }
    return node != nullptr ? node->as_table() : nullptr;
}

ExperimentReader::Setting ExperimentReader::setting(const TomlEntry& entry, std::string_view where) const {
    const int index = find_parameter(*experiment_.model, entry.key);
    if (index < 0) {
        refuse_parameter(entry, where);
    }
    return {index, entry.node, entry.line};
}

const Parameter& ExperimentReader::parameter(int index) const {
    return experiment_.model->parameters()[static_cast<std::size_t>(index)];
}

const ExperimentReader::Setting* ExperimentReader::override_of(int parameter) const {
    const auto found = std::ranges::find(overrides_, parameter, &Setting::parameter);
    return found == overrides_.end() ? nullptr : &*found;
}

}  // namespace syncache
