#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "host/models/outcome.hpp"

namespace syncache::test {

// The constants of model.md, section 4, in SI units.
struct ReferenceNeuron {
    double capacitance = 0.5e-9, leak_reversal = -70e-3, adaptation_reversal = -70e-3, threshold = -50e-3,
           excitatory_reversal = 0.0;
    double leak = 20e-9, background = 1e-9, adaptation_step = 80e-9, adaptation_time = 110e-3, synaptic_time = 10e-3,
           visual = 3e-9, max_conductance = 2.5e-9;
    double stdp_size = 1.25e-9, potentiation_time = 50e-3, depression_time = 70e-3, potentiation = 0.001,
           depression_ratio = 1.05;
    double time_step = 1e-4;
    int steps = 1499;
    int inputs = 100;
};

// Input spikes of one step: source 0 background, 1 visual, 2 + k auditory input k.
struct ReferenceSpikes {
    int step = 0;
    int source = 0;
    int count = 0;
};

struct ReferenceResponse {
    int output_spikes = 0;
    int last_output_step = -1;
    double voltage = 0.0;
};

// Called after each step in which a conductance changed, with all of them before and after it.
using ReferenceWatcher = std::function<void(const std::vector<double>& before, const std::vector<double>& after)>;

// One presentation to the spiking neuron of model.md, section 4, written down directly: loops over steps and all
// auditory inputs in double precision, in the order of the text, nothing skipped. The yardstick of tests and
// benchmarks. c: the neuron's constants. spikes: sorted by step. g: conductances, [input], changed by learning.
ReferenceResponse present_reference(const ReferenceNeuron& c, std::span<const ReferenceSpikes> spikes,
                                    std::vector<double>& g, const ReferenceWatcher& changed);

// A training: presentations, caching and convergence.
struct ReferenceTraining {
    ReferenceNeuron neuron;
    int n_patterns = 1;
    int max_runs = 1000;
    std::string variant = "none";
    double threshold = 0.0;  // siemens
    double decay = 1.0;      // factor of s in each presentation
    double initial_conductance = 0.0;
    // Spikes of a presentation, sorted by step.
    std::function<std::vector<ReferenceSpikes>(int run, int pattern)> spikes;
    bool play_all = false;  // go on to max_runs after convergence
};

struct ReferenceTrained {
    Outcome outcome;                           // sums of each pricing; no extras, tables or weights
    std::vector<double> conductances;          // after the last presentation
    std::vector<ReferenceResponse> responses;  // of every presentation
};

ReferenceTrained train_reference(const ReferenceTraining& training, const std::vector<Pricing>& pricings = {Pricing{}});

}  // namespace syncache::test
