#pragma once

#include <cstdint>
#include <span>
#include <vector>

// The spiking neuron of model.md, section 4, written down directly: loops over steps and all auditory inputs in double
// precision, in the order of the text, nothing skipped. The yardstick of tests and benchmarks.
namespace syncache::test {

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
    double energy = 0.0;       // sum of |change of g_A|
    std::int64_t updates = 0;  // steps in which any g_A changed
};

// Called with the step and all conductances after each step in which any of them changed.
class ReferenceWatcher {
  public:
    virtual ~ReferenceWatcher() = default;
    virtual void changed(const std::vector<double>& before, const std::vector<double>& after) = 0;
};

// One presentation. `spikes` are sorted by step. conductances: [input], changed by learning.
ReferenceResponse present_reference(const ReferenceNeuron& neuron, std::span<const ReferenceSpikes> spikes,
                                    std::vector<double>& conductances, ReferenceWatcher* watcher = nullptr);

}  // namespace syncache::test
