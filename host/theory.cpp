#include "host/theory.hpp"

#include <cmath>
#include <limits>
#include <numbers>

namespace syncache::theory {
namespace {

// 2 - P/N, the distance from capacity; 0 at and beyond it.
double distance_from_capacity(double patterns, double inputs) { return std::fmax(0.0, 2.0 - patterns / inputs); }

}  // namespace

double perceptron_updates(double patterns, double inputs) {
    const double distance = distance_from_capacity(patterns, inputs);
    return 2.0 * patterns / (distance * distance);
}

double perceptron_presentations(double patterns, double inputs) {
    const double distance = distance_from_capacity(patterns, inputs);
    return std::pow(patterns, 1.5) / (distance * distance);
}

double uncached_energy(double patterns, double inputs, double learning_rate) {
    return learning_rate * inputs * perceptron_updates(patterns, inputs);
}

double minimal_energy(double patterns, double inputs, double learning_rate) {
    return std::sqrt(2.0 / std::numbers::pi) * learning_rate * inputs * std::sqrt(perceptron_updates(patterns, inputs));
}

double inefficiency(double patterns, double inputs) {
    return std::sqrt(std::numbers::pi * patterns) / distance_from_capacity(patterns, inputs);
}

}  // namespace syncache::theory
