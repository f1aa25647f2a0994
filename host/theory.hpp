#pragma once

// Closed forms for the perceptron (model.md, section 5; Li & van Rossum 2020). N inputs, P patterns, learning rate eta.
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

}  // namespace syncache::theory
