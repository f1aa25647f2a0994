#include "host/results/intervals.hpp"

#include <algorithm>
#include <bit>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace syncache {
namespace {

double log_energy(double energy) { return std::log(std::fmax(energy, std::numeric_limits<double>::min())); }

// Differences of log energies of one value to all others that are there: [other][seed].
std::vector<std::vector<double>> differences_of(const PairedEnergies& energies, std::size_t value) {
    std::vector<std::vector<double>> differences;
    for (std::size_t other = 0; other < energies.size(); ++other) {
        if (other == value || energies[other].empty()) {
            continue;
        }
        std::vector<double>& row = differences.emplace_back();
        for (std::size_t seed = 0; seed < energies[value].size(); ++seed) {
            row.push_back(log_energy(energies[value][seed]) - log_energy(energies[other][seed]));
        }
    }
    return differences;
}

// The differences divided by the root of their sum of squares, which no change of sign alters; zeros stay.
void normalise(std::vector<std::vector<double>>& differences) {
    for (std::vector<double>& row : differences) {
        double squares = 0.0;
        for (const double difference : row) {
            squares += difference * difference;
        }
        for (double& difference : row) {
            difference /= squares > 0.0 ? std::sqrt(squares) : 1.0;
        }
    }
}

double largest(const std::vector<double>& sums) { return *std::ranges::max_element(sums); }

// The part of all changes of sign whose largest sum is at least the observed one.
double p_by_signs(const std::vector<std::vector<double>>& differences, std::size_t n_seeds) {
    std::vector<double> sums;
    for (const std::vector<double>& row : differences) {
        double sum = 0.0;
        for (const double difference : row) {
            sum += difference;
        }
        sums.push_back(sum);
    }
    constexpr double rounding = 1e-12;  // of sums of at most 12 numbers of at most 1
    const double observed = largest(sums) - rounding;
    const std::uint32_t n_changes = 1u << n_seeds;
    std::uint32_t n_reaching = 1;                    // the observed signs themselves
    for (std::uint32_t i = 1; i < n_changes; ++i) {  // in Gray's order one sign changes at a time
        const auto seed = static_cast<std::size_t>(std::countr_zero(i));
        const std::uint32_t gray = i ^ (i >> 1);
        const double step = (gray >> seed & 1u) != 0 ? -2.0 : 2.0;
        for (std::size_t other = 0; other < sums.size(); ++other) {
            sums[other] += step * differences[other][seed];
        }
        n_reaching += largest(sums) >= observed ? 1 : 0;
    }
    return static_cast<double>(n_reaching) / n_changes;
}

// Student's t of normalised differences: their sum r gives r sqrt((n - 1) / (n - r^2)).
double p_by_student(const std::vector<std::vector<double>>& differences, std::size_t n_seeds) {
    const auto n = static_cast<double>(n_seeds);
    double largest_sum = -std::numeric_limits<double>::infinity();
    for (const std::vector<double>& row : differences) {
        double sum = 0.0;
        for (const double difference : row) {
            sum += difference;
        }
        largest_sum = std::fmax(largest_sum, sum);
    }
    const double rest = n - largest_sum * largest_sum;
    if (rest <= n * 1e-14) {  // all differences are equal
        return largest_sum > 0.0 ? 0.0 : 1.0;
    }
    const double t = largest_sum * std::sqrt((n - 1.0) / rest);
    const double p = boost::math::cdf(boost::math::complement(boost::math::students_t(n - 1.0), t));
    return -std::expm1(static_cast<double>(differences.size()) * std::log1p(-p));
}

}  // namespace

Interval mean_interval(std::span<const double> values) {
    if (values.size() < 2) {
        return {};
    }
    const auto n = static_cast<double>(values.size());
    double mean = 0.0, squares = 0.0;
    for (const double value : values) {
        mean += value / n;
    }
    for (const double value : values) {
        squares += (value - mean) * (value - mean);
    }
    const double deviation = std::sqrt(squares / (n - 1.0) / n);
    const double half = deviation * boost::math::quantile(boost::math::students_t(n - 1.0), 0.975);
    return {mean - half, mean + half};
}

double p_of_least(const PairedEnergies& energies, std::size_t value) {
    std::vector<std::vector<double>> differences = differences_of(energies, value);
    const std::size_t n_seeds = energies[value].size();
    if (differences.empty() || n_seeds == 0) {
        return 1.0;
    }
    normalise(differences);
    return n_seeds <= most_enumerated_seeds ? p_by_signs(differences, n_seeds) : p_by_student(differences, n_seeds);
}

double level_of_test(std::size_t n_values, std::size_t distance) {
    const auto n = static_cast<double>(n_values), d = static_cast<double>(distance);
    return std::fmin(0.05, std::fmax(1.0 / (d * d), 1.0 / n) / 16.0);
}

std::optional<ValueRun> run_around(const PairedEnergies& energies, std::size_t best) {
    if (energies[best].size() < fewest_common_seeds) {
        return std::nullopt;
    }
    const auto n_values = static_cast<std::size_t>(
        std::ranges::count_if(energies, [](const std::vector<double>& row) { return !row.empty(); }));
    const auto is_like = [&](std::size_t value, std::size_t distance) {
        return !energies[value].empty() && p_of_least(energies, value) > level_of_test(n_values, distance);
    };
    ValueRun run{best, best};
    while (run.first > 0 && is_like(run.first - 1, best - run.first + 1)) {
        --run.first;
    }
    while (run.last + 1 < energies.size() && is_like(run.last + 1, run.last + 1 - best)) {
        ++run.last;
    }
    return run;
}

}  // namespace syncache
