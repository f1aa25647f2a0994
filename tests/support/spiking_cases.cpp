#include "tests/support/spiking_cases.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "kernels/spiking/spiking_cpu.hpp"
#include "tests/support/source_folder.hpp"

namespace syncache::test {
namespace {

using spiking::RecordedSpike;

void append(std::vector<ReferenceSpikes>& all, const RecordedSpike* begin, const RecordedSpike* end,
            std::uint32_t source) {
    for (const RecordedSpike* spike = begin; spike != end; ++spike) {
        all.push_back({spike->step, static_cast<int>(source), spike->count});
    }
}

std::vector<ReferenceSpikes> spikes_of(const spiking::Settings& s, const spiking::Inputs& inputs,
                                       const spiking::Constants<double>& c, int run, int p) {
    const spiking::Pattern& pattern = inputs.patterns[static_cast<std::size_t>(p)];
    const std::int64_t presentation =
        static_cast<std::int64_t>(run) * static_cast<std::int64_t>(inputs.patterns.size()) + p;
    std::vector<RecordedSpike> buffer(static_cast<std::size_t>(c.steps));
    std::vector<ReferenceSpikes> all;
    const auto add = [&](int train, std::uint32_t source, const spiking::SpikeLaw& law) {
        if (!inputs.begin.empty()) {
            const auto at = static_cast<std::size_t>(presentation * spiking::recorded_trains + train);
            append(all, inputs.spikes.data() + inputs.begin[at], inputs.spikes.data() + inputs.begin[at + 1], source);
            return;
        }
        const int n = spiking::cpu_kernels().random_spikes(law, s.seed, run, p, source, buffer.data());
        append(all, buffer.data(), buffer.data() + n, source);
    };
    for (int k = 0; k < pattern.n_active; ++k) {
        add(k, spiking::first_auditory_source + static_cast<std::uint32_t>(pattern.active[k]), c.auditory_law);
    }
    add(spiking::max_active, spiking::visual_source, c.visual_law[pattern.target]);
    add(spiking::max_active + 1, spiking::background_source, c.background_law);
    std::ranges::stable_sort(all, {}, &ReferenceSpikes::step);
    return all;
}

}  // namespace

spiking::Settings spiking_settings(int n_patterns, std::uint64_t seed) {
    std::vector<Value> values;
    for (const Parameter& parameter : spiking::parameters()) {
        values.push_back(parameter.fallback);
    }
    spiking::Settings settings = spiking::read_settings(values);
    settings.patterns = n_patterns;
    settings.seed = seed;
    return settings;
}

spiking::Settings golden_spiking(const std::string& name) {
    const std::filesystem::path folder = source_folder() / "tests/golden/spiking" / name;
    spiking::Settings settings = spiking_settings();
    settings.patterns_file = folder / "patterns.csv";
    settings.input_spikes_file = folder / "input_spikes.csv.gz";
    const spiking::Inputs inputs = spiking::make_inputs(settings);
    settings.patterns = static_cast<std::int64_t>(inputs.patterns.size());
    settings.max_runs = inputs.recorded_runs;
    return settings;
}

ReferenceTraining reference_training(const spiking::Settings& s) {
    ReferenceTraining t;
    ReferenceNeuron& c = t.neuron;
    c.capacitance = s.membrane_capacitance;
    c.leak_reversal = s.leak_reversal;
    c.adaptation_reversal = s.adaptation_reversal;
    c.threshold = s.spike_threshold;
    c.excitatory_reversal = s.excitatory_reversal;
    c.leak = s.leak_conductance;
    c.background = s.background_conductance;
    c.adaptation_step = s.adaptation_increment;
    c.adaptation_time = s.adaptation_time;
    c.synaptic_time = s.synaptic_time;
    c.visual = s.visual_conductance;
    c.max_conductance = s.max_conductance;
    c.stdp_size = s.stdp_size;
    c.potentiation_time = s.potentiation_time;
    c.depression_time = s.depression_time;
    c.potentiation = s.potentiation_amplitude;
    c.depression_ratio = s.depression_ratio;
    c.time_step = s.time_step;
    c.steps = s.steps();
    c.inputs = static_cast<int>(s.auditory_inputs);
    t.n_patterns = static_cast<int>(s.patterns);
    t.max_runs = static_cast<int>(s.max_runs);
    t.variant = s.policy == Policy::local_local     ? "local-local"
                : s.policy == Policy::local_global  ? "local-global"
                : s.policy == Policy::global_global ? "global-global"
                                                    : "none";
    t.threshold = s.threshold;
    t.decay = s.decay;
    t.initial_conductance = s.initial_conductance;
    t.play_all = !s.input_spikes_file.empty();
    const auto inputs = std::make_shared<spiking::Inputs>(spiking::make_inputs(s));
    const auto tables = std::make_shared<spiking::ConstantTables<double>>(s);
    t.spikes = [=](int run, int pattern) { return spikes_of(s, *inputs, tables->constants, run, pattern); };
    return t;
}

}  // namespace syncache::test
