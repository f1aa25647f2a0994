#include "host/results/reach.hpp"

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "host/results/prices.hpp"
#include "host/store/store.hpp"
#include "tools/syncache/command.hpp"
#include "tools/syncache/partial.hpp"

namespace syncache::cli {
namespace {

struct Options {
    std::string results, format = "csv";
    ReachOptions reach;
    std::vector<std::string> prices;
    bool complete = false;
};

int print_reach(const Options& options) {
    std::ios::sync_with_stdio(false);
    Store store(options.results, Store::Access::read);
    check_complete(store, options.complete);
    set_prices(store, options.prices);
    export_reach(store, options.reach, options.format == "csv" ? ExportFormat::csv : ExportFormat::json, std::cout);
    return 0;
}

}  // namespace

Action add_reach(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    app.add_option("results", options->results, "Results file with checkpoints")->required();
    app.add_option("--accuracy", options->reach.accuracies, "Accuracies, as 0.85,0.9")
        ->required()
        ->delimiter(',')
        ->check(CLI::Range(0.0, 1.0));
    app.add_option("--by", options->reach.by,
                   "Parameters that tell rows apart, as variant,tau; by default all but the seed")
        ->delimiter(',');
    app.add_option("--confirm", options->reach.confirm,
                   "The first of this many checkpoints in a row at or above the accuracy, instead of interpolating "
                   "between the last below it and the first at or above it")
        ->check(CLI::Range(1, 1000000));
    app.add_option("--format", options->format, "Form of the table")
        ->check(CLI::IsMember({"csv", "json"}))
        ->capture_default_str();
    app.add_option("--price", options->prices,
                   "key=[...]: at these prices instead of the experiment's; nothing is written");
    add_complete(app, options->complete);
    return [options] { return print_reach(*options); };
}

}  // namespace syncache::cli
