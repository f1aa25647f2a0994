#pragma once

#include <cstdint>
#include <optional>

#include "host/experiment/experiment.hpp"
#include "host/store/store.hpp"

namespace syncache {

// The experiment that exports evaluate, as the latest run or merge recorded it; without its folder. None where this
// program cannot make sense of it, as of a model that it does not know, and where there is none.
std::optional<Experiment> recorded_experiment(const Store& store);

// How much of its experiment a results file holds. Counts trials, of all shards, with those that optimise or a forced
// merge have added behind the experiment's own.
struct Completeness {
    std::int64_t planned = 0;
    std::int64_t done = 0;
    std::int64_t missing() const { return planned > done ? planned - done : 0; }
};

// Where the recorded experiment cannot be read, `planned` is what the runs in the file were to train: then shards that
// the file knows nothing of do not count.
Completeness completeness(const Store& store);

}  // namespace syncache
