// The part of ExperimentReader that says what is wrong with a key, and what an override's list means.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/experiment/experiment_reader_impl.hpp"
#include "host/settings/suggestion.hpp"

namespace syncache {
namespace {

constexpr std::array<std::string_view, 7> top_keys{"name", "model", "fixed", "axes", "points", "accounting", "record"};

std::vector<std::string> names_of(std::span<const Parameter> parameters) {
    std::vector<std::string> names;
    std::ranges::transform(parameters, std::back_inserter(names), &Parameter::name);
    return names;
}

}  // namespace

bool is_accounting_key(std::string_view key) {
    return std::ranges::count(accounting_parameters(), key, &Parameter::name) > 0;
}

void ExperimentReader::check_top_keys() const {
    const toml::node* const model = document_.root().get("model");
    const auto word = model != nullptr ? model->value_exact<std::string>() : std::nullopt;
    const auto known = std::ranges::find_if(known_, [&](const Model* one) { return word && one->name() == *word; });
    for (const TomlEntry& entry : entries_in_order(document_.root())) {
        if (std::ranges::count(top_keys, entry.key) > 0 || entry.key == overrides_key) {
            continue;
        }
        if (is_accounting_key(entry.key)) {
            document_.fail(entry.line, fmt::format("{}: belongs in [accounting]", entry.key));
        }
        if (known != known_.end() && find_parameter(**known, entry.key) >= 0) {
            document_.fail(entry.line, fmt::format("{}: belongs in [fixed], or its values in [axes]", entry.key));
        }
        const std::vector<std::string> names(top_keys.begin(), top_keys.end());
        document_.fail(entry.line, fmt::format("{}: unknown key; {}allowed: {}", entry.key,
                                               did_you_mean(entry.key, names), fmt::join(names, ", ")));
    }
}

void ExperimentReader::refuse_accounting_key(const TomlEntry& entry) const {
    if (find_parameter(*experiment_.model, entry.key) >= 0) {
        document_.fail(entry.line, fmt::format("{}: belongs in [fixed] or [axes], not in [accounting]", entry.key));
    }
    const std::vector<std::string> names = names_of(accounting_parameters());
    document_.fail(entry.line, fmt::format("{}: unknown key in [accounting]; {}allowed: {}", entry.key,
                                           did_you_mean(entry.key, names), fmt::join(names, ", ")));
}

void ExperimentReader::refuse_parameter(const TomlEntry& entry, std::string_view where) const {
    if (where != overrides_key && is_accounting_key(entry.key)) {
        document_.fail(entry.line, fmt::format("{}: belongs in [accounting], not in [{}]", entry.key, where));
    }
    if (where != overrides_key && std::ranges::count(top_keys, entry.key) > 0) {
        document_.fail(entry.line,
                       fmt::format("{}: belongs at the top, before the first table, not in [{}]", entry.key, where));
    }
    std::vector<std::string> names = names_of(experiment_.model->parameters());
    if (where == overrides_key) {
        std::ranges::copy(names_of(accounting_parameters()), std::back_inserter(names));
        names.emplace_back("record");
    }
    document_.fail(entry.line, fmt::format("{}: unknown key in [{}]; {}allowed: {}", entry.key, where,
                                           did_you_mean(entry.key, names), fmt::join(names, ", ")));
}

bool ExperimentReader::is_one_value(const Setting& override) const {
    const toml::array* const list = override.node->as_array();
    const Parameter& given = parameter(override.parameter);
    const bool is_flat = list != nullptr && is_list(given) && !list->empty() &&
                         std::ranges::none_of(*list, [](const toml::node& item) { return item.is_array(); });
    if (!is_flat) {
        return override.node->is_value();
    }
    if (fixed_lines_.contains(override.parameter) || is_in_points(given.name)) {
        return true;
    }
    const toml::table* const axes = table("axes");
    if (list->size() > 1 && (axes == nullptr || !axes->contains(given.name))) {
        document_.fail(override.line, written_out(given, *list));
    }
    return false;
}

bool ExperimentReader::is_in_points(std::string_view key) const {
    const toml::array* const points = document_.root()["points"].as_array();
    return points != nullptr && std::ranges::any_of(*points, [&](const toml::node& point) {
               return point.is_table() && point.as_table()->contains(key);
           });
}

std::string ExperimentReader::written_out(const Parameter& parameter, const toml::array& list) const {
    std::string items, values;
    for (const toml::node& item : list) {
        const std::string text = found_text(item);
        items += fmt::format("{}{}", items.empty() ? "" : ", ", text);
        values += fmt::format("{}[{}]", values.empty() ? "" : ", ", text);
    }
    return fmt::format(
        "{0} = [{1}] can mean two things, and the file has no {0} that would tell; allowed: [[{1}]], one list of {2}, "
        "or [{3}], {2} values of one each",
        parameter.name, items, list.size(), values);
}

}  // namespace syncache
