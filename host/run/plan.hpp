#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "host/experiment/sweep.hpp"
#include "host/run/repeats.hpp"

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
    double peak_bytes = 0.0;            // data and state of the largest simulation in it, one after the other
    double scatter = 1.0;               // the largest Need::scatter of its trials
    bool is_bound = false;              // Need::is_bound of any of them
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
    double largest_bytes = 0.0;   // of the largest simulation, its data included
    double scatter = 1.0;         // the largest Need::scatter
    bool is_bound = false;        // Need::is_bound of any trial
    std::size_t n_data_sets = 0;  // distinct shared data
};

struct PlanOptions {
    std::size_t most_trials_per_batch = 256;
    // A batch is closed once it holds this much work (a few hundredths of a second of a CPU core), whichever comes
    // first.
    double batch_work = 2e8;
};

// What a trial needs, with what it records.
Need whole_need(const Model& model, const Trial& trial, const Tallies& tallies);

// What every trial of a shard needs, most costly ones first.
class Survey {
  public:
    // Asks each trial of the sweep once. Throws std::invalid_argument for one that cannot be (Model::complete,
    // Model::check), and for one that occurs twice.
    Survey(const Sweep& sweep, const Tallies& tallies, const Shard& shard);

    std::size_t n_trials() const { return items_.size(); }

    // Of the whole sweep, all shards.
    const Repeats& repeats() const { return repeats_; }

    // A trial's place for each set of shared data of the sweep, at most so many.
    std::vector<std::uint32_t> places_of_data(std::size_t most) const;

    // is_done(place) tells whether the trial's outcome is already stored.
    Plan plan(const PlanOptions& options, const std::function<bool(std::size_t)>& is_done) const;

  private:
    // A trial as the plan sees it: small, since there may be millions.
    struct Item {
        std::uint32_t place;
        std::uint32_t data;        // index of its shared data
        std::uint64_t trajectory;  // its name_of_trajectory
        float work, member_work, state_bytes, scatter;
        bool is_bound;
        float longest = 0.0f;  // work of the longest trial of its trajectory
    };
    struct DataSet {
        double bytes = 0.0, work = 0.0, longest = 0.0;
        std::uint32_t first_place = 0;
    };
    class Batching;

    void ask_trials(const Sweep& sweep, const Tallies& tallies);
    void sort_most_costly_first();
    void keep_shard(const Shard& shard);
    static double work_beside(const Item* before, const Item& item);

    std::vector<Item> items_;
    std::vector<DataSet> data_;
    Repeats repeats_;
};

// Seconds of one CPU core for that much work, roughly: the constant is measured (tests/perf/README.md).
double predicted_seconds(double work);

// Bytes that a run on `workers` CPU threads is expected to hold at its peak, beyond what the program holds before.
double predicted_bytes(const Plan& plan, int workers);

}  // namespace syncache
