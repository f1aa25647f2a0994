#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "host/experiment/experiment.hpp"
#include "host/run/backend.hpp"
#include "host/run/plan.hpp"
#include "host/run/progress.hpp"
#include "host/run/scheduler.hpp"
#include "host/store/lack.hpp"
#include "host/store/store.hpp"

namespace syncache {

struct RunOptions {
    std::filesystem::path experiment;
    std::filesystem::path results;  // empty: the experiment's folder and name, with .sqlite (".shard-i-of-n" before it)
    std::vector<std::string> overrides;  // "key=value"
    std::optional<Experiment> given;     // in place of the file and the overrides
    BackendOptions backend;
    Shard shard;
    std::size_t most_trials_per_batch = 256;
    std::uint64_t memory_bytes = 0;  // that the run may hold in host memory; 0: most of what the machine has left
    bool add = false;                // also to a results file of another experiment, whose trials stay in it
    bool retrain = false;            // also trials that are stored without prices or records that are asked for
    bool dry_run = false;
    ProgressForm progress = ProgressForm::text;
    std::function<void(const ProgressState&)> on_progress;  // beside that, as of Progress
    std::function<void(const std::string&)> on_warning;     // in place of standard error; from the caller's thread
};

enum class RunEnd { finished, interrupted };

// What a run would do.
struct RunPlan {
    std::filesystem::path results;
    std::string state;          // of the results file: none yet, of another experiment, complete, incomplete
    std::optional<Lack> lack;   // what stored trials lack, so that they wait for `retrain`
    std::size_t trials = 0;     // of this shard, done ones included
    std::size_t done = 0;       // stored already
    std::size_t batches = 0;    // of the others
    std::size_t data_sets = 0;  // distinct shared data
    double data_bytes = 0.0;    // of the largest shared data
    double trial_bytes = 0.0;   // of the largest trial in flight
    double peak_bytes = 0.0;    // of the whole program, expected
    double seconds = 0.0;       // expected, on `threads` CPU threads
    bool is_bound = false;      // `seconds` is the most that it may take
    double scatter = 1.0;       // single trials may take so many times what is expected of them
    int threads = 1;
    std::string backend, device;
    std::vector<std::string> left_out, warnings;  // of DeviceChoice
};

// Changes nothing. Throws as run_experiment does.
RunPlan plan_run(const RunOptions& options);

// Called once all trials of the experiment are stored, and again after those that it asked for: further trials of the
// same model, as an experiment without accounting, or none. They become part of the experiment's results.
using AskForMore = std::function<std::optional<Experiment>(Store&, const Experiment&)>;

// Trains what an experiment file asks for and its results file lacks, and stores it. With `dry_run`, writes the plan
// to `out` (trials, batches, memory, predicted time) and changes nothing. Once `stop` asks for it, stores what is done
// and returns. Throws std::invalid_argument for a results file of an experiment of another name or model, unless `add`,
// and for stored trials that lack prices or records asked for, unless `retrain`; else as read_experiment, Survey,
// make_backend and Store do, and std::runtime_error, once all others are stored, for trials that memory did not suffice
// for.
RunEnd run_experiment(const RunOptions& options, StopRequest& stop, std::ostream& out,
                      const AskForMore& ask_for_more = nullptr);

}  // namespace syncache
