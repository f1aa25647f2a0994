#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "host/settings/range.hpp"
#include "tests/support/fake_model.hpp"
#include "tests/support/near.hpp"
#include "tests/support/scratch.hpp"

namespace syncache {
namespace {

using test::message_of;

const Parameter& parameter(std::string_view name) {
    return test::fake_model().parameters()[static_cast<std::size_t>(find_parameter(test::fake_model(), name))];
}

Parameter any(Parameter::Type type) {
    Parameter parameter;
    parameter.name = "x";
    parameter.type = type;
    return parameter;
}
const Parameter any_integer = any(Parameter::Type::integer);
const Parameter any_real = any(Parameter::Type::real);

template <class Number>
std::vector<Number> numbers(const Parameter& parameter, const Range& range) {
    std::vector<Number> result;
    for (const Value& value : range_values(parameter, range)) {
        result.push_back(std::get<Number>(value));
    }
    return result;
}
const auto integers = numbers<std::int64_t>;
const auto reals = numbers<double>;

Range stepped(const Value& from, const Value& to, const Value& step) { return {from, to, step, std::nullopt}; }
Range counted(const Value& from, const Value& to, std::int64_t count, bool logarithmic) {
    return {from, to, std::nullopt, count, logarithmic};
}
Value integer(std::int64_t value) { return value; }

std::string refusal(const Parameter& parameter, const Range& range) {
    return message_of<std::invalid_argument>([&] { range_values(parameter, range); });
}

TEST(Range, IntegerSteps) {
    EXPECT_EQ(integers(any_integer, stepped(integer(10), integer(19), integer(3))),
              (std::vector<std::int64_t>{10, 13, 16, 19}));
    EXPECT_EQ(integers(any_integer, stepped(integer(10), integer(18), integer(3))),
              (std::vector<std::int64_t>{10, 13, 16}));
    EXPECT_EQ(integers(any_integer, stepped(integer(3), integer(-1), integer(-2))),
              (std::vector<std::int64_t>{3, 1, -1}));
    EXPECT_EQ(integers(any_integer, stepped(integer(5), integer(5), integer(1))), (std::vector<std::int64_t>{5}));
    EXPECT_EQ(range_values(parameter("patterns"), stepped(integer(10), integer(1999), integer(1))).size(), 1990U);
}

TEST(Range, IntegerStepsAcrossTheWholeType) {
    const std::int64_t low = std::numeric_limits<std::int64_t>::min();
    const std::int64_t high = std::numeric_limits<std::int64_t>::max();
    EXPECT_EQ(integers(any_integer, stepped(low, high, high)), (std::vector<std::int64_t>{low, -1, high - 1}));
    EXPECT_EQ(integers(any_integer, stepped(high, low, low)), (std::vector<std::int64_t>{high, -1}));
}

// 0.1 added up ten times gives 0.9999999999999999, and 3 * 0.1 more than 0.3: neither may cost or change the last
// value.
TEST(Range, RealStepsIncludeTheEndAndDoNotAccumulate) {
    const auto tenths = reals(any_real, stepped(0.1, 1.0, 0.1));
    ASSERT_EQ(tenths.size(), 10U);
    for (std::size_t k = 0; k + 1 < tenths.size(); ++k) {
        EXPECT_EQ(tenths[k], 0.1 + static_cast<double>(k) * 0.1);
    }
    EXPECT_EQ(tenths.back(), 1.0);
    EXPECT_EQ(reals(any_real, stepped(0.1, 0.3, 0.1)), (std::vector<double>{0.1, 0.2, 0.3}));
    EXPECT_EQ(reals(any_real, stepped(0.0, 1.0, 0.4)), (std::vector<double>{0.0, 0.4, 0.8}));
    EXPECT_EQ(reals(any_real, stepped(1.0, 0.0, -0.5)), (std::vector<double>{1.0, 0.5, 0.0}));
    EXPECT_EQ(reals(any_real, stepped(integer(1), integer(3), integer(1))), (std::vector<double>{1.0, 2.0, 3.0}));
    EXPECT_EQ(reals(any_real, stepped(0.005, 10.0, 0.005)).size(), 2000U);
    EXPECT_EQ(reals(parameter("pattern_coding"), stepped(0.7, 1.0, 0.1)).back(), 1.0);  // and not beyond the maximum
}

TEST(Range, CountedScales) {
    EXPECT_EQ(reals(any_real, counted(0.001, 1000.0, 7, true)),
              (std::vector<double>{0.001, 0.01, 0.1, 1, 10, 100, 1000}));
    EXPECT_TRUE(
        test::all_near(reals(any_real, counted(2.0, 32.0, 5, true)), std::vector<double>{2, 4, 8, 16, 32}, 1e-14));
    EXPECT_EQ(reals(any_real, counted(0.0, 1.0, 5, false)), (std::vector<double>{0, 0.25, 0.5, 0.75, 1}));
    EXPECT_EQ(reals(any_real, counted(1.0, 0.0, 2, false)), (std::vector<double>{1, 0}));
    EXPECT_EQ(reals(any_real, counted(0.3, 0.3, 1, true)), (std::vector<double>{0.3}));
    for (const std::int64_t count : {2, 3, 29, 1000}) {  // ends to the last bit
        const auto values = reals(any_real, counted(1.0 / 3.0, 12345.6789, count, true));
        EXPECT_EQ(values.front(), 1.0 / 3.0);
        EXPECT_EQ(values.back(), 12345.6789);
    }
}

TEST(Range, CountedIntegersAreRoundedWithoutRepeats) {
    EXPECT_EQ(integers(any_integer, counted(integer(1), integer(10), 10, true)),
              (std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 8, 10}));
    EXPECT_EQ(integers(any_integer, counted(integer(10), integer(1000), 3, true)),
              (std::vector<std::int64_t>{10, 100, 1000}));
    EXPECT_EQ(integers(any_integer, counted(integer(0), integer(3), 7, false)),
              (std::vector<std::int64_t>{0, 1, 2, 3}));
    EXPECT_EQ(integers(any_integer, counted(integer(7), integer(7), 5, true)), (std::vector<std::int64_t>{7}));
}

TEST(Range, RefusesStepsThatLeadNowhere) {
    EXPECT_EQ(refusal(any_integer, stepped(integer(1), integer(9), integer(0))),
              "x.step = 0; allowed: a finite number > 0, as from = 1 and to = 9");
    EXPECT_EQ(refusal(any_integer, stepped(integer(9), integer(1), integer(2))),
              "x.step = 2; allowed: a finite number < 0, as from = 9 and to = 1");
    EXPECT_EQ(refusal(any_real, stepped(1.0, 2.0, -0.5)),
              "x.step = -0.5; allowed: a finite number > 0, as from = 1.0 and to = 2.0");
    EXPECT_EQ(refusal(any_real, stepped(2.0, 1.0, INFINITY)),
              "x.step = inf; allowed: a finite number < 0, as from = 2.0 and to = 1.0");
    EXPECT_EQ(refusal(any_real, stepped(1.0, 2.0, std::nan(""))), "x.step = nan; allowed: a number");
    EXPECT_EQ(refusal(any_integer, stepped(integer(1), integer(2), 0.5)), "x.step = 0.5; allowed: an integer");
    EXPECT_EQ(refusal(any_real, stepped(1.0, 1.0, 0.0)),
              "x.step = 0.0; allowed: a finite number other than 0, as from = 1.0 and to = 1.0");
}

TEST(Range, RefusesTooManyValues) {
    EXPECT_EQ(refusal(any_integer, stepped(integer(0), integer(1), integer(0))).substr(0, 8), "x.step =");
    EXPECT_EQ(refusal(any_integer, stepped(integer(1), integer(10'000'001), integer(1))),
              "x.step = 1; allowed: what makes at most 10000000 values");
    EXPECT_EQ(refusal(any_integer, stepped(std::numeric_limits<std::int64_t>::min(),
                                           std::numeric_limits<std::int64_t>::max(), integer(1))),
              "x.step = 1; allowed: what makes at most 10000000 values");
    EXPECT_EQ(refusal(any_real, stepped(0.0, 1e300, 1e-300)),
              "x.step = 1e-300; allowed: what makes at most 10000000 values");
    EXPECT_EQ(refusal(any_real, counted(0.0, 1.0, 10'000'001, false)),
              "x.count = 10000001; allowed: an integer >= 1 and <= 10000000");
}

TEST(Range, RefusesBadEndsAndCounts) {
    EXPECT_EQ(refusal(any_real, counted(0.0, 1.0, 0, false)), "x.count = 0; allowed: an integer >= 1 and <= 10000000");
    EXPECT_EQ(refusal(any_real, counted(0.0, 1.0, 1, false)),
              "x.count = 1; allowed: an integer >= 2 where from and to differ");
    EXPECT_EQ(refusal(any_real, counted(0.0, 1.0, 3, true)),
              "x.from = 0.0; allowed: a number > 0 on a logarithmic scale");
    EXPECT_EQ(refusal(any_real, counted(1.0, -1.0, 3, true)),
              "x.to = -1.0; allowed: a number > 0 on a logarithmic scale");
    EXPECT_EQ(refusal(any_real, counted(1.0, INFINITY, 3, true)), "x.to = inf; allowed: a number of at most 1e300");
    EXPECT_EQ(refusal(any_real, counted(std::nan(""), 1.0, 3, false)), "x.from = nan; allowed: a number");
    EXPECT_EQ(refusal(parameter("patterns"), stepped(integer(0), integer(9), integer(1))),
              "patterns.from = 0; allowed: an integer >= 1");
    EXPECT_EQ(refusal(parameter("patterns"), stepped(1.0, integer(9), integer(1))),
              "patterns.from = 1.0; allowed: an integer >= 1");
    EXPECT_EQ(refusal(parameter("shuffled"), stepped(integer(0), integer(1), integer(1))),
              "shuffled = a range; allowed: a list, each true or false");
}

}  // namespace
}  // namespace syncache
