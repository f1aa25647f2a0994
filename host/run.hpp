#pragma once

#include <atomic>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "host/backend.hpp"
#include "host/plan.hpp"

namespace syncache {

struct RunOptions {
    std::filesystem::path experiment;
    std::filesystem::path results;  // empty: the experiment's folder and name, with .sqlite (".shard-i-of-n" before it)
    std::vector<std::string> overrides;  // "key=value"
    BackendOptions backend;
    Shard shard;
    std::size_t most_trials_per_batch = 256;
    bool dry_run = false;
    bool quiet = false;
};

enum class RunEnd { finished, interrupted };

// Trains what an experiment file asks for and its results file lacks, and stores it. With `dry_run`, writes the plan
// to `out` (trials, batches, memory, predicted time) and changes nothing. Once `stop` is true, stores what is done and
// returns. Throws as read_experiment, make_plan, make_backend and Store do.
RunEnd run_experiment(const RunOptions& options, const std::atomic<bool>& stop, std::ostream& out);

}  // namespace syncache
