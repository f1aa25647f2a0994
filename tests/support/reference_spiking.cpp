#include "tests/support/reference_spiking.hpp"

#include <algorithm>
#include <cmath>

namespace syncache::test {

ReferenceResponse present_reference(const ReferenceNeuron& c, std::span<const ReferenceSpikes> spikes,
                                    std::vector<double>& g, ReferenceWatcher* watcher) {
    const std::size_t n = static_cast<std::size_t>(c.inputs);
    const double depression = c.depression_ratio * c.potentiation * c.potentiation_time / c.depression_time;
    const double dt = c.time_step;
    std::vector<double> s(n, 0.0), x(n, 0.0), before(n);
    std::vector<int> counts(n);
    double v = c.leak_reversal, g_k = 0.0, s_v = 0.0, s_b = 0.0, x_out = 0.0;
    ReferenceResponse response;
    auto next = spikes.begin();
    for (int step = 0; step < c.steps; ++step) {
        std::fill(counts.begin(), counts.end(), 0);
        for (; next != spikes.end() && next->step == step; ++next) {
            if (next->source >= 2) {
                counts[static_cast<std::size_t>(next->source - 2)] += next->count;
            } else {
                (next->source == 1 ? s_v : s_b) += next->count;
            }
        }
        double excitation = c.visual * s_v;
        for (std::size_t i = 0; i < n; ++i) {
            s[i] += counts[i];
            excitation += g[i] * s[i];
        }
        const double leak = c.leak * (v - c.leak_reversal), adaptation = g_k * (v - c.adaptation_reversal),
                     background = c.background * s_b * (v - c.leak_reversal),
                     synaptic = excitation * (c.excitatory_reversal - v);
        v += dt / c.capacitance * (-leak + synaptic - adaptation + background);
        const bool fires = v > c.threshold;
        if (fires) {
            v = c.leak_reversal;
            ++response.output_spikes;
            response.last_output_step = step;
        }
        g_k = std::max(0.0, g_k + (fires ? c.adaptation_step : 0.0) - g_k * dt / c.adaptation_time);
        x_out *= 1.0 - dt / c.potentiation_time;
        x_out += fires ? 1.0 : 0.0;
        before = g;
        double change = 0.0;
        for (std::size_t i = 0; i < n; ++i) {
            x[i] *= 1.0 - dt / c.depression_time;
            x[i] += counts[i] > 0 ? 1.0 : 0.0;
            g[i] += fires ? c.stdp_size * c.potentiation * x[i] : 0.0;
            g[i] -= counts[i] > 0 ? c.stdp_size * depression * x_out : 0.0;
            g[i] = std::clamp(g[i], 0.0, c.max_conductance);
            s[i] *= 1.0 - dt / c.synaptic_time;
            change += std::fabs(g[i] - before[i]);
        }
        s_v *= 1.0 - dt / c.synaptic_time;
        s_b *= 1.0 - dt / c.synaptic_time;
        if (change > 0.0) {
            response.energy += change;
            ++response.updates;
            if (watcher != nullptr) {
                watcher->changed(before, g);
            }
        }
    }
    response.voltage = v;
    return response;
}

}  // namespace syncache::test
