// How often the interval of the best value holds the best value: tests/README.md, "Coverage".

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <random>
#include <vector>

#include "host/results/intervals.hpp"

namespace syncache {
namespace {

constexpr std::size_t n_sweeps = 2000;

using Generator = std::mt19937_64;
using Noise = std::function<double(Generator&)>;

struct Sweeps {
    const char* name;
    Noise noise;               // of a log energy
    double correlation = 0.0;  // of the noise at neighbouring values of one seed
    std::size_t fewest_seeds = 6, most_seeds = 20;
    double steepest = 0.4;  // log energy rises by up to the square of this from the best value to the ends
    std::size_t n_values = 9;
    bool at_edge = false;  // the best value is the first that was tried, not the one in the middle
    std::size_t true_best() const { return at_edge ? 0 : n_values / 2; }
};

// Log energies: a valley, the seed's own difficulty, and noise.
PairedEnergies draw(const Sweeps& sweeps, Generator& random) {
    const std::size_t n_seeds = std::uniform_int_distribution(sweeps.fewest_seeds, sweeps.most_seeds)(random);
    const double steepness = std::uniform_real_distribution(0.0, sweeps.steepest)(random);
    PairedEnergies energies(sweeps.n_values);
    const auto true_best = static_cast<double>(sweeps.true_best());
    const double to_end = static_cast<double>(sweeps.n_values) - 1.0 - true_best;
    for (std::size_t seed = 0; seed < n_seeds; ++seed) {
        const double difficulty = 0.3 * std::normal_distribution<double>()(random);
        double noise = sweeps.noise(random);
        for (std::size_t value = 0; value < sweeps.n_values; ++value) {
            const double place = (static_cast<double>(value) - true_best) / to_end * steepness;
            noise = sweeps.correlation * noise +
                    std::sqrt(1.0 - sweeps.correlation * sweeps.correlation) * sweeps.noise(random);
            energies[value].push_back(std::exp(place * place + difficulty + noise));
        }
    }
    return energies;
}

std::size_t least_mean(const PairedEnergies& energies) {
    std::size_t best = 0;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t value = 0; value < energies.size(); ++value) {
        double sum = 0.0;
        for (const double energy : energies[value]) {
            sum += energy;
        }
        if (sum < least) {
            least = sum;
            best = value;
        }
    }
    return best;
}

// The part of the sweeps whose interval holds the best value. The seed is fixed: the same numbers each time.
double coverage(const Sweeps& sweeps) {
    Generator random(1);
    std::size_t n_held = 0, n_in_runs = 0;
    for (std::size_t i = 0; i < n_sweeps; ++i) {
        const PairedEnergies energies = draw(sweeps, random);
        const auto run = run_around(energies, least_mean(energies));
        n_held += run && run->first <= sweeps.true_best() && sweeps.true_best() <= run->last ? 1 : 0;
        n_in_runs += run ? run->last - run->first + 1 : 0;
    }
    const double part = static_cast<double>(n_held) / n_sweeps;
    fmt::print("{}: {:.1f} % of {} intervals hold the best value; {:.1f} of {} values in an interval\n", sweeps.name,
               100.0 * part, n_sweeps, static_cast<double>(n_in_runs) / n_sweeps, sweeps.n_values);
    return part;
}

const Noise lognormal = [](Generator& random) { return 0.8 * std::normal_distribution<double>()(random); };
const Noise student = [](Generator& random) { return 0.2 * std::student_t_distribution<double>(3.0)(random); };
// One-sided, as near the convergence limit: the square of an exponential.
const Noise rare_and_high = [](Generator& random) {
    return 0.3 * std::pow(std::exponential_distribution<double>()(random), 2.0);
};

void expect_nominal(const std::vector<Sweeps>& kinds) {
    for (const Sweeps& sweeps : kinds) {
        const double part = coverage(sweeps);
        EXPECT_GE(part, 0.93) << sweeps.name;
        EXPECT_LE(part, 0.97) << sweeps.name;
    }
}

// Valleys as flat as seeds are unequal, where missing the best is easiest. The standard error of a coverage is 0.5 %.
TEST(Coverage, OfFlatValleysWithHeavyTailsIsNominal) {
    expect_nominal({{"log-normal energies", lognormal},
                    {"log-t energies", student, 0.0, 6, 20, 0.3},
                    {"log-normal energies, 6 to 12 seeds", lognormal, 0.0, 6, 12},
                    {"log-t energies, 13 to 30 seeds", student, 0.0, 13, 30, 0.2},
                    {"3 values, log-normal energies", lognormal, 0.0, 6, 20, 0.4, 3},
                    {"17 values, log-normal energies", lognormal, 0.0, 7, 20, 0.4, 17},
                    {"33 values, log-normal energies", lognormal, 0.0, 8, 20, 0.4, 33},
                    {"33 values, log-normal energies, 13 to 30 seeds", lognormal, 0.0, 13, 30, 0.4, 33}});
}

// The best value at an end of what was tried may be as many values away from the one that seems best as there are.
TEST(Coverage, OfFlatValleysWithTheBestAtAnEndIsNominal) {
    expect_nominal({{"best at an end, log-normal energies", lognormal, 0.0, 6, 20, 0.4, 9, true},
                    {"best at an end, log-normal energies, 6 to 12 seeds", lognormal, 0.0, 6, 12, 0.4, 9, true},
                    {"best at an end, log-t energies", student, 0.0, 6, 20, 0.3, 9, true},
                    {"best at an end of 3 values, log-normal energies", lognormal, 0.0, 6, 20, 0.4, 3, true},
                    {"best at an end of 17 values, log-normal energies", lognormal, 0.0, 7, 20, 0.4, 17, true},
                    {"best at an end of 33 values, log-normal energies", lognormal, 0.0, 8, 20, 0.4, 33, true}});
}

// Where the best is easily found, the interval errs on the long side.
TEST(Coverage, ElsewhereIsMore) {
    for (const Sweeps& sweeps :
         std::vector<Sweeps>{{"steep valleys, log-normal energies", lognormal, 0.0, 6, 20, 3.0},
                             {"33 values, steep valleys", lognormal, 0.0, 8, 20, 3.0, 33},
                             {"best at an end, steep valleys", lognormal, 0.0, 6, 20, 3.0, 9, true},
                             {"one-sided noise", rare_and_high},
                             {"best at an end, one-sided noise", rare_and_high, 0.0, 6, 20, 0.4, 9, true},
                             {"log-t energies alike at neighbours", student, 0.7},
                             {"best at an end, log-t energies alike at neighbours", student, 0.7, 6, 20, 0.4, 9, true},
                             {"33 values alike at neighbours", student, 0.7, 8, 20, 0.4, 33}}) {
        EXPECT_GE(coverage(sweeps), 0.965) << sweeps.name;
    }
}

}  // namespace
}  // namespace syncache
