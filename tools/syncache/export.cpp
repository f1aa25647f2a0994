#include <fmt/format.h>

#include <cstddef>
#include <iostream>
#include <memory>
#include <string>

#include "host/results/results.hpp"
#include "host/store/store.hpp"
#include "tools/syncache/command.hpp"
#include "tools/syncache/partial.hpp"

namespace syncache::cli {
namespace {

struct Options {
    std::string results, table = "outcomes", format = "csv", weights;
    bool complete = false;
};

int export_results(const Options& options) {
    Store store(options.results, Store::Access::read);
    check_complete(store, options.complete);
    if (!options.weights.empty()) {
        const std::size_t n_arrays = export_weights(store, options.weights);
        fmt::print(stderr, "{} arrays in {}\n", n_arrays, options.weights);
        return 0;
    }
    std::ios::sync_with_stdio(false);
    export_table(store, options.table, options.format == "csv" ? ExportFormat::csv : ExportFormat::json, std::cout);
    return 0;
}

}  // namespace

Action add_export(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    app.add_option("results", options->results, "Results file")->required();
    auto* table = app.add_option("--table", options->table,
                                 "outcomes, or a recorded table: epochs, traces, checkpoints, presentations")
                      ->capture_default_str();
    auto* format = app.add_option("--format", options->format, "Form of the table")
                       ->check(CLI::IsMember({"csv", "json"}))
                       ->capture_default_str();
    app.add_option("--weights", options->weights,
                   "Write the recorded weights to this folder instead, as NumPy arrays, with an index.csv")
        ->excludes(table)
        ->excludes(format);
    add_complete(app, options->complete);
    return [options] { return export_results(*options); };
}

}  // namespace syncache::cli
