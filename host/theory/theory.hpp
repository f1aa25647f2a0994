#pragma once

#include <limits>

// Closed forms for the perceptron (docs/theory.md; Li & van Rossum 2020). N inputs, P patterns, learning rate eta.
// Arguments outside the ranges named give NaN.
namespace syncache::theory {

// Expected weight updates until all patterns are learned: K = 2P / (2 - P/N)^2. Infinite for P >= 2N.
double perceptron_updates(double patterns, double inputs);
// Expected presentations: T = P^(3/2) / (2 - P/N)^2.
double perceptron_presentations(double patterns, double inputs);
// eta N K.
double uncached_energy(double patterns, double inputs, double learning_rate = 1.0);
// sqrt(2/pi) eta N sqrt(K).
double minimal_energy(double patterns, double inputs, double learning_rate = 1.0);
// Eq. 3: uncached / minimal = sqrt(pi P) / (2 - P/N).
double inefficiency(double patterns, double inputs);

// The transient weight of one synapse that caches by itself (`local-local`): a random walk that in each presentation
// makes, with a probability, a step of +-learning_rate, decays with the time constant tau (presentations; infinite: no
// decay), and starts anew from zero when it exceeds the threshold. Stationary, for a threshold of many steps; the walk
// itself exceeds a threshold by half a step on average.
struct TransientWalk {
    double threshold = 0.0;           // theta >= 0; infinite: never consolidated
    double tau = infinity;            // > 0
    double update_probability = 0.0;  // p, 0 <= p <= 1
    double learning_rate = 1.0;       // eta > 0

    static constexpr double infinity = std::numeric_limits<double>::infinity();
};
// Probability density of the transient weight at s (Methods): exp(-s^2/sigma^2) [erfi(|s|/sigma) - erfi(theta/sigma)] /
// Z with sigma^2 = tau p eta^2; without decay the triangle (theta - |s|) / theta^2. 0 beyond the threshold.
double transient_density(const TransientWalk& walk, double s);
// Share of the time that the transient weight spends between low and high: the integral of the density. All of it at 0
// where nothing is held back, and where there are no updates; NaN where there is no steady state without decay.
double transient_share(const TransientWalk& walk, double low, double high);
// Mean of |s|: [2 theta sigma/sqrt(pi) - sigma^2 erfi(theta/sigma)] / Z; without decay theta / 3.
double mean_transient(const TransientWalk& walk);
// Consolidations per presentation: r = -2 sigma / (tau Z sqrt(pi)); without decay p eta^2 / theta^2. The paper prints
// -2 sigma / (Z sqrt(pi)), which is per tau: only the form here has the right limit without decay.
double consolidation_rate(const TransientWalk& walk);

// A training as the theory sees it: N weights that make K steps each, independent in sign, within T presentations.
struct Training {
    double inputs = 0.0;         // N
    double updates = 0.0;        // K
    double presentations = 0.0;  // T
    double learning_rate = 1.0;  // eta
};
// K and T as predicted above.
Training perceptron_training(double patterns, double inputs, double learning_rate = 1.0);

// Changes cost |change|^exponent, exponent >= 0. N K eta^alpha.
double uncached_energy(const Training& training, double exponent = 1.0);
// N times the mean of |w|^alpha over a normal distribution of variance eta^2 K, the end of the walks.
double minimal_energy(const Training& training, double exponent = 1.0);

// Energies with a cache, at exponent 1. A threshold below one step holds nothing back: all changes are persistent.
// N (T theta r + <|s|>), the final consolidation included; without decay eta^2 N K / theta + N theta / 3.
double consolidation_energy(const Training& training, double threshold, double tau);
// c N T <|s|>; without decay c N T theta / 3.
double maintenance_energy(const Training& training, double threshold, double tau, double maintenance_cost);
// b eta N K (1 - 1/ceil(theta/eta)^2); without decay.
double transient_change_energy(const Training& training, double threshold, double transient_change_cost);

// Without decay, the threshold of least energy: sqrt(3 eta^2 K / (1 + cT)).
double optimal_threshold(const Training& training, double maintenance_cost);
// The energy there, 2 eta N sqrt(K (1 + cT) / 3), or the uncached one where that is less.
double optimal_energy(const Training& training, double maintenance_cost);

}  // namespace syncache::theory
