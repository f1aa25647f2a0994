#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include "host/run/optimise.hpp"
#include "tests/support/near.hpp"

namespace syncache {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

Parameter number(double minimum = 0.0, Parameter::Type type = Parameter::Type::real) {
    Parameter parameter;
    parameter.name = "threshold";
    parameter.type = type;
    parameter.minimum = minimum;
    return parameter;
}

// The reduction's view of a function at these values.
Optimum seen(std::vector<double> tried, const std::function<double(double)>& total) {
    Optimum optimum;
    optimum.tried = std::move(tried);
    for (const double value : optimum.tried) {
        optimum.totals.push_back(total(value));
        if (optimum.totals.back() < optimum.totals[optimum.best]) {
            optimum.best = optimum.totals.size() - 1;
        }
    }
    optimum.edge = optimum.tried.size() == 1                     ? Edge::only
                   : optimum.best == 0 && optimum.tried[0] > 0.0 ? Edge::low
                   : optimum.best + 1 == optimum.tried.size()    ? Edge::high
                                                                 : Edge::no;
    return optimum;
}

// Asks for values until there are none; returns what was tried.
Optimum refine(std::vector<double> tried, const std::function<double(double)>& total, double tolerance,
               const Parameter& parameter = number()) {
    for (int round = 0; round < 100; ++round) {
        const Optimum optimum = seen(tried, total);
        const auto next = next_values(optimum, parameter, tolerance);
        if (next.empty()) {
            return optimum;
        }
        tried.insert(tried.end(), next.begin(), next.end());
        std::sort(tried.begin(), tried.end());
    }
    ADD_FAILURE() << "does not end";
    return {};
}

TEST(NextValues, CloseInOnAMinimum) {
    const auto total = [](double x) { return 100.0 / x + x / 3.0; };  // least at sqrt(300) = 17.32
    for (const auto& tried : {std::vector<double>{1.0, 10.0, 100.0}, {1.0, 2.0}, {100.0, 200.0, 300.0}, {5.0}}) {
        const Optimum found = refine(tried, total, 0.01);
        EXPECT_TRUE(test::near(found.tried[found.best], std::sqrt(300.0), 0.01)) << tried.front();
        EXPECT_LE(found.tried[found.best + 1] - found.tried[found.best], 0.01 * found.tried[found.best]);
        EXPECT_LE(found.tried.size(), tried.size() + 60);
    }
}

TEST(NextValues, AreMidpointsOfTheLogarithm) {
    const auto v = [](double x) { return std::fabs(std::log(x / 4.0)); };
    EXPECT_TRUE(
        test::all_near(next_values(seen({1.0, 4.0, 9.0}, v), number(), 0.1), std::vector<double>{2.0, 6.0}, 1e-14));
    EXPECT_TRUE(next_values(seen({3.9, 4.0, 4.1}, v), number(), 0.1).empty());
    // One side is close enough.
    EXPECT_TRUE(test::all_near(next_values(seen({3.9, 4.0, 9.0}, v), number(), 0.1), std::vector<double>{6.0}, 1e-14));
}

TEST(NextValues, FollowAnEdge) {
    EXPECT_TRUE(test::all_near(next_values(seen({4.0, 6.0}, [](double x) { return -x; }), number(), 0.1),
                               std::vector<double>{std::sqrt(24.0), 9.0}, 1e-14));
    EXPECT_TRUE(test::all_near(next_values(seen({4.0, 6.0}, [](double x) { return x; }), number(), 0.1),
                               std::vector<double>{16.0 / 6.0, std::sqrt(24.0)}, 1e-14));
    // Not beyond the parameter's own bound.
    EXPECT_TRUE(test::all_near(next_values(seen({4.0, 6.0}, [](double x) { return x; }), number(3.5), 0.1),
                               std::vector<double>{3.5, std::sqrt(24.0)}, 1e-14));
}

TEST(NextValues, EndWhereTheTotalNoLongerDepends) {
    // As below a threshold of one step, and above one that is never reached.
    const Optimum low = refine({0.5, 1.0, 2.0}, [](double x) { return std::fmax(x, 0.75); }, 0.05);
    EXPECT_LE(low.tried[low.best], 0.75);
    const Optimum high = refine({1.0, 2.0}, [](double x) { return -std::fmin(x, 40.0); }, 0.05);
    EXPECT_TRUE(high.tried[high.best] >= 40.0 && high.tried[high.best] <= 42.0) << high.tried[high.best];
    const Optimum zero = refine({0.0, 2.0}, [](double x) { return std::fmax(x, 0.75); }, 0.05);
    EXPECT_EQ(zero.tried[zero.best], 0.0);
    const Optimum infinite = refine({2.0, infinity}, [](double x) { return -std::fmin(x, 40.0); }, 0.05);
    EXPECT_TRUE(infinite.tried[infinite.best] >= 40.0 && infinite.tried[infinite.best] <= 42.0);
    Optimum flat = seen({1.0, 2.0}, [](double) { return 1.0; });
    flat.edge = Edge::flat;
    EXPECT_TRUE(next_values(flat, number(), 0.05).empty());
    EXPECT_TRUE(next_values(Optimum{}, number(), 0.05).empty());  // nothing converges
}

TEST(NextValues, AreFoundFromNothingAndFromInfinityAlone) {
    const auto total = [](double x) { return std::isinf(x) ? 200.0 : 100.0 / (x + 1.0) + x / 3.0; };  // least at 16.32
    for (const auto& tried : {std::vector<double>{0.0}, {infinity}, {0.0, infinity}}) {
        const Optimum found = refine(tried, total, 0.01);
        EXPECT_TRUE(test::near(found.tried[found.best], std::sqrt(300.0) - 1.0, 0.01)) << tried.front();
    }
}

TEST(NextValues, OfAParameterThatMayBeNegative) {
    for (const double best : {0.0, -0.3, 0.7}) {
        const Optimum found =
            refine({-1.0, 0.0, 1.0}, [&](double x) { return std::fabs(x - best); }, 0.05, number(-1e6));
        EXPECT_NEAR(found.tried[found.best], best, std::fmax(0.05 * std::fabs(best), 0.01));
        EXPECT_LT(found.tried.size(), 40u);
    }
}

TEST(NextValues, OfAWholeNumberAreWhole) {
    const Parameter whole = number(1.0, Parameter::Type::integer);
    const auto total = [](double x) { return std::fabs(x - 13.2); };
    const Optimum found = refine({2.0, 100.0}, total, 0.001, whole);
    EXPECT_EQ(found.tried[found.best], 13.0);
    for (const double value : found.tried) {
        EXPECT_EQ(value, std::round(value));
    }
}

}  // namespace
}  // namespace syncache
