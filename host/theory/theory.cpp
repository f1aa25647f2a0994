#include "host/theory/theory.hpp"

#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <cmath>
#include <limits>
#include <numbers>

namespace syncache::theory {
namespace {

using std::numbers::inv_sqrtpi;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// 2 - P/N, the distance from capacity; 0 at and beyond it.
double distance_from_capacity(double patterns, double inputs) { return std::fmax(0.0, 2.0 - patterns / inputs); }

// sigma, the walk's scale: the standard deviation that decay alone would leave, times sqrt(2).
double scale(const TransientWalk& walk) {
    return walk.update_probability == 0.0 ? 0.0 : walk.learning_rate * std::sqrt(walk.tau * walk.update_probability);
}

bool is_walk(const TransientWalk& walk) {
    return walk.threshold >= 0.0 && walk.tau > 0.0 && walk.update_probability >= 0.0 &&
           walk.update_probability <= 1.0 && walk.learning_rate > 0.0;
}

// The integral of exp(x^2 - a^2) f(x) over x from a - `width` to a. With f = erf, 1 - exp(-x^2) and 1 it stands for all
// that the paper writes with erfi, Z and the hypergeometric function, without their overflow and cancellation: the
// integrand is positive, and its exponent nowhere above 0. In w = 1 - x/a, up to where nothing is left to add.
template <class Function>
double integral_below(double a, double width, Function f) {
    constexpr double negligible = 40.0;  // exp(-40) = 4e-18
    const double end = std::fmin(width / a, negligible / (a * a));
    const auto integrand = [&](double w) { return std::exp(-a * a * w * (2.0 - w)) * f(a * (1.0 - w)); };
    return a * boost::math::quadrature::gauss_kronrod<double, 31>::integrate(integrand, 0.0, end, 10, 1e-14);
}

// exp(-a^2) times the integral of exp(x^2) erf(x) from 0 to a: -Z = 2 sigma exp(a^2) times this.
double norm(double a) {
    return integral_below(a, a, [](double x) { return std::erf(x); });
}

// Below this theta/sigma decay changes nothing that a double could show.
constexpr double no_decay = 1e-9;

// The integral of the density from 0 to s >= 0.
double share_up_to(const TransientWalk& walk, double s) {
    const double sigma = scale(walk);
    const double end = std::fmin(s, walk.threshold);
    if (std::isinf(walk.threshold)) {
        return 0.5 * std::erf(end / sigma);
    }
    if (walk.threshold / sigma < no_decay) {
        const double part = end / walk.threshold;
        return part * (1.0 - 0.5 * part);
    }
    const auto density = [&](double x) { return transient_density(walk, x); };
    return boost::math::quadrature::gauss_kronrod<double, 31>::integrate(density, 0.0, end, 5, 1e-10);
}

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
    return uncached_energy(perceptron_training(patterns, inputs, learning_rate));
}

double minimal_energy(double patterns, double inputs, double learning_rate) {
    return minimal_energy(perceptron_training(patterns, inputs, learning_rate));
}

double inefficiency(double patterns, double inputs) {
    return std::sqrt(std::numbers::pi * patterns) / distance_from_capacity(patterns, inputs);
}

double transient_density(const TransientWalk& walk, double s) {
    const double sigma = scale(walk), size = std::fabs(s);
    if (!is_walk(walk) || std::isnan(s) || walk.threshold == 0.0 || sigma == 0.0) {
        return nan;  // all of the weight is in one point
    }
    if (size >= walk.threshold) {
        return 0.0;
    }
    if (std::isinf(walk.threshold)) {
        return std::isinf(sigma) ? 0.0 : std::exp(-(s / sigma) * (s / sigma)) * inv_sqrtpi / sigma;
    }
    const double a = walk.threshold / sigma;
    if (a < no_decay) {
        return (walk.threshold - size) / (walk.threshold * walk.threshold);
    }
    const double above = integral_below(a, a - size / sigma, [](double) { return 1.0; });
    return std::exp(-(s / sigma) * (s / sigma)) * inv_sqrtpi / sigma * above / norm(a);
}

double transient_share(const TransientWalk& walk, double low, double high) {
    if (!is_walk(walk) || !(low <= high)) {
        return nan;
    }
    const bool is_still = walk.update_probability == 0.0;
    if (std::isinf(walk.tau) && walk.threshold > 0.0 && (is_still || std::isinf(walk.threshold))) {
        return nan;  // the walk has no steady state
    }
    if (walk.threshold == 0.0 || is_still) {
        return low <= 0.0 && high > 0.0 ? 1.0 : 0.0;
    }
    const auto signed_share = [&](double s) { return std::copysign(share_up_to(walk, std::fabs(s)), s); };
    return signed_share(high) - signed_share(low);
}

double mean_transient(const TransientWalk& walk) {
    if (!is_walk(walk)) {
        return nan;
    }
    const double sigma = scale(walk);
    if (sigma == 0.0 || walk.threshold == 0.0) {
        return 0.0;
    }
    if (std::isinf(walk.threshold)) {
        return sigma * inv_sqrtpi;
    }
    const double a = walk.threshold / sigma;
    return a < no_decay
               ? walk.threshold / 3.0
               : sigma * inv_sqrtpi * integral_below(a, a, [](double x) { return -std::expm1(-x * x); }) / norm(a);
}

double consolidation_rate(const TransientWalk& walk) {
    if (!is_walk(walk)) {
        return nan;
    }
    const double sigma = scale(walk);
    if (sigma == 0.0 || std::isinf(walk.threshold)) {
        return 0.0;
    }
    const double a = walk.threshold / sigma;
    if (a < no_decay) {
        const double step = walk.learning_rate / walk.threshold;
        return walk.update_probability * step * step;
    }
    return std::exp(-a * a) * inv_sqrtpi / (walk.tau * norm(a));
}

Training perceptron_training(double patterns, double inputs, double learning_rate) {
    return {inputs, perceptron_updates(patterns, inputs), perceptron_presentations(patterns, inputs), learning_rate};
}

double uncached_energy(const Training& t, double exponent) {
    return t.inputs * t.updates * std::pow(t.learning_rate, exponent);
}

double minimal_energy(const Training& t, double exponent) {
    // <|z|^alpha> of a standard normal variable: 2^(alpha/2) Gamma((alpha + 1)/2) / sqrt(pi).
    const double moment = std::exp2(exponent / 2.0) * std::tgamma((exponent + 1.0) / 2.0) * inv_sqrtpi;
    return t.inputs * moment * std::pow(t.learning_rate * std::sqrt(t.updates), exponent);
}

double consolidation_energy(const Training& t, double threshold, double tau) {
    if (threshold < t.learning_rate) {
        return uncached_energy(t);
    }
    const TransientWalk walk{threshold, tau, t.updates / t.presentations, t.learning_rate};
    // Where nothing is ever consolidated, theta r has no limit to speak of but 0.
    const double along = std::isinf(threshold) ? 0.0 : t.presentations * threshold * consolidation_rate(walk);
    return t.inputs * (along + mean_transient(walk));
}

double maintenance_energy(const Training& t, double threshold, double tau, double maintenance_cost) {
    if (threshold < t.learning_rate || maintenance_cost == 0.0) {
        return 0.0;
    }
    const TransientWalk walk{threshold, tau, t.updates / t.presentations, t.learning_rate};
    return maintenance_cost * t.inputs * t.presentations * mean_transient(walk);
}

double transient_change_energy(const Training& t, double threshold, double transient_change_cost) {
    if (threshold < t.learning_rate || transient_change_cost == 0.0) {
        return 0.0;
    }
    const double steps = std::ceil(threshold / t.learning_rate);
    return transient_change_cost * uncached_energy(t) * (1.0 - 1.0 / (steps * steps));
}

double optimal_threshold(const Training& t, double maintenance_cost) {
    return t.learning_rate * std::sqrt(3.0 * t.updates / (1.0 + maintenance_cost * t.presentations));
}

double optimal_energy(const Training& t, double maintenance_cost) {
    const double cached =
        2.0 * t.learning_rate * t.inputs * std::sqrt(t.updates * (1.0 + maintenance_cost * t.presentations) / 3.0);
    return std::fmin(cached, uncached_energy(t));
}

}  // namespace syncache::theory
