#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "datasets/digit_files.hpp"
#include "datasets/fetch.hpp"
#include "host/run/message.hpp"
#include "tools/syncache/command.hpp"

namespace syncache::cli {
namespace {

struct Options {
    std::string name;
    std::vector<std::string> names, mirrors;
    std::string folder;
};

int list() {
    std::string text;
    for (const DataCollection& collection : data_collections()) {
        const auto folder = locate(collection);
        text += fmt::format("{:14} {}\n", collection.name, folder ? folder->string() : "not here");
    }
    print(text + fmt::format("{:14} drawn by procedure, always here\n", "synthetic"));
    return 0;
}

int fetch_collection(const Options& options) {
    const DataCollection& collection = find_collection(options.name);
    std::vector<std::string> mirrors = options.mirrors;
    if (mirrors.empty()) {
        mirrors.assign(collection.mirrors.begin(), collection.mirrors.end());
    }
    const std::filesystem::path folder =
        options.folder.empty() ? default_data_folder() : std::filesystem::path(options.folder);
    std::signal(SIGINT, SIG_IGN);  // it ends the download, and then this program in good order
    try {
        fetch(collection, folder, mirrors, [](const std::string& line) { tell("{}\n", line); });
    } catch (const FetchInterrupted& interrupted) {
        tell("syncache: {}\n", interrupted.what());
        return 130;
    }
    print(fmt::format("{}\n", (folder / collection.name).string()));
    return 0;
}

// One line for each file; the exit code tells whether all collections asked for are intact.
int verify(const Options& options) {
    std::string text;
    bool good = true;
    for (const DataCollection& collection : data_collections()) {
        const bool asked = std::ranges::find(options.names, collection.name) != options.names.end();
        const auto folder = locate(collection);
        if (!folder && asked) {
            text +=
                fmt::format("{}: not here; get it with `syncache data fetch {}`\n", collection.name, collection.name);
            good = false;
        } else if (folder && (asked || options.names.empty())) {
            const std::vector<std::string> faults = faults_of(collection, *folder);
            for (const std::string& fault : faults) {
                text += fmt::format("{}/{}\n", folder->string(), fault);
            }
            text += faults.empty() ? fmt::format("{}: good, in {}\n", collection.name, folder->string()) : "";
            good = good && faults.empty();
        }
    }
    print(text);
    return good ? 0 : 1;
}

}  // namespace

Action add_data(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    CLI::App* const fetching =
        app.add_subcommand("fetch", "Downloads a collection, verified; the only command that uses the network");
    fetching->add_option("name", options->name, "mnist, fashion-mnist or emnist")->required();
    fetching->add_option("--mirror", options->mirrors,
                         "URL of a folder that has the files, instead of the known ones; may be repeated");
    fetching->add_option("--to", options->folder, "folder of data (default: $SYNCACHE_DATA, or datasets/data)");
    CLI::App* const verifying =
        app.add_subcommand("verify", "Compares the files that are here with their known sizes and sums");
    verifying->add_option("names", options->names, "collections that must be here (default: those that are)");
    app.require_subcommand(0, 1);
    return [=] {
        if (fetching->parsed()) {
            return fetch_collection(*options);
        }
        for (const std::string& name : options->names) {
            find_collection(name);  // throws for one that is none
        }
        return verifying->parsed() ? verify(*options) : list();
    };
}

}  // namespace syncache::cli
