#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstddef>
#include <memory>
#include <string>

#include "host/models/model.hpp"
#include "tools/syncache/command.hpp"

namespace syncache::cli {
namespace {

// Whether its default is none of the values that it may be given.
bool is_none(const Parameter& parameter) { return parameter.fallback == Value(std::string()); }

std::string line_of(const Parameter& parameter) {
    return fmt::format("{} = {}{}\n    {}\n    allowed: {}\n", parameter.name,
                       is_none(parameter) ? "none" : found_text(parameter.fallback),
                       parameter.unit.empty() ? "" : fmt::format("  [{}]", parameter.unit), parameter.description,
                       allowed_text(parameter));
}

// A cell of a Markdown table.
std::string cell(std::string text) {
    for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) {
        text.insert(at, 1, '\\');
    }
    return text;
}

// A section of docs/parameters.md.
std::string markdown_of(const Model& model) {
    std::string text = fmt::format("## `{}`\n\n{}\n\n", model.name(), model.description());
    text += "| parameter | default | allowed | meaning |\n|---|---|---|---|\n";
    for (const Parameter& parameter : model.parameters()) {
        text += fmt::format("| `{}` | {} | {} | {}{} |\n", parameter.name,
                            is_none(parameter) ? "none" : fmt::format("`{}`", found_text(parameter.fallback)),
                            cell(allowed_text(parameter)), cell(parameter.description),
                            parameter.unit.empty() ? "" : fmt::format(" [{}]", cell(parameter.unit)));
    }
    if (!model.recordable().empty()) {
        text += fmt::format("\n`record` takes `\"{}\"`.\n", fmt::join(model.recordable(), "\"`, `\""));
    }
    if (!model.extra_columns().empty()) {
        text += fmt::format("\nColumns of its own: `{}`.\n", fmt::join(model.extra_columns(), "`, `"));
    }
    return text;
}

int print_markdown(const std::string& name) {
    std::string text;
    for (const Model* model : models()) {
        if (name.empty() || model == &find_model(name)) {
            text += fmt::format("{}{}", text.empty() ? "" : "\n", markdown_of(*model));
        }
    }
    print(text);
    return 0;
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
    struct Options {
        std::string name;
        bool markdown = false;
    };
    const auto options = std::make_shared<Options>();
    app.add_option("model", options->name, "whose parameters to list, with defaults, units and what is allowed");
    app.add_flag("--markdown", options->markdown, "Print the parameters, of all models if none is named, as Markdown");
    return [options] { return options->markdown ? print_markdown(options->name) : describe(options->name); };
}

}  // namespace syncache::cli
