// The part of ExperimentReader that reads [axes].

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "host/experiment/experiment_reader_impl.hpp"
#include "host/experiment/toml_values_impl.hpp"

namespace syncache {
namespace {

bool holds(const std::vector<int>& list, int parameter) { return std::ranges::count(list, parameter) > 0; }

// The first step of the axis that an earlier one repeats; its end if none does.
std::vector<std::vector<Value>>::const_iterator repeated_step(const Axis& axis) {
    std::set<std::vector<Value>> known;
    return std::ranges::find_if(axis.values, [&](const auto& step) { return !known.insert(step).second; });
}

}  // namespace

void ExperimentReader::read_axes() {
    std::vector<Axis> axes;
    std::vector<int> in_file;            // the parameters of [axes]: an override may have made one fixed
    std::map<int, std::uint32_t> lines;  // where a parameter's values stand
    const toml::node* zip_node = nullptr;
    if (const toml::table* const given = table("axes")) {
        for (const TomlEntry& entry : entries_in_order(*given)) {
            if (entry.key == "zip") {
                zip_node = entry.node;
                continue;
            }
            const Setting own = setting(entry, "axes");
            if (const auto fixed = fixed_lines_.find(own.parameter); fixed != fixed_lines_.end()) {
                document_.fail(entry.line, fmt::format("{}: given twice, in [axes] and, in line {}, in [fixed]",
                                                       entry.key, fixed->second));
            }
            in_file.push_back(own.parameter);
            Axis read = axis(own);
            const Setting* const replaced = override_of(own.parameter);
            lines[own.parameter] = replaced == nullptr ? own.line : replaced->line;
            if (replaced == nullptr) {
                axes.push_back(std::move(read));
            } else if (!is_one_value(*replaced)) {
                axes.push_back(axis(*replaced));
            }
        }
    }
    for (const Setting& one : overrides_) {
        if (!is_one_value(one) && !holds(in_file, one.parameter)) {
            axes.push_back(axis(one));
            lines[one.parameter] = one.line;
        }
    }
    if (zip_node != nullptr) {
        for (const std::vector<int>& group : zip_groups(*zip_node, in_file)) {
            zip(axes, group, line_of(*zip_node));
        }
    }
    for (const Axis& axis : axes) {
        if (const auto repeated = repeated_step(axis); repeated != axis.values.end()) {
            const int first = axis.parameters.front();
            std::string found;
            for (std::size_t i = 0; i < axis.parameters.size(); ++i) {
                found += fmt::format("{}{} = {}", i > 0 ? ", " : "", parameter(axis.parameters[i]).name,
                                     to_text((*repeated)[i]));
            }
            document_.fail(lines.at(first), fmt::format("{} twice; allowed: once", found));
        }
    }
    experiment_.axes = std::move(axes);
}

Axis ExperimentReader::axis(const Setting& setting) const {
    Axis axis;
    axis.parameters = {setting.parameter};
    for (Value& value : listed_values(document_, parameter(setting.parameter), *setting.node)) {
        axis.values.push_back({std::move(value)});
    }
    return axis;
}

// zip = ["a", "b"] is one group, zip = [["a", "b"], ["c", "d"]] are several.
std::vector<std::vector<int>> ExperimentReader::zip_groups(const toml::node& zip, const std::vector<int>& axes) const {
    std::vector<std::vector<int>> groups;
    const toml::array* const list = zip.as_array();
    if (list != nullptr && !list->empty() && list->is_homogeneous(toml::node_type::array)) {
        for (const toml::node& group : *list) {
            groups.push_back(zip_group(*group.as_array(), axes));
        }
    } else if (list != nullptr && !list->empty() && list->is_homogeneous(toml::node_type::string)) {
        groups.push_back(zip_group(*list, axes));
    } else {
        document_.fail(line_of(zip),
                       fmt::format("zip = {}; allowed: [\"a\", \"b\"] or [[\"a\", \"b\"], [\"c\", \"d\"]] with "
                                   "names of axes",
                                   found_text(zip)));
    }
    for (std::size_t i = 0; i < groups.size(); ++i) {
        for (const int parameter_index : groups[i]) {
            const auto in_group = [&](const std::vector<int>& group) { return holds(group, parameter_index); };
            if (std::count_if(groups.begin(), groups.begin() + static_cast<std::ptrdiff_t>(i), in_group) > 0) {
                document_.fail(line_of(zip),
                               fmt::format("zip: {} is in two groups; allowed: one", parameter(parameter_index).name));
            }
        }
    }
    return groups;
}

std::vector<int> ExperimentReader::zip_group(const toml::array& names, const std::vector<int>& axes) const {
    std::vector<int> group;
    for (const toml::node& node : names) {
        const auto name = node.value_exact<std::string>();
        const int index = name ? find_parameter(*experiment_.model, *name) : -1;
        if (index < 0 || !holds(axes, index)) {
            document_.fail(line_of(node), fmt::format("zip: {} is no axis; allowed: names of axes", found_text(node)));
        }
        if (holds(group, index)) {
            document_.fail(line_of(node), fmt::format("zip: {} is named twice; allowed: once", *name));
        }
        group.push_back(index);
    }
    if (group.size() < 2) {
        document_.fail(line_of(names), "zip: a group of fewer than two; allowed: two or more axes");
    }
    return group;
}

// Makes one axis of those in the group, where the first of them stood.
void ExperimentReader::zip(std::vector<Axis>& axes, const std::vector<int>& group, std::uint32_t line) const {
    std::optional<std::size_t> first;
    for (std::size_t i = 0; i < axes.size(); ++i) {
        const bool is_member = holds(group, axes[i].parameters.front());
        if (!is_member || !first) {
            first = is_member ? i : first;
            continue;
        }
        Axis& target = axes[*first];
        const Axis& member = axes[i];
        if (member.values.size() != target.values.size()) {
            document_.fail(line, fmt::format("zip: {} has {} values, {} has {}; allowed: equally many",
                                             parameter(target.parameters.front()).name, target.values.size(),
                                             parameter(member.parameters.front()).name, member.values.size()));
        }
        target.parameters.push_back(member.parameters.front());
        for (std::size_t k = 0; k < target.values.size(); ++k) {
            target.values[k].push_back(member.values[k].front());
        }
        axes.erase(axes.begin() + static_cast<std::ptrdiff_t>(i));
        --i;
    }
}

// An axis that every point sets itself would never vary.
void ExperimentReader::refuse_unused_axes() const {
    for (const Axis& axis : experiment_.axes) {
        const auto sets_axis = [&](const Point& point) {
            return std::ranges::all_of(axis.parameters, [&](int parameter) { return sets(point, parameter); });
        };
        if (!experiment_.points.empty() && std::ranges::all_of(experiment_.points, sets_axis)) {
            const std::string& name = parameter(axis.parameters.front()).name;
            // Points do not set what an override does, so the axis is the file's own.
            document_.fail(table("axes")->find(name)->first.source().begin.line,
                           fmt::format("{}: this axis is not used, as every point sets it", name));
        }
    }
}

}  // namespace syncache
