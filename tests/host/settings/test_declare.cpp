#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "host/settings/declare.hpp"

namespace syncache {
namespace {

using Type = Parameter::Type;

TEST(Declare, NumbersWithTheirBounds) {
    const Parameter patterns = declare::integer("patterns", 7, 1, 9, "how many");
    EXPECT_EQ(patterns.name, "patterns");
    EXPECT_EQ(patterns.type, Type::integer);
    EXPECT_EQ(patterns.fallback, Value(std::int64_t{7}));
    EXPECT_EQ(patterns.unit, "");
    EXPECT_EQ(patterns.description, "how many");
    EXPECT_EQ(allowed_text(patterns), "an integer >= 1 and <= 9");

    const Parameter threshold =
        declare::real("threshold", 2.0, 0.0, std::numeric_limits<double>::infinity(), "weight", "");
    EXPECT_EQ(threshold.fallback, Value(2.0));
    EXPECT_EQ(threshold.unit, "weight");
    EXPECT_EQ(allowed_text(threshold), "a number >= 0");
    EXPECT_EQ(checked(threshold, 0.0), Value(0.0));
    const Parameter rate = declare::real_above("rate", 2.0, 0.0, 4.0, "", "");
    EXPECT_EQ(checked(rate, 4.0), Value(4.0));
    EXPECT_THROW(checked(rate, 0.0), std::invalid_argument);
}

TEST(Declare, ListsOfNumbers) {
    EXPECT_EQ(checked(declare::integers("hidden", "100", 1, 200, ""), std::string("200,1")),
              Value(std::string("200,1")));
    EXPECT_THROW(checked(declare::integers("hidden", "100", 1, 200, ""), std::string("200,0")), std::invalid_argument);
    EXPECT_EQ(checked(declare::reals_above("factors", "1", 0, 2, ""), std::string("2,0.5")),
              Value(std::string("2,0.5")));
    EXPECT_THROW(checked(declare::reals_above("factors", "1", 0, 2, ""), std::string("0,1")), std::invalid_argument);
    EXPECT_EQ(declare::integers("hidden", "100", 1, 200, "").fallback, Value(std::string("100")));
}

TEST(Declare, WordsAndFiles) {
    const Parameter variant = declare::choice("variant", "b", {"a", "b"}, "which");
    EXPECT_EQ(variant.fallback, Value(std::string("b")));
    EXPECT_EQ(allowed_text(variant), "one of a, b");
    EXPECT_EQ(declare::file("patterns_file", "").type, Type::file);
    EXPECT_EQ(declare::files("initial_weights", "").type, Type::files);
    EXPECT_EQ(declare::file("patterns_file", "").fallback, Value(std::string()));
}

}  // namespace
}  // namespace syncache
