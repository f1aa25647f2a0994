#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstddef>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "host/results/output_file.hpp"
#include "host/results/prices.hpp"
#include "host/results/results.hpp"
#include "host/run/message.hpp"
#include "host/store/store.hpp"
#include "tools/syncache/command.hpp"
#include "tools/syncache/partial.hpp"

namespace syncache::cli {
namespace {

struct Options : ExportOptions {
    std::string results, form, weights;
    std::filesystem::path output;
    bool complete = false;
    std::vector<std::string> prices;
};

// "csv" or "json" as it was asked for, or by the output's name: results.json.gz is JSON.
ExportFormat format_of(const Options& options) {
    std::filesystem::path name = options.output;
    name = name.extension() == ".gz" ? name.stem() : name;
    const std::string form = options.form.empty() && name.extension() == ".json" ? "json" : options.form;
    if (form == "json" && is_columnar(options.output)) {
        throw std::invalid_argument(fmt::format("--format json: not with {}", options.output.string()));
    }
    return form == "json" ? ExportFormat::json : ExportFormat::csv;
}

// Beside the output: {"tau": "1000", ...}.
void write_constants(const Options& options, const Constants& constants) {
    nlohmann::ordered_json all = nlohmann::ordered_json::object();
    for (const auto& [name, value] : constants) {
        all[name] = value;
    }
    write_output(options.output.string() + ".constants.json", [&](std::ostream& out) {
        out << all.dump(4, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
    });
}

void export_to_file(Store& store, const Options& options) {
    Constants constants;
    const auto write = [&](std::ostream& out) { constants = export_table(store, options, out); };
    if (is_columnar(options.output)) {
        const std::filesystem::path csv = options.output.string() + ".csv.part";
        try {
            write_output(csv, write);
            convert_csv(csv, options.output);
        } catch (...) {
            std::error_code ignored;
            std::filesystem::remove(csv, ignored);
            throw;
        }
        std::filesystem::remove(csv);
    } else {
        write_output(options.output, write);
    }
    if (options.varying) {
        write_constants(options, constants);
    }
}

void export_to_standard_output(Store& store, const Options& options) {
    if (options.varying && options.format == ExportFormat::json) {
        throw std::invalid_argument(
            "--varying with --format json has no place for the constants; allowed: with -o FILE");
    }
    std::ios::sync_with_stdio(false);
    export_table(store, options, std::cout, [](const Constants& constants) {
        for (const auto& [name, value] : constants) {
            std::cout << "# " << name << " = " << value << '\n';
        }
    });
}

int export_results(Options& options) {
    Store store(options.results, Store::Access::read);
    check_complete(store, options.complete);
    set_prices(store, options.prices);
    if (!options.weights.empty()) {
        const std::size_t n_arrays = export_weights(store, options.weights);
        tell("{} arrays in {}\n", n_arrays, options.weights);
        return 0;
    }
    options.format = format_of(options);
    if (options.output.empty()) {
        export_to_standard_output(store, options);
    } else {
        export_to_file(store, options);
    }
    return 0;
}

}  // namespace

Action add_export(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    app.add_option("results", options->results, "Results file")->required();
    const std::vector<CLI::Option*> of_tables{
        app.add_option("--table", options->table,
                       "outcomes, or a recorded table: epochs, traces, distribution, checkpoints, presentations")
            ->capture_default_str(),
        app.add_option("--format", options->form,
                       "csv, or json; by default what the name given by -o asks for, else csv")
            ->check(CLI::IsMember({"csv", "json"})),
        app.add_option("-o,--output", options->output,
                       "File instead of standard output: .csv or .json, packed if .gz follows; with Python's pyarrow "
                       "also .parquet, .arrow, .feather"),
        app.add_option("--columns", options->columns, "Only these columns, as trial,threshold,total")->delimiter(','),
        app.add_flag("--varying", options->varying,
                     "Leave out columns that are the same in all rows: they stand at the top, as # name = value, or in "
                     "FILE.constants.json"),
        app.add_option("--where", options->where,
                       "Only rows that meet a condition of SQL, as \"tau = 300 AND converged\""),
        app.add_option("--mean", options->mean,
                       "Average over this parameter, mostly seed: means, and standard errors in columns ending in _se"),
    };
    auto* weights =
        app.add_option("--weights", options->weights,
                       "Write the recorded weights to this folder instead, as NumPy arrays, with an index.csv");
    for (CLI::Option* option : of_tables) {
        weights->excludes(option);
    }
    add_complete(app, options->complete);
    app.add_option(
           "--price", options->prices,
           "key=[...]: evaluate at these prices (maintenance_cost, transient_change_cost, persistent_cost, exponent, "
           "potentiation_only) instead of the experiment's; nothing is written")
        ->excludes(weights);
    return [options] { return export_results(*options); };
}

}  // namespace syncache::cli
