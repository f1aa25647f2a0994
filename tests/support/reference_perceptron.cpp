#include "tests/support/reference_perceptron.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace syncache::test {
namespace {

double cost(double change, const Pricing& pricing) {
    if (change == 0.0 || (pricing.potentiation_only && change < 0.0)) {
        return 0.0;
    }
    return pricing.exponent == 1.0 ? std::fabs(change) : std::pow(std::fabs(change), pricing.exponent);
}

struct Run {
    const ReferencePerceptron& network;
    std::size_t n;               // synapses, bias included
    std::vector<double> inputs;  // [pattern][synapse], the bias last
    std::vector<double> s, l, delta;
    std::vector<double> factors;  // of each synapse's threshold
    double error_rate = 1.0;      // of the presentations before
    std::vector<double> distribution;
    ReferenceOutcome result;

    Run(const ReferencePerceptron& perceptron, const std::vector<Pricing>& pricings)
        : network(perceptron), n(static_cast<std::size_t>(perceptron.inputs) + 1), s(n), l(n), delta(n) {
        for (std::size_t p = 0; p < static_cast<std::size_t>(network.n_patterns); ++p) {
            for (std::size_t i = 0; i + 1 < n; ++i) {
                inputs.push_back(network.patterns[p * (n - 1) + i] - network.offset);
            }
            inputs.push_back(1.0);
        }
        for (const Pricing& pricing : pricings) {
            result.outcome.sums.push_back({pricing});
        }
        for (std::size_t k = 0; k < network.pathway_sizes.size(); ++k) {
            factors.insert(factors.end(), static_cast<std::size_t>(network.pathway_sizes[k]),
                           network.pathway_factors[k]);
        }
        factors.resize(n, 1.0);
    }

    const double* input(int p) const { return inputs.data() + static_cast<std::size_t>(p) * n; }

    void charge(double change) {
        for (ChangeSums& sums : result.outcome.sums) {
            sums.consolidation += cost(change, sums.pricing);
        }
    }

    void move(std::size_t i) {
        charge(s[i]);
        l[i] += s[i];
        s[i] = 0.0;
    }

    void learn_l1() {
        for (std::size_t i = 0; i < n; ++i) {
            const double step = delta[i] - (l[i] > 0.0 ? network.threshold : -network.threshold);
            charge(step);
            l[i] += step;
        }
    }

    double threshold() const {
        const double t = static_cast<double>(result.outcome.presentations);
        return network.schedule == "error-rate" ? network.threshold * error_rate
               : network.schedule == "exponential"
                   ? network.threshold_end +
                         (network.threshold - network.threshold_end) * std::exp(-t / network.threshold_time)
                   : network.threshold;
    }

    void learn_cached() {
        const double theta = threshold();
        double sum = 0.0;
        bool any = false;
        for (std::size_t i = 0; i < n; ++i) {
            s[i] += delta[i];
            sum += std::fabs(s[i]);
            any = any || std::fabs(s[i]) > factors[i] * theta;
        }
        const bool all = network.variant == "global-global" ? sum > theta : network.variant == "local-global" && any;
        for (std::size_t i = 0; i < n; ++i) {
            if (all || (network.variant == "local-local" && std::fabs(s[i]) > factors[i] * theta)) {
                move(i);
                continue;
            }
            for (ChangeSums& sums : result.outcome.sums) {
                if (!sums.pricing.potentiation_only || delta[i] > 0.0) {
                    sums.transient_change_sum += std::fabs(delta[i]);
                }
            }
        }
    }

    void update(int p) {
        const double* x = input(p);
        for (std::size_t i = 0; i < n; ++i) {
            delta[i] = network.learning_rate * network.targets[static_cast<std::size_t>(p)] * x[i];
            for (ChangeSums& sums : result.outcome.sums) {
                sums.uncached += cost(delta[i], sums.pricing);
            }
        }
        ++result.outcome.updates;
        if (network.variant == "l1") {
            learn_l1();
        } else if (network.variant == "none") {
            for (std::size_t i = 0; i < n; ++i) {
                charge(delta[i]);
                l[i] += delta[i];
            }
        } else {
            learn_cached();
        }
    }

    void present(int p) {
        const double* x = input(p);
        double y = 0.0;
        for (std::size_t i = 0; i < n; ++i) {
            s[i] *= network.decay;
            y += (s[i] + l[i]) * x[i];
            result.outcome.maintenance_sum += std::fabs(s[i]);
            const double bin = std::floor(s[i] / (network.learning_rate * network.distribution_width) + 0.5);
            ++distribution[static_cast<std::size_t>(50.0 + std::fmax(-50.0, std::fmin(50.0, bin)))];
            result.outcome.persistent_sum += std::fabs(l[i]);
        }
        const double margin = network.margin * std::sqrt(static_cast<double>(network.inputs));
        const bool error = y * network.targets[static_cast<std::size_t>(p)] <= margin;
        if (error) {
            const double consolidation = result.outcome.sums[0].consolidation;
            update(p);
            double sum = 0.0;
            for (const double value : s) {
                sum += std::fabs(value);
            }
            result.first_traces.push_back(static_cast<double>(result.outcome.presentations));
            result.first_traces.push_back(s[0]);
            result.first_traces.push_back(s[0] + l[0]);
            result.first_traces.push_back(sum);
            result.first_traces.push_back(result.outcome.sums[0].consolidation - consolidation);
        }
        ++result.outcome.presentations;
        const double kept = std::exp(-1.0 / network.threshold_time);
        error_rate = kept * error_rate + (1.0 - kept) * (error ? 1.0 : 0.0);
    }

    void epoch() {
        const double maintenance = result.outcome.maintenance_sum;
        const double consolidation = result.outcome.sums[0].consolidation;
        const std::int64_t updates = result.outcome.updates;
        distribution.assign(101, 0.0);
        for (int p = 0; p < network.n_patterns; ++p) {
            present(p);
        }
        result.epochs.push_back({result.outcome.updates - updates, result.outcome.maintenance_sum - maintenance,
                                 result.outcome.sums[0].consolidation - consolidation, distribution});
    }
};

}  // namespace

ReferenceOutcome train_reference(const ReferencePerceptron& network, const std::vector<Pricing>& pricings) {
    Run run(network, pricings);
    Outcome& outcome = run.result.outcome;
    for (outcome.epochs = 0; outcome.epochs < network.max_epochs; ++outcome.epochs) {
        run.epoch();
        if (run.result.epochs.back().updates == 0) {
            outcome.converged = true;
            break;
        }
    }
    for (std::size_t i = 0; i < run.n; ++i) {
        run.move(i);
        for (ChangeSums& sums : outcome.sums) {
            sums.minimal += cost(run.l[i], sums.pricing);
        }
    }
    run.result.weights = run.l;
    return run.result;
}

}  // namespace syncache::test
