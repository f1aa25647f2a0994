#pragma once

#include <CLI/CLI.hpp>
#include <atomic>
#include <functional>
#include <string>

#include "host/run.hpp"

// What the commands that train have in common.
namespace syncache::cli {

// The options as given, which `options()` makes sense of.
struct RunWords {
    RunOptions run;
    std::string backend = "auto";

    RunOptions options() const;
};

// Experiment and results file, backend, threads, devices, --set, --batch and --quiet.
void add_run_options(CLI::App& app, RunWords& words);

// Calls `train` with a flag that Ctrl-C (or SIGTERM, or SIGUSR1, which batch systems send before the time is over) raises; a second one ends the program. Returns the exit code.
int run_interruptibly(const std::function<RunEnd(const std::atomic<bool>& stop)>& train);

}  // namespace syncache::cli
