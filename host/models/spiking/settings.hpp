#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "host/settings/parameter.hpp"
#include "host/settings/trial.hpp"
#include "kernels/spiking/task.hpp"

namespace syncache::spiking {

// One trial of the spiking neuron, read once. The numbers' names, units and defaults are in settings.cpp.
struct Settings {
    std::uint64_t seed = 0;
    bool single = false;
    Policy policy = Policy::immediate;
    double threshold = 0.0;
    double decay = 1.0;  // factor of s per presentation; 1 where there is no transient part
    std::filesystem::path patterns_file, input_spikes_file;

    double initial_conductance, membrane_capacitance, leak_reversal, adaptation_reversal, excitatory_reversal,
        spike_threshold, leak_conductance, background_conductance, visual_conductance, max_conductance,
        adaptation_increment, adaptation_time, synaptic_time, stdp_size, potentiation_time, depression_time,
        potentiation_amplitude, depression_ratio, time_step, presentation_time, auditory_onset, auditory_offset,
        visual_onset, visual_offset, auditory_rate, visual_rate, background_rate, visual_ratio_high, visual_ratio_low,
        convergence_tolerance, success_within, success_apart;
    std::int64_t patterns, max_runs, auditory_inputs, active_inputs, auditory_pool, visual_pool, background_pool,
        convergence_runs;

    // In a presentation: from each of its presentation_time / time_step times to the next, as the published script
    // counts; 1499 with the defaults.
    int steps() const;
    double visual_ratio(int target) const { return target == 1 ? visual_ratio_high : visual_ratio_low; }
};

// All parameters of the model, in the order of exports.
const std::vector<Parameter>& parameters();

Settings read_settings(const Trial& trial);

// The same from values in the order of parameters(); without the files' paths.
Settings read_settings(const std::vector<Value>& values);

// Refuses combinations that mean nothing. Throws std::invalid_argument naming the keys.
void check(const Settings& settings);

// Text that is equal for trials with the same constants, and so the same tables.
std::string constants_name(const Settings& settings);

// Text that is equal for trials with the same trajectory of conductances, or "" where only one trial can have it.
std::string trajectory_name(const Settings& settings);

}  // namespace syncache::spiking
