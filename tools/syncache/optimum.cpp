#include "host/results/optimum.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "host/results/prices.hpp"
#include "host/run/message.hpp"
#include "host/store/store.hpp"
#include "tools/syncache/command.hpp"
#include "tools/syncache/partial.hpp"

namespace syncache::cli {
namespace {

struct Options {
    std::string results, over = "threshold", seeds = "common", format = "csv";
    bool complete = false;
    std::vector<std::string> prices;
};

void warn_of_edges(const Options& options, const std::vector<Optimum>& optima) {
    const auto n_at_edge = std::count_if(optima.begin(), optima.end(), [](const Optimum& optimum) {
        return optimum.edge == Edge::low || optimum.edge == Edge::high;
    });
    if (n_at_edge > 0) {
        tell(
            "syncache: warning: {}: in {} of {} rows the optimum lies at an edge of the tried values of {} "
            "(column edge)\n",
            options.results, n_at_edge, optima.size(), options.over);
    }
}

int print_optimum(const Options& options) {
    std::ios::sync_with_stdio(false);
    Store store(options.results, Store::Access::read);
    check_complete(store, options.complete);
    set_prices(store, options.prices);
    const auto seeds = options.seeds == "common" ? ComparedSeeds::common : ComparedSeeds::all;
    const auto format = options.format == "csv" ? ExportFormat::csv : ExportFormat::json;
    warn_of_edges(options, export_optimum(store, options.over, seeds, format, std::cout));
    return 0;
}

}  // namespace

Action add_optimum(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    app.add_option("results", options->results, "Results file")->required();
    app.add_option("--over", options->over, "The parameter whose value of least total energy is sought")
        ->capture_default_str();
    app.add_option("--seeds", options->seeds,
                   "common: compare values on the seeds that converged at all of them; all: at each value on all that "
                   "converged there")
        ->check(CLI::IsMember({"common", "all"}))
        ->capture_default_str();
    app.add_option("--format", options->format, "Form of the table")
        ->check(CLI::IsMember({"csv", "json"}))
        ->capture_default_str();
    add_complete(app, options->complete);
    app.add_option(
        "--price", options->prices,
        "key=[...]: evaluate at these prices (maintenance_cost, transient_change_cost, persistent_cost, exponent, "
        "potentiation_only) instead of the experiment's; nothing is written");
    return [options] { return print_optimum(*options); };
}

}  // namespace syncache::cli
