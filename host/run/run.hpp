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
#include "host/store/store.hpp"

namespace syncache {

struct RunOptions {
    std::filesystem::path experiment;
    std::filesystem::path results;  // empty: the experiment's folder and name, with .sqlite (".shard-i-of-n" before it)
    std::vector<std::string> overrides;  // "key=value"
    BackendOptions backend;
    Shard shard;
    std::size_t most_trials_per_batch = 256;
    std::uint64_t memory_bytes = 0;  // that the run may hold in host memory; 0: most of what the machine has left
    bool add = false;                // also to a results file of another experiment, whose trials stay in it
    bool retrain = false;            // also trials that are stored without prices or records that are asked for
    bool dry_run = false;
    ProgressForm progress = ProgressForm::text;
};

enum class RunEnd { finished, interrupted };

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
