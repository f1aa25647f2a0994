#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <string>

#include "host/models/model.hpp"
#include "tools/syncache/command.hpp"

namespace syncache::cli {
namespace {

std::string line_of(const Parameter& parameter) {
    const bool file = parameter.type == Parameter::Type::file || parameter.type == Parameter::Type::files;
    return fmt::format("{} = {}{}\n    {}\n    allowed: {}\n", parameter.name,
                       file ? "none" : found_text(parameter.fallback),
                       parameter.unit.empty() ? "" : fmt::format("  [{}]", parameter.unit), parameter.description,
                       allowed_text(parameter));
}

int describe(const std::string& name) {
    std::string text;
    if (name.empty()) {
        for (const Model* model : models()) {
            text += fmt::format("{}: {} parameters\n", model->name(), model->parameters().size());
        }
        print(text);
        return 0;
    }
    const Model& model = find_model(name);
    for (const Parameter& parameter : model.parameters()) {
        text += line_of(parameter);
    }
    text += fmt::format("\nrecord: {}\n", fmt::join(model.recordable(), ", "));
    print(text);
    return 0;
}

}  // namespace

Action add_models(CLI::App& app) {
    const auto name = std::make_shared<std::string>();
    app.add_option("model", *name, "whose parameters to list, with defaults, units and what is allowed");
    return [name] { return describe(*name); };
}

}  // namespace syncache::cli
