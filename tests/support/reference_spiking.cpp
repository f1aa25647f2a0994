#include "tests/support/reference_spiking.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace syncache::test {

ReferenceResponse present_reference(const ReferenceNeuron& c, std::span<const ReferenceSpikes> spikes,
                                    std::vector<double>& g, const ReferenceWatcher& changed) {
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
        bool any_change = false;
        for (std::size_t i = 0; i < n; ++i) {
            x[i] *= 1.0 - dt / c.depression_time;
            x[i] += counts[i] > 0 ? 1.0 : 0.0;
            g[i] += fires ? c.stdp_size * c.potentiation * x[i] : 0.0;
            g[i] -= counts[i] > 0 ? c.stdp_size * depression * x_out : 0.0;
            g[i] = std::clamp(g[i], 0.0, c.max_conductance);
            s[i] *= 1.0 - dt / c.synaptic_time;
            any_change = any_change || g[i] != before[i];
        }
        s_v *= 1.0 - dt / c.synaptic_time;
        s_b *= 1.0 - dt / c.synaptic_time;
        if (any_change) {
            changed(before, g);
        }
    }
    response.voltage = v;
    return response;
}

namespace {

double price_of(double change, const Pricing& pricing) {
    return change == 0.0 || (pricing.potentiation_only && change < 0.0) ? 0.0
                                                                        : std::pow(std::fabs(change), pricing.exponent);
}

// Transient and persistent parts, and the account.
class ReferenceCache {
  public:
    ReferenceCache(const ReferenceTraining& training, const std::vector<Pricing>& pricings)
        : t_(training),
          s_(static_cast<std::size_t>(t_.neuron.inputs), 0.0),
          fresh_(s_.size(), 0.0),
          fresh_up_(s_.size(), 0.0) {
        for (const Pricing& pricing : pricings) {
            now_.sums.push_back({pricing});
        }
        now_.persistent_sum = 0.0;
    }

    void start_presentation(std::vector<double>& g) {
        for (std::size_t i = 0; i < g.size(); ++i) {
            const double persistent = g[i] - s_[i];
            s_[i] *= t_.decay;
            g[i] = persistent + s_[i];
            now_.maintenance_sum += std::fabs(s_[i]);
            now_.persistent_sum += std::fabs(persistent);
        }
    }

    void update(const std::vector<double>& before, const std::vector<double>& after) {
        ++now_.updates;
        for (std::size_t i = 0; i < s_.size(); ++i) {
            const double change = after[i] - before[i];
            s_[i] += change;
            fresh_[i] += std::fabs(change);
            fresh_up_[i] += std::max(0.0, change);
            for (ChangeSums& sums : now_.sums) {
                sums.uncached += price_of(change, sums.pricing);
            }
        }
        double largest = 0.0, total = 0.0;
        for (const double s : s_) {
            largest = std::max(largest, std::fabs(s));
            total += std::fabs(s);
        }
        const bool all = t_.variant == "none" || (t_.variant == "local-global" && largest > t_.threshold) ||
                         (t_.variant == "global-global" && total > t_.threshold);
        for (std::size_t i = 0; i < s_.size(); ++i) {
            if (all || (t_.variant == "local-local" && std::fabs(s_[i]) > t_.threshold)) {
                for (ChangeSums& sums : now_.sums) {
                    sums.consolidation += price_of(s_[i], sums.pricing);
                }
                s_[i] = fresh_[i] = fresh_up_[i] = 0.0;
            }
        }
    }

    void end_presentation() {
        ++now_.presentations;
        for (std::size_t i = 0; i < s_.size(); ++i) {
            for (ChangeSums& sums : now_.sums) {
                sums.transient_change_sum += sums.pricing.potentiation_only ? fresh_up_[i] : fresh_[i];
            }
            fresh_[i] = fresh_up_[i] = 0.0;
        }
    }

    // The outcome if the training ended now.
    Outcome closed(const std::vector<double>& g) const {
        Outcome outcome = now_;
        outcome.epochs = now_.presentations / t_.n_patterns;
        for (ChangeSums& sums : outcome.sums) {
            for (std::size_t i = 0; i < g.size(); ++i) {
                sums.consolidation += price_of(s_[i], sums.pricing);
                sums.minimal += price_of(g[i] - t_.initial_conductance, sums.pricing);
            }
        }
        return outcome;
    }

  private:
    const ReferenceTraining& t_;
    std::vector<double> s_, fresh_, fresh_up_;
    Outcome now_;
};

// Over the last ten runs, every conductance stays within 0.03 g_max of its mean; not before the run of index 10.
bool is_stable(const std::vector<std::vector<double>>& at_run_ends, double max_conductance) {
    if (at_run_ends.size() <= 10) {
        return false;
    }
    for (std::size_t i = 0; i < at_run_ends[0].size(); ++i) {
        double mean = 0.0;
        for (std::size_t r = at_run_ends.size() - 10; r < at_run_ends.size(); ++r) {
            mean += at_run_ends[r][i] / 10.0;
        }
        for (std::size_t r = at_run_ends.size() - 10; r < at_run_ends.size(); ++r) {
            if (std::fabs(at_run_ends[r][i] - mean) > 0.03 * max_conductance) {
                return false;
            }
        }
    }
    return true;
}

}  // namespace

ReferenceTrained train_reference(const ReferenceTraining& t, const std::vector<Pricing>& pricings) {
    std::vector<double> g(static_cast<std::size_t>(t.neuron.inputs), t.initial_conductance);
    ReferenceCache cache(t, pricings);
    std::vector<std::vector<double>> at_run_ends;
    std::vector<Outcome> outcomes;
    ReferenceTrained result;
    for (int run = 0; run < t.max_runs && (!result.outcome.converged || t.play_all); ++run) {
        for (int pattern = 0; pattern < t.n_patterns; ++pattern) {
            cache.start_presentation(g);
            result.responses.push_back(
                present_reference(t.neuron, t.spikes(run, pattern), g,
                                  [&](const std::vector<double>& before, const std::vector<double>& after) {
                                      cache.update(before, after);
                                  }));
            cache.end_presentation();
        }
        at_run_ends.push_back(g);
        outcomes.push_back(cache.closed(g));
        if (!result.outcome.converged) {
            const bool converged = is_stable(at_run_ends, t.neuron.max_conductance);
            const std::size_t at = converged ? outcomes.size() - 10 : outcomes.size() - 1;
            result.outcome = outcomes[at];
            result.outcome.converged = converged;
        }
    }
    result.conductances = g;
    return result;
}

}  // namespace syncache::test
