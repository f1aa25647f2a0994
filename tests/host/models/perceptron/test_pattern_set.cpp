#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "host/models/perceptron/pattern_set.hpp"
#include "tests/support/near.hpp"

namespace syncache {
namespace {

int product(const PatternView& view, int q, int p) {
    int sum = 0;
    for (int i = 0; i <= view.inputs; ++i) {
        sum += view.signed_patterns[q * view.row_stride + i] * view.signed_patterns[p * view.row_stride + i];
    }
    return sum;
}

TEST(PatternSet, GramMatrixIsExact) {
    for (const int inputs : {1, 30, 31, 32, 33, 100, 1000}) {
        for (const int patterns : {1, 2, 65}) {
            PatternSet set = PatternSet::random(3, inputs, patterns, 0.5, 0.5);
            set.make_gram();
            const PatternView view = set.view();
            for (int q = 0; q < patterns; ++q) {
                for (int p = 0; p < patterns; ++p) {
                    ASSERT_EQ(view.gram[q * view.gram_stride + p], product(view, q, p))
                        << inputs << " " << q << " " << p;
                }
            }
        }
    }
}

TEST(PatternSet, BlocksOfTheGramMatrixJoin) {
    PatternSet set = PatternSet::random(5, 40, 1100, 0.5, 0.5);
    set.make_gram();
    const PatternView view = set.view();
    for (const int q : {0, 511, 512, 513, 1023, 1024, 1099}) {
        for (const int p : {0, 63, 64, 511, 512, 1024, 1099}) {
            ASSERT_EQ(view.gram[q * view.gram_stride + p], product(view, q, p)) << q << " " << p;
        }
    }
}

TEST(PatternSet, FewerPatternsAreTheFirstOfMore) {
    const PatternSet few = PatternSet::random(7, 100, 10, 0.5, 0.5);
    const PatternSet many = PatternSet::random(7, 100, 50, 0.5, 0.5);
    for (int p = 0; p < 10; ++p) {
        ASSERT_EQ(few.view().targets[p], many.view().targets[p]);
        for (int i = 0; i <= 100; ++i) {
            ASSERT_EQ(few.view().signed_patterns[p * few.view().row_stride + i],
                      many.view().signed_patterns[p * many.view().row_stride + i]);
        }
    }
}

// 200,000 inputs: the standard deviation of a frequency is at most 0.0012; five of them, two-sided: a false alarm in
// 2e6 runs.
TEST(PatternSet, CodingsAreProbabilities) {
    for (const double coding : {0.0, 0.1, 0.5, 0.75, 1.0}) {
        const PatternSet set = PatternSet::random(11, 1000, 200, coding, coding);
        const PatternView view = set.view();
        int up = 0, targets_up = 0;
        for (int p = 0; p < 200; ++p) {
            targets_up += view.targets[p] > 0;
            for (int i = 0; i < 1000; ++i) {
                up += view.signed_patterns[p * view.row_stride + i] * view.targets[p] > 0;
            }
        }
        EXPECT_TRUE(
            test::near(up / 200000.0, coding, 0.0, 5.0 * std::sqrt(coding * (1.0 - coding) / 200000.0) + 1e-12));
        EXPECT_TRUE(
            test::near(targets_up / 200.0, coding, 0.0, 5.0 * std::sqrt(coding * (1.0 - coding) / 200.0) + 1e-12));
    }
}

TEST(PatternSet, RefusesOtherValuesThanPlusMinusOne) {
    const std::vector<std::int8_t> good{1, -1, 1, 1}, bad{1, -1, 0, 1}, targets{1, -1}, bad_targets{1, 3},
        short_targets{1};
    EXPECT_NO_THROW(PatternSet::from_arrays(2, 2, good, targets));
    EXPECT_THROW(PatternSet::from_arrays(2, 2, bad, targets), std::invalid_argument);
    EXPECT_THROW(PatternSet::from_arrays(2, 2, good, bad_targets), std::invalid_argument);
    EXPECT_THROW(PatternSet::from_arrays(2, 2, good, short_targets), std::invalid_argument);
}

TEST(PatternSetCache, SharesWhatIsInUseAndForgetsTheRest) {
    PatternSetCache cache;
    int made = 0;
    const auto make = [&](int n) {
        return [&made, n] {
            ++made;
            return PatternSet::random(1, 10, n, 0.5, 0.5);
        };
    };
    auto first = cache.get("a", 5, make(5));
    EXPECT_EQ(cache.get("a", 3, make(3)), first);
    EXPECT_NE(cache.get("a", 6, make(6)), first);
    EXPECT_EQ(made, 2);
    first.reset();
    cache.get("a", 5, make(5));
    EXPECT_EQ(made, 3);
}

TEST(PatternSet, BytesNeededAreBytesHeld) {
    PatternSet set = PatternSet::random(1, 1000, 2000, 0.5, 0.5);
    set.make_gram();
    EXPECT_EQ(static_cast<double>(set.bytes()), PatternSet::bytes_needed(1000, 2000));
    EXPECT_LE(set.bytes(), 12e6) << "the promise for N = 1000, P = 2000";
}

}  // namespace
}  // namespace syncache
