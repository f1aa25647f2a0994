#include "tools/syncache/command_line.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <initializer_list>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "host/run/message.hpp"
#include "host/settings/suggestion.hpp"
#include "host/store/build_info.hpp"
#include "tools/syncache/command.hpp"

namespace syncache {
namespace {

constexpr int failed = 1;
constexpr int bad_usage = 2;

struct Command {
    const char* name;
    const char* description;
    cli::Action (*add)(CLI::App&);
};

// In the order of the help.
constexpr Command commands[] = {
    {"run", "Trains what an experiment file asks for and the results file lacks", cli::add_run},
    {"status", "What results files hold: done, missing, failed and not converged trials, and their runs",
     cli::add_status},
    {"export", "Writes a table of results to standard output, or recorded weights to a folder", cli::add_export},
    {"merge", "Puts the results of several files, such as shards, into one", cli::add_merge},
    {"copy", "Copies a results file, also one that is being written, into one whole file", cli::add_copy},
    {"verify", "Checks the paper's claims on results", cli::add_verify},
    {"optimise", "Trains an experiment, and more trials around the optimal thresholds, until these are known",
     cli::add_optimise},
    {"optimum", "Prints where results have their least energy, over the threshold or another parameter",
     cli::add_optimum},
    {"reach", "Prints the energy and the presentations at which accuracies are reached first", cli::add_reach},
    {"explore", "Makes a page of results, to explore in a browser: axes, prices, learning curves", cli::add_explore},
    {"theory", "Prints what the theory says of an experiment's trials, or of results", cli::add_theory},
    {"data", "Lists, fetches and verifies collections of images", cli::add_data},
    {"models", "Lists the models, or the parameters of one", cli::add_models},
    {"devices", "Lists the processor and the GPUs that runs can use", cli::add_devices},
};

// What is wrong with the first word, if it is no command; "" if it is one, or an option.
std::string unknown_command(std::string_view word) {
    std::vector<std::string> names;
    for (const Command& command : commands) {
        names.emplace_back(command.name);
    }
    if (word.starts_with('-') || std::ranges::count(names, word) > 0) {
        return "";
    }
    return fmt::format("{}: no such command; {}allowed: {} (see syncache --help)", word,
                       syncache::did_you_mean(word, names), fmt::join(names, ", "));
}

// CLI11 lists words that nobody wants last first.
std::string usage_problem(const CLI::App& app, const CLI::ParseError& error) {
    std::string command = "syncache";
    for (const CLI::App* subcommand : app.get_subcommands()) {
        command += " " + subcommand->get_name();
    }
    const auto* const extras = dynamic_cast<const CLI::ExtrasError*>(&error);
    return fmt::format("{} (see {} --help)",
                       extras != nullptr ? fmt::format("not expected: {}", fmt::join(app.remaining(true), " "))
                                         : std::string(error.what()),
                       command);
}

std::string version() {
    return fmt::format("syncache {}\ncommit {}\nbuild {}", version_text(), commit_text(), build_text());
}

// One line, whatever the message holds.
int complain(std::string message, int code) {
    while (!message.empty() && message.back() == '\n') {
        message.pop_back();
    }
    std::replace(message.begin(), message.end(), '\n', ' ');
    tell("syncache: " + message + '\n');
    return code;
}

int run(int argc, char** argv) {
    CLI::App app("Trains many small networks and measures the metabolic energy of learning.", "syncache");
    app.set_version_flag("--version", version);
    app.require_subcommand(0, 1);  // none is reported below: so that a misspelt one is named
    std::vector<std::pair<CLI::App*, cli::Action>> actions;
    for (const Command& command : commands) {
        CLI::App* subcommand = app.add_subcommand(command.name, command.description);
        actions.emplace_back(subcommand, command.add(*subcommand));
    }
    if (const std::string problem = argc > 1 ? unknown_command(argv[1]) : ""; !problem.empty()) {
        return complain(problem, bad_usage);
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) {  // --help, --version
            return app.exit(error);
        }
        return complain(usage_problem(app, error), bad_usage);
    }
    for (const auto& [subcommand, action] : actions) {
        if (subcommand->parsed()) {
            return action();
        }
    }
    return complain("a subcommand is required (see syncache --help)", bad_usage);
}

}  // namespace

void cli::print(const std::string& text) {
    errno = 0;
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
        throw std::system_error(errno != 0 ? errno : EIO, std::generic_category(), "cannot write to standard output");
    }
}

namespace {

int out_of_memory() {
    tell("syncache: out of memory\n");
    return failed;
}

// Where memory ends in a destructor (that of nlohmann's JSON takes some), nothing can be unwound. The results file is
// then as after a kill: it has all that was committed.
void end_at_once() {
    try {
        if (const std::exception_ptr thrown = std::current_exception()) {
            std::rethrow_exception(thrown);
        }
    } catch (const std::bad_alloc&) {
        _exit(out_of_memory());
    } catch (...) {
    }
    std::abort();
}

// Throws std::bad_alloc alone, from whatever it says, too.
int run_or_complain(int argc, char** argv, std::initializer_list<std::reference_wrapper<const Model>> own_models) {
    try {
        for (const Model& model : own_models) {
            add_model(model);
        }
        return run(argc, argv);
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::system_error& error) {
        return error.code() == std::errc::broken_pipe ? 0 : complain(error.what(), failed);
    } catch (const std::invalid_argument& error) {
        return complain(error.what(), bad_usage);
    } catch (const std::exception& error) {
        return complain(error.what(), failed);
    }
}

}  // namespace

int command_line(int argc, char** argv, std::initializer_list<std::reference_wrapper<const Model>> own_models) {
    // A reader that has seen enough (export | head) shows as EPIPE, a limit on the size of files as EFBIG.
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    std::set_terminate(end_at_once);
    try {
        return run_or_complain(argc, argv, own_models);
    } catch (const std::bad_alloc&) {
        return out_of_memory();
    }
}

}  // namespace syncache
