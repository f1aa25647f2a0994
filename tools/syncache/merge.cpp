#include <fmt/format.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <vector>

#include "host/store/store.hpp"
#include "tools/syncache/command.hpp"

namespace syncache::cli {
namespace {

struct Options {
    std::filesystem::path output;
    std::vector<std::filesystem::path> inputs;
    MergeOptions merge;
};

}  // namespace

Action add_merge(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    app.add_option("output", options->output, "Results file to make, or to add to")->required();
    app.add_option("inputs", options->inputs, "Results files to take from; they stay as they are")->required();
    app.add_flag("--force", options->merge.other_experiments,
                 "Also results of experiments that differ in more than their seeds (of one model)");
    app.add_flag("--allow-builds", options->merge.other_builds, "Also results of different commits or compilers");
    return [options] {
        const std::size_t n_new = merge(options->output, options->inputs, options->merge);
        print(
            fmt::format("{}: {} new trials from {} files\n", options->output.string(), n_new, options->inputs.size()));
        return 0;
    };
}

}  // namespace syncache::cli
