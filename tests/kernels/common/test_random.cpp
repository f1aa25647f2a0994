#include <cstdint>
#include <set>

#include "kernels/common/random.hpp"
#include "tests/support/near.hpp"

namespace syncache {
namespace {

// Random123's own known answers for philox4x32-10.
TEST(Random, PhiloxKnownAnswers) {
    const philox4x32_ctr_t zero_counter = {{0, 0, 0, 0}};
    const philox4x32_key_t zero_key = {{0, 0}};
    const philox4x32_ctr_t zeros = philox4x32(zero_counter, zero_key);
    EXPECT_EQ(zeros.v[0], 0x6627e8d5u);
    EXPECT_EQ(zeros.v[1], 0xe169c58du);
    EXPECT_EQ(zeros.v[2], 0xbc57ac4cu);
    EXPECT_EQ(zeros.v[3], 0x9b00dbd8u);
}

TEST(Random, EveryArgumentMatters) {
    std::set<std::uint32_t> seen;
    seen.insert(draw(1, Purpose::pattern, 1, 1).word[0]);
    seen.insert(draw(2, Purpose::pattern, 1, 1).word[0]);
    seen.insert(draw(1ull << 32, Purpose::pattern, 1, 1).word[0]);
    seen.insert(draw(1, Purpose::target, 1, 1).word[0]);
    seen.insert(draw(1, Purpose::pattern, 2, 1).word[0]);
    seen.insert(draw(1, Purpose::pattern, 1ull << 32, 1).word[0]);
    seen.insert(draw(1, Purpose::pattern, 1, 2).word[0]);
    EXPECT_EQ(seen.size(), 7u);
}

TEST(Random, UniformStaysBelowOne) {
    EXPECT_EQ(uniform(0u), 0.0);
    EXPECT_LT(uniform(0xffffffffu), 1.0);
    EXPECT_LT(uniform(0xffffffffu, 0xffffffffu), 1.0);
    EXPECT_TRUE(test::near(uniform(0x80000000u, 0u), 0.5, 0.0));
}

}  // namespace
}  // namespace syncache
