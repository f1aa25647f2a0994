#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "host/plan.hpp"

namespace syncache {

// A thread that trains batches: on one CPU core, or feeding one GPU.
struct Worker {
    std::function<std::unique_ptr<Trainer>()> make_trainer;  // called in the worker's thread
    std::size_t most_trials = 1;  // takes batches from the queue until it holds this many trials (at least one batch)
    double most_bytes = 0.0;      // or this much data and state
};

// What has been done so far; read by the progress display from another thread.
struct Done {
    std::atomic<std::size_t> trials = 0;
    std::atomic<double> work = 0.0;
};

// One finished batch's outcomes; called from any worker, one at a time.
using BatchSink = std::function<void(std::span<const std::size_t> places, std::vector<Outcome> outcomes)>;

// Trains all batches of the plan in its order. Returns when all are done, or, once `stop` is true, when the trials in
// hand are stored or given up. A worker's exception stops the others and is thrown here, after what was finished is
// stored.
void train_all(const Plan& plan, const Sweep& sweep, const Tallies& tallies, std::span<const Worker> workers,
               const BatchSink& store, const std::atomic<bool>& stop, Done& done);

}  // namespace syncache
