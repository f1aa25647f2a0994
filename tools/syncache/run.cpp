#include "host/run.hpp"

#include <csignal>
#include <iostream>
#include <memory>
#include <stdexcept>

#include "tools/syncache/command.hpp"

namespace syncache::cli {
namespace {

constexpr int interrupted = 130;

std::atomic<bool> stop_requested = false;
static_assert(std::atomic<bool>::is_always_lock_free);  // as a signal handler needs it

// The first signal asks the run to stop, the second ends the program.
extern "C" void request_stop(int signal) {
    stop_requested = true;
    std::signal(signal, SIG_DFL);
}

Shard parse_shard(const std::string& text) {
    Shard shard;
    char end = '\0';
    if (std::sscanf(text.c_str(), "%d/%d%c", &shard.index, &shard.count, &end) != 2 || shard.count < 1 ||
        shard.index < 1 || shard.index > shard.count) {
        throw std::invalid_argument("--shard = " + text + "; allowed: i/n with 1 <= i <= n");
    }
    return shard;
}

int run(RunOptions options, const std::string& backend, const std::string& shard) {
    options.backend.choice = backend == "cpu"    ? BackendChoice::cpu
                             : backend == "cuda" ? BackendChoice::cuda
                                                 : BackendChoice::automatic;
    options.shard = parse_shard(shard);
    std::signal(SIGINT, request_stop);
    std::signal(SIGTERM, request_stop);
    return run_experiment(options, stop_requested, std::cout) == RunEnd::finished ? 0 : interrupted;
}

}  // namespace

Action add_run(CLI::App& app) {
    struct Words {
        RunOptions options;
        std::string backend = "auto", shard = "1/1";
    };
    const auto words = std::make_shared<Words>();
    RunOptions& options = words->options;
    app.add_option("experiment", options.experiment, "Experiment file (TOML)")->required();
    app.add_option("-o,--output", options.results, "Results file; by default beside the experiment, ending in .sqlite");
    app.add_option("--backend", words->backend, "auto: every GPU and every core")
        ->check(CLI::IsMember({"auto", "cpu", "cuda"}))
        ->capture_default_str();
    app.add_option("--threads", options.backend.threads, "CPU threads; by default as many as there are cores")
        ->check(CLI::Range(1, 4096));
    app.add_option("--devices", options.backend.devices, "GPUs by number, as 0,1; by default all")->delimiter(',');
    app.add_option("--shard", words->shard, "Train part i of n of the sweep, as i/n")->capture_default_str();
    app.add_option("--set", options.overrides, "key=value: replace a parameter, axis or accounting list of the file");
    app.add_option("--batch", options.most_trials_per_batch, "Most trials trained and stored together")
        ->check(CLI::Range(1, 1000000))
        ->capture_default_str();
    app.add_flag("--dry-run", options.dry_run, "Print the plan: trials, batches, memory, predicted time");
    app.add_flag("--quiet", options.quiet, "No progress");
    return [words] { return run(words->options, words->backend, words->shard); };
}

}  // namespace syncache::cli
