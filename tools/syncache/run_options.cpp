#include "tools/syncache/run_options.hpp"

#include <signal.h>

#include <atomic>
#include <functional>

namespace syncache::cli {
namespace {

constexpr int interrupted = 130;

StopRequest stop_request;
static_assert(std::atomic<bool>::is_always_lock_free);  // as a signal handler needs it

extern "C" void request_stop(int signal) {
    if (stop_request.soon.exchange(true)) {
        stop_request.now = true;
        ::signal(signal, SIG_DFL);
    }
}

}  // namespace

RunOptions RunWords::options() const {
    RunOptions options = run;
    options.backend.choice = backend == "cpu"    ? BackendChoice::cpu
                             : backend == "cuda" ? BackendChoice::cuda
                                                 : BackendChoice::automatic;
    options.progress = quiet || progress == "none" ? ProgressForm::none
                       : progress == "json"        ? ProgressForm::json
                                                   : ProgressForm::text;
    return options;
}

void add_run_options(CLI::App& app, RunWords& words) {
    RunOptions& options = words.run;
    app.add_option("experiment", options.experiment, "Experiment file (TOML)")->required();
    app.add_option("-o,--output", options.results, "Results file; by default beside the experiment, ending in .sqlite");
    app.add_option("--backend", words.backend, "auto: every GPU and every core")
        ->check(CLI::IsMember({"auto", "cpu", "cuda"}))
        ->capture_default_str();
    app.add_option("--threads", options.backend.threads, "CPU threads; by default as many as there are cores")
        ->check(CLI::Range(1, 4096));
    app.add_option("--devices", options.backend.devices, "GPUs by number, as 0,1; by default all")->delimiter(',');
    app.add_option("--set", options.overrides, "key=value: replace a parameter, axis or accounting list of the file");
    app.add_option("--batch", options.most_trials_per_batch, "Most trials trained and stored together")
        ->check(CLI::Range(1, 1000000))
        ->capture_default_str();
    app.add_option("--memory", options.memory_bytes,
                   "Host memory that the run may hold, as 8GB or 500MB; by default most of what the machine has left")
        ->transform(CLI::AsSizeValue(true))
        ->check(CLI::PositiveNumber);
    app.add_flag("--add", options.add, "Also into a results file of another experiment, whose trials stay in it");
    app.add_flag("--retrain", options.retrain,
                 "Train stored trials again that lack prices (exponents) or records that are asked for");
    auto* form = app.add_option("--progress", words.progress,
                                "On standard error: text; json: an object a line, for programs; none")
                     ->check(CLI::IsMember({"text", "json", "none"}))
                     ->capture_default_str();
    app.add_flag("--quiet", words.quiet, "The same as --progress none")->excludes(form);
}

int run_interruptibly(const std::function<RunEnd(StopRequest& stop)>& train) {
    signal(SIGINT, request_stop);
    signal(SIGTERM, request_stop);
    signal(SIGUSR1, request_stop);
    return train(stop_request) == RunEnd::finished ? 0 : interrupted;
}

}  // namespace syncache::cli
