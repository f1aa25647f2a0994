#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "tools/syncache/command.hpp"

namespace syncache::cli {
namespace {

struct Options {
    std::string results, output, where;
    std::vector<std::string> prices;
    bool complete = false, serve = false;
    int port = 0;
};

// Nothing is imported from the working folder: one with results may hold anything.
constexpr const char* program = R"(
import sys
sys.path[:] = [folder for folder in sys.path if folder]
try:
    from syncache._explore_command import explore
except ImportError as error:
    sys.exit(f'syncache: explore needs the Python package syncache, which {sys.executable} does not have ({error}); '
             'allowed: a Python that has it, as python3 or named in SYNCACHE_PYTHON (docs/python.md)')
sys.exit(explore(sys.argv[1:]))
)";

std::vector<std::string> words_of(const Options& options) {
    std::vector<std::string> words;
    if (!options.output.empty()) {
        words.push_back("--output=" + options.output);
    }
    if (!options.where.empty()) {
        words.push_back("--where=" + options.where);
    }
    for (const std::string& price : options.prices) {
        words.push_back("--price=" + price);
    }
    if (options.complete) {
        words.emplace_back("--complete");
    }
    if (options.serve) {
        words.insert(words.end(), {"--serve", fmt::format("--port={}", options.port)});
    }
    words.insert(words.end(), {"--", options.results});
    return words;
}

// Becomes Python, whose package makes the page: signals and exit code are its.
int explore(const Options& options) {
    const char* const chosen = std::getenv("SYNCACHE_PYTHON");
    const std::string python = chosen != nullptr && *chosen != '\0' ? chosen : "python3";
    std::vector<std::string> words{python, "-c", program};
    const std::vector<std::string> rest = words_of(options);
    words.insert(words.end(), rest.begin(), rest.end());
    std::vector<char*> pointers;
    for (std::string& word : words) {
        pointers.push_back(word.data());
    }
    pointers.push_back(nullptr);
    execvp(python.c_str(), pointers.data());
    throw std::system_error(errno, std::generic_category(),
                            fmt::format("explore needs Python with the package syncache (docs/python.md): {}", python));
}

}  // namespace

Action add_explore(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    app.add_option("results", options->results, "Results file")->required();
    app.add_option("-o,--output", options->output, "The page (default: beside the results, .html)");
    app.add_option("--where", options->where,
                   "Only trials that meet a condition of SQL, as \"tau = 300 AND converged\"");
    app.add_option("--price", options->prices, "key=[...]: begin at these prices instead of the experiment's");
    app.add_flag("--complete", options->complete,
                 "Refuse results that lack trials of their experiment, rather than warn");
    auto* serve = app.add_flag("--serve", options->serve,
                               "Show it from this program instead, to browsers of this machine alone, until Ctrl-C");
    app.add_option("--port", options->port, "Port of --serve (default: one that is free)")
        ->check(CLI::Range(0, 65535))
        ->needs(serve);
    return [options] { return explore(*options); };
}

}  // namespace syncache::cli
