#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

// The subcommands. Each has a file of its own, which adds its options to the CLI::App it is given and returns what to
// do once they are parsed: a function that gives the exit code (0 done, 1 failed, 130 interrupted). It throws
// std::invalid_argument for what the user can fix (exit code 2) and other exceptions for what failed (1).
namespace syncache::cli {

using Action = std::function<int()>;

Action add_run(CLI::App& app);
Action add_data(CLI::App& app);
Action add_models(CLI::App& app);
Action add_devices(CLI::App& app);
Action add_export(CLI::App& app);
Action add_status(CLI::App& app);
Action add_merge(CLI::App& app);
Action add_copy(CLI::App& app);
Action add_verify(CLI::App& app);
Action add_theory(CLI::App& app);
Action add_optimise(CLI::App& app);
Action add_optimum(CLI::App& app);
Action add_reach(CLI::App& app);
Action add_explore(CLI::App& app);

// Writes text to standard output. Throws std::system_error if it cannot.
void print(const std::string& text);

}  // namespace syncache::cli
