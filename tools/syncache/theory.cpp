#include <array>
#include <fstream>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "host/results/predictions.hpp"
#include "host/store/store.hpp"
#include "tools/syncache/command.hpp"
#include "tools/syncache/partial.hpp"

namespace syncache::cli {
namespace {

struct Options {
    std::string file, table = "outcomes", format = "csv";
    std::vector<std::string> overrides;
    bool complete = false;
};

// By its first bytes, since results and experiments may have any name.
bool is_database(const std::string& file) {
    std::array<char, 16> start{};
    std::ifstream(file, std::ios::binary).read(start.data(), start.size());
    return std::string_view(start.data(), start.size()) == std::string_view("SQLite format 3\0", 16);
}

int print_theory(const Options& options) {
    std::ios::sync_with_stdio(false);
    const ExportFormat format = options.format == "csv" ? ExportFormat::csv : ExportFormat::json;
    if (is_database(options.file)) {
        if (!options.overrides.empty()) {
            throw std::invalid_argument("--set: " + options.file +
                                        " holds results, as they are; allowed: with an experiment file");
        }
        Store store(options.file, Store::Access::read);
        check_complete(store, options.complete);
        export_theory(store, options.table, format, std::cout);
        return 0;
    }
    if (options.complete) {
        throw std::invalid_argument("--complete: " + options.file + " is an experiment; allowed: with a results file");
    }
    if (options.table != "outcomes") {
        throw std::invalid_argument("--table " + options.table + ": " + options.file +
                                    " is an experiment; allowed: with a results file");
    }
    export_theory(read_experiment(options.file, options.overrides), format, std::cout);
    return 0;
}

}  // namespace

Action add_theory(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    app.add_option("file", options->file, "Experiment file, or results file (K and T as measured)")->required();
    app.add_option("--set", options->overrides, "key=value: replace a parameter, axis or accounting list of the file");
    app.add_option("--table", options->table,
                   "outcomes, or epochs or distribution of a results file that recorded them")
        ->capture_default_str();
    app.add_option("--format", options->format, "Form of the table")
        ->check(CLI::IsMember({"csv", "json"}))
        ->capture_default_str();
    add_complete(app, options->complete);
    return [options] { return print_theory(*options); };
}

}  // namespace syncache::cli
