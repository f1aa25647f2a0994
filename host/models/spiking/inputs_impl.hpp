#pragma once

#include <cstdint>
#include <vector>

#include "host/models/spiking/settings.hpp"
#include "kernels/spiking/task.hpp"

namespace syncache::spiking {

// What a neuron is presented with: its patterns and, where spikes are replayed, all recorded spikes.
struct Inputs {
    std::vector<Pattern> patterns;
    std::vector<RecordedSpike> spikes;  // presentation by presentation, train by train, in the order of steps
    std::vector<std::int64_t> begin;    // [presentation][recorded_trains] + 1, or empty
    std::int64_t recorded_runs = 0;
};

// Makes or reads the inputs of a trial. `patterns` and `max_runs` of the settings are not looked at where files hold
// them. Throws std::invalid_argument "<file>:<line>: <column>: <found>; allowed: <...>".
Inputs make_inputs(const Settings& settings);

}  // namespace syncache::spiking
