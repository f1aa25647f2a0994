#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "host/store/store.hpp"
#include "tools/syncache/command.hpp"

namespace syncache::cli {
namespace {

struct Options {
    std::filesystem::path input, output;
};

}  // namespace

Action add_copy(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    app.add_option("input", options->input, "Results file, also one that is being written")->required();
    app.add_option("output", options->output, "File to make; it must not be there")->required();
    return [options] {
        copy_results(options->input, options->output);
        print(fmt::format("{}: {:.1f} MB\n", options->output.string(),
                          1e-6 * static_cast<double>(std::filesystem::file_size(options->output))));
        return 0;
    };
}

}  // namespace syncache::cli
