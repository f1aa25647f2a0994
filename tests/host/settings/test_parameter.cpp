#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "host/settings/parameter.hpp"
#include "tests/support/fake_model.hpp"
#include "tests/support/scratch.hpp"

namespace syncache {
namespace {

using test::message_of;

const Parameter& parameter(std::string_view name) {
    return test::fake_model().parameters()[static_cast<std::size_t>(find_parameter(test::fake_model(), name))];
}

std::string refusal(std::string_view name, const Value& value) {
    return message_of<std::invalid_argument>([&] { checked(parameter(name), value); });
}

TEST(Checked, HoldsValuesInTheParametersType) {
    EXPECT_EQ(checked(parameter("threshold"), std::int64_t{3}), Value(3.0));
    EXPECT_EQ(checked(parameter("threshold"), 0.1), Value(0.1));
    EXPECT_EQ(checked(parameter("patterns"), std::int64_t{1}), Value(std::int64_t{1}));
    EXPECT_EQ(checked(parameter("tau"), INFINITY), Value(double{INFINITY}));
    EXPECT_EQ(checked(parameter("shuffled"), true), Value(true));
    EXPECT_EQ(checked(parameter("variant"), std::string("local-local")), Value(std::string("local-local")));
    EXPECT_EQ(checked(parameter("patterns_file"), std::string("a.idx2")), Value(std::string("a.idx2")));
}

TEST(Checked, NegativeZeroBecomesZero) {
    EXPECT_FALSE(std::signbit(std::get<double>(checked(parameter("threshold"), -0.0))));
}

TEST(Checked, SaysWhatWasFoundAndWhatIsAllowed) {
    EXPECT_EQ(refusal("patterns", std::int64_t{0}), "patterns = 0; allowed: an integer >= 1");
    EXPECT_EQ(refusal("patterns", 10.0), "patterns = 10.0; allowed: an integer >= 1");
    EXPECT_EQ(refusal("patterns", std::string("ten")), "patterns = \"ten\"; allowed: an integer >= 1");
    EXPECT_EQ(refusal("seed", std::int64_t{-1}), "seed = -1; allowed: an integer >= 0");
    EXPECT_EQ(refusal("threshold", -0.5), "threshold = -0.5; allowed: a number >= 0");
    EXPECT_EQ(refusal("threshold", std::nan("")), "threshold = nan; allowed: a number >= 0");
    EXPECT_EQ(refusal("threshold", false), "threshold = false; allowed: a number >= 0");
    EXPECT_EQ(refusal("tau", 0.999), "tau = 0.999; allowed: a number >= 1");
    EXPECT_EQ(refusal("tau", -INFINITY), "tau = -inf; allowed: a number >= 1");
    EXPECT_EQ(refusal("learning_rate", 0.0), "learning_rate = 0.0; allowed: a finite number > 0");
    EXPECT_EQ(refusal("learning_rate", INFINITY), "learning_rate = inf; allowed: a finite number > 0");
    EXPECT_EQ(refusal("pattern_coding", 1.5), "pattern_coding = 1.5; allowed: a number >= 0 and <= 1");
    EXPECT_EQ(refusal("shuffled", std::int64_t{1}), "shuffled = 1; allowed: true or false");
    EXPECT_EQ(refusal("variant", std::string("local")),
              "variant = \"local\"; allowed: one of none, local-local, local-global");
    EXPECT_EQ(refusal("note", std::int64_t{1}), "note = 1; allowed: a string");
    EXPECT_EQ(refusal("patterns_file", true), "patterns_file = true; allowed: a file name");
}

TEST(Checked, ListsOfReals) {
    Parameter factors{"factors", Parameter::Type::reals, std::string("1"), "", ""};
    factors.minimum = 0.0;
    factors.above_minimum = true;
    factors.maximum = std::numeric_limits<double>::max();
    EXPECT_EQ(checked(factors, std::int64_t{2}), Value(std::string("2")));
    EXPECT_EQ(checked(factors, 0.5), Value(std::string("0.5")));
    EXPECT_EQ(checked(factors, std::string("1, 0.50,1e-3")), Value(std::string("1,0.5,0.001")))
        << "one text for one list";
    EXPECT_EQ(parse_value(factors, "1,0.5"), Value(std::string("1,0.5")));
    for (const char* wrong : {"", "a", "1,,2", "1,-2", "1,0", "inf", "nan", "1e400"}) {
        EXPECT_EQ(message_of<std::invalid_argument>([&] { checked(factors, std::string(wrong)); }),
                  "factors = \"" + std::string(wrong) + "\"; allowed: a finite number > 0, or a list of them");
    }
    EXPECT_EQ(message_of<std::invalid_argument>([&] { checked(factors, true); }),
              "factors = true; allowed: a finite number > 0, or a list of them");
    EXPECT_EQ(real_items("1,0.5,1e-3"), (std::vector<double>{1.0, 0.5, 1e-3}));
}

TEST(ParseValue, ReadsCommandLineTexts) {
    EXPECT_EQ(parse_value(parameter("patterns"), "12"), Value(std::int64_t{12}));
    EXPECT_EQ(parse_value(parameter("threshold"), "3"), Value(3.0));
    EXPECT_EQ(parse_value(parameter("threshold"), "1e-05"), Value(1e-5));
    EXPECT_EQ(parse_value(parameter("tau"), "inf"), Value(double{INFINITY}));
    EXPECT_EQ(parse_value(parameter("shuffled"), "true"), Value(true));
    EXPECT_EQ(parse_value(parameter("shuffled"), "0"), Value(false));
    EXPECT_EQ(parse_value(parameter("note"), "1 2"), Value(std::string("1 2")));
}

TEST(ParseValue, RefusesWhatIsNoneOfTheParameter) {
    const auto refused = [](std::string_view name, std::string_view text) {
        return message_of<std::invalid_argument>([&] { parse_value(parameter(name), text); });
    };
    EXPECT_EQ(refused("patterns", "12x"), "patterns = \"12x\"; allowed: an integer >= 1");
    EXPECT_EQ(refused("patterns", "0"), "patterns = 0; allowed: an integer >= 1");
    EXPECT_EQ(refused("patterns", "99999999999999999999"),
              "patterns = \"99999999999999999999\"; allowed: an integer >= 1");
    EXPECT_EQ(refused("threshold", "nan"), "threshold = nan; allowed: a number >= 0");
    EXPECT_EQ(refused("threshold", ""), "threshold = \"\"; allowed: a number >= 0");
    EXPECT_EQ(refused("shuffled", "yes"), "shuffled = \"yes\"; allowed: true or false");
    EXPECT_EQ(refused("variant", "local"), "variant = \"local\"; allowed: one of none, local-local, local-global");
}

// Every value of every type survives the way through an exported table.
TEST(ParseValue, ReadsWhatToTextWrote) {
    for (const Parameter& one : test::fake_model().parameters()) {
        EXPECT_EQ(parse_value(one, to_text(one.fallback)), one.fallback) << one.name;
    }
}

}  // namespace
}  // namespace syncache
