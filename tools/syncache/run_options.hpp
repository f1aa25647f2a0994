#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "host/run/run.hpp"

// What the commands that train have in common.
namespace syncache::cli {

// The options as given, which `options()` makes sense of.
struct RunWords {
    RunOptions run;
    std::string backend = "auto";
    std::string progress = "text";
    bool quiet = false;

    RunOptions options() const;
};

// Experiment and results file, backend, threads, devices, --set, --batch, --progress and --quiet.
void add_run_options(CLI::App& app, RunWords& words);

// Calls `train` so that Ctrl-C (or SIGTERM, or SIGUSR1, which batch systems send before the time is over) lets it train
// and store the trials in hand, and end; a second one gives these up; a third one ends the program. Returns the exit
// code.
int run_interruptibly(const std::function<RunEnd(StopRequest& stop)>& train);

}  // namespace syncache::cli
