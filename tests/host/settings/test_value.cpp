#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>

#include "host/settings/value.hpp"

namespace syncache {
namespace {

double read_back(const std::string& text) {
    double value = 0.0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    EXPECT_EQ(result.ptr, text.data() + text.size()) << text;
    return value;
}

TEST(ToText, Forms) {
    EXPECT_EQ(to_text(true), "1");
    EXPECT_EQ(to_text(false), "0");
    EXPECT_EQ(to_text(std::int64_t{-42}), "-42");
    EXPECT_EQ(to_text(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
    EXPECT_EQ(to_text(0.1), "0.1");
    EXPECT_EQ(to_text(1e-5), "1e-05");
    EXPECT_EQ(to_text(1000.0), "1000");
    EXPECT_EQ(to_text(INFINITY), "inf");
    EXPECT_EQ(to_text(-INFINITY), "-inf");
    EXPECT_EQ(to_text(-std::nan("")), "nan");
    EXPECT_EQ(to_text(std::string("local-local")), "local-local");
}

TEST(ToText17, Forms) {
    EXPECT_EQ(to_text_17(0.1), "0.10000000000000001");
    EXPECT_EQ(to_text_17(1900.0), "1900");
    EXPECT_EQ(to_text_17(INFINITY), "inf");
    EXPECT_EQ(to_text_17(-INFINITY), "-inf");
    EXPECT_EQ(to_text_17(-std::nan("")), "nan");
}

TEST(ToText, DoublesReadBackToTheSameBits) {
    std::mt19937_64 bits(7);
    int n_finite = 0;
    for (int i = 0; i < 20000; ++i) {
        const auto value = std::bit_cast<double>(bits());
        if (std::isfinite(value)) {
            ++n_finite;
            EXPECT_EQ(std::bit_cast<std::uint64_t>(read_back(to_text(value))), std::bit_cast<std::uint64_t>(value));
            EXPECT_EQ(std::bit_cast<std::uint64_t>(read_back(to_text_17(value))), std::bit_cast<std::uint64_t>(value));
        }
    }
    EXPECT_GT(n_finite, 19000);
    for (const double value : {5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 1.0 / 3.0}) {
        EXPECT_EQ(read_back(to_text(value)), value);
    }
}

}  // namespace
}  // namespace syncache
