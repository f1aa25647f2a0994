#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "host/sweep.hpp"

namespace syncache {

// Part i of n of a sweep, 1 <= i <= n. What a trial gives does not depend on it.
struct Shard {
    int index = 1;
    int count = 1;
};

// Trials that one worker trains and stores together.
struct Batch {
    std::vector<std::uint32_t> trials;  // places in the sweep
    double work = 0.0;                  // elementary operations, expected
    double data_bytes = 0.0;            // shared data of the batch
    double state_bytes = 0.0;           // all its trials in flight at once
};

// What is to be done, most costly batches first, so that no long training starts last. Trials on the same patterns stay
// neighbours.
struct Plan {
    std::size_t n_trials = 0;  // of this shard, done ones included
    std::size_t n_done = 0;
    std::vector<Batch> batches;
    double work = 0.0;            // of all batches
    double largest_data = 0.0;    // bytes of the largest shared data of one trial
    double largest_state = 0.0;   // bytes of the largest trial in flight
    std::size_t n_data_sets = 0;  // distinct shared data
};

struct PlanOptions {
    Shard shard;
    std::size_t most_trials_per_batch = 256;
    // A batch is closed once it holds this much work (a few hundredths of a second of a CPU core), whichever comes
    // first.
    double batch_work = 2e8;
};

// Asks each trial of the shard once. is_done(place, trial) tells whether its outcome is already stored.
// Throws std::invalid_argument for a trial that cannot be (Model::complete, Model::check).
Plan make_plan(const Sweep& sweep, const Tallies& tallies, const PlanOptions& options,
               const std::function<bool(std::size_t, const Trial&)>& is_done);

// Seconds of one CPU core for that much work, roughly: the constant is measured (tests/perf/README.md).
double predicted_seconds(double work);

// Bytes that a run on `workers` CPU threads is expected to hold at its peak, beyond what the program holds before.
double predicted_bytes(const Plan& plan, int workers);

}  // namespace syncache
