#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "host/run/memory_impl.hpp"
#include "host/run/plan.hpp"
#include "host/store/store.hpp"

namespace syncache {

// How a run is asked to end early; a signal's handler may do it.
struct StopRequest {
    std::atomic<bool> soon = false;  // trains what it has in hand, and nothing more
    std::atomic<bool> now = false;   // gives up what it has in hand, too
};

// A thread that trains batches: on one CPU core, or feeding one GPU.
struct Worker {
    std::function<std::unique_ptr<Trainer>()> make_trainer;  // called in the worker's thread
    std::size_t most_trials = 1;  // takes batches from the queue until it holds this many trials (at least one batch)
    double most_bytes = 0.0;      // or this much data and state
    bool one_by_one = true;       // trains one trial after the other, so that each one's time can be told
};

// The work that a worker has done lately, the seconds it took, and what it has in hand.
struct Pace {
    std::atomic<double> work = 0.0, seconds = 0.0;
    std::atomic<std::size_t> trials_in_hand = 0;
    std::atomic<double> work_in_hand = 0.0;   // of those trials
    std::atomic<double> scatter = 1.0;        // of those trials: Batch::scatter
    std::atomic<bool> is_bound = false;       // Batch::is_bound
    std::atomic<double> in_hand_since = 0.0;  // Done::seconds() when the last trial was finished, or the first begun
};

// What has been done so far; read by the progress display from another thread.
struct Done {
    explicit Done(std::size_t n_workers) : paces(n_workers) {}
    double seconds() const;  // since this began

    std::atomic<std::size_t> trained = 0;
    std::atomic<std::size_t> trials = 0;  // stored
    std::atomic<double> work = 0.0;       // trained
    std::vector<Pace> paces;              // [worker]

  private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// What becomes of outcomes.
struct Results {
    // From a finished trial to what is stored; called in the workers' threads. seconds: that the trial took, NaN where
    // nobody can tell.
    std::function<Store::Result(std::size_t place, Outcome outcome, double seconds)> prepare;
    // Stores all or none; called in one other thread, with none every few seconds in which nothing is finished.
    std::function<void(std::span<const Store::Result>)> store;
};

// Trials that could not be trained for want of memory.
struct Failures {
    std::size_t count = 0;
    std::string first;  // which trial, what it needs, what the machine said
};

// Trains all batches of the plan in its order. Returns when all are done, or, once asked to stop, when the trials in
// hand are stored or given up. A worker that runs out of memory tries again with half as many trials at once, in the
// end with one trial alone on the machine, and leaves out the trial that even then does not fit. Any other exception
// of a worker stops all, and is thrown here after what was finished is stored; a failure to store gives up all trials.
Failures train_all(const Plan& plan, const Sweep& sweep, const Tallies& tallies, std::span<const Worker> workers,
                   const Results& results, MemoryBudget& memory, StopRequest& stop, Done& done);

}  // namespace syncache
