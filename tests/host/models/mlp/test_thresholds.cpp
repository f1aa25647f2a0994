#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "host/models/mlp/network.hpp"
#include "tests/support/golden_mlp.hpp"
#include "tests/support/mlp_cases.hpp"
#include "tests/support/near.hpp"

// Thresholds that change while a multilayer perceptron learns, against the plain reference and against what is known on
// paper. Synthetic digits.
namespace syncache::test {
namespace {

const std::vector<std::string> cached_variants{"local-local", "local-neuron", "local-layer", "global-global"};

void expect_same_bits(const Outcome& got, const Outcome& want) {
    EXPECT_EQ(got.maintenance_sum, want.maintenance_sum);
    ASSERT_EQ(got.sums.size(), want.sums.size());
    EXPECT_EQ(got.sums[0].consolidation, want.sums[0].consolidation);
    EXPECT_EQ(got.sums[0].transient_change_sum, want.sums[0].transient_change_sum);
    EXPECT_EQ(got.sums[0].minimal, want.sums[0].minimal);
    EXPECT_EQ(got.extras.at(2), want.extras.at(2)) << "changes of persistent weights";
}

TEST(MlpThresholds, ThatChangeAreTheReferences) {
    for (const std::string& variant : cached_variants) {
        for (const double decay : {1.0, std::exp(-3.0 / 100.0)}) {
            MlpSettings settings = small_mlp(variant);
            settings.decay = decay;
            for (const MlpSettings& s : with_changing_thresholds(settings)) {
                SCOPED_TRACE(testing::Message() << variant << " decay " << decay << ", schedule "
                                                << static_cast<int>(s.schedule.kind) << " to " << s.schedule.end);
                expect_like_reference(s);
                EXPECT_NE(train_mlp(s).sums[0].consolidation, train_mlp(settings).sums[0].consolidation);
            }
        }
    }
}

// All weights are 0 at first, and all outputs equal: the first counts as the largest.
TEST(MlpThresholds, FirstOfEqualOutputsIsTheAnswer) {
    MlpSettings s = with_changing_thresholds(small_mlp("local-neuron"))[2];
    s.initial_sd = 0.0;
    s.backprop = Backprop::exact;
    s.schedule.factor = std::exp(-1.0 / 2.0);  // the last few answers decide
    expect_like_reference(s);
}

TEST(MlpThresholds, ThatChangeByNothingAreConstant) {
    for (const std::string& variant : cached_variants) {
        for (const bool single : {false, true}) {
            SCOPED_TRACE(variant);
            MlpSettings s = small_mlp(variant);
            s.single = single;
            s.decay = 0.99;
            const Outcome constant = train_mlp(s);
            s.schedule = {Schedule::exponential, s.threshold, std::exp(-1.0 / 30.0)};
            expect_same_bits(train_mlp(s), constant);
            s.schedule = {Schedule::error_rate, 0.0, 1.0};
            expect_same_bits(train_mlp(s), constant);
        }
    }
}

TEST(MlpThresholds, ErrorRateTimesZeroIsNoCache) {
    const Outcome plain = train_mlp(small_mlp("none"));
    for (const std::string& variant : cached_variants) {
        MlpSettings s = with_changing_thresholds(small_mlp(variant))[2];
        s.threshold = 0.0;
        const Outcome cached = train_mlp(s);
        EXPECT_TRUE(near(cached.sums[0].consolidation, plain.sums[0].consolidation, sum_rounding)) << variant;
        EXPECT_EQ(cached.maintenance_sum, 0.0);
    }
}

// The error rate goes on from one stretch of presentations to the next, however long they are.
TEST(MlpThresholds, DoNotDependOnCheckpoints) {
    for (const std::string& variant : cached_variants) {
        for (MlpSettings s : with_changing_thresholds(small_mlp(variant))) {
            const Outcome whole = train_mlp(s);
            s.checkpoint_every = 1;
            SCOPED_TRACE(variant);
            expect_same_bits(train_mlp(s), whole);
        }
    }
}

TEST(MlpThresholds, OfLayersAreTheReferences) {
    for (const std::string variant : {"local-local", "local-neuron", "local-layer"}) {
        SCOPED_TRACE(variant);
        MlpSettings s = small_mlp(variant);
        const Outcome alike = train_mlp(s);
        s.threshold_factors = {0.5, 3.0};
        expect_like_reference(s);
        const Outcome unlike = train_mlp(s);
        EXPECT_NE(unlike.extras.at(5), alike.extras.at(5)) << "consolidation of the first layer";
        EXPECT_NE(unlike.extras.at(9), alike.extras.at(9)) << "consolidation of the second layer";
    }
}

TEST(MlpThresholds, FactorsOfOneAreNone) {
    for (const std::string& variant : cached_variants) {
        for (MlpSettings s : with_changing_thresholds(small_mlp(variant))) {
            const Outcome none = train_mlp(s);
            s.threshold_factors = {1.0, 1.0};
            SCOPED_TRACE(variant);
            expect_same_bits(train_mlp(s), none);
        }
    }
}

// A layer's threshold is a number: half of it times two, in every layer, is the same one.
TEST(MlpThresholds, FactorsMultiplyTheThreshold) {
    for (const std::string variant : {"local-local", "local-neuron", "local-layer"}) {
        MlpSettings s = small_mlp(variant);
        const Outcome whole = train_mlp(s);
        s.threshold /= 2.0;
        s.threshold_factors = {2.0, 2.0};
        SCOPED_TRACE(variant);
        expect_same_bits(train_mlp(s), whole);
    }
}

// Rounding has not parted the two histories within an epoch; sums of some thousand single numbers differ by 1e-4.
TEST(MlpThresholds, SinglePrecisionFollowsDouble) {
    for (const std::string& variant : cached_variants) {
        for (MlpSettings s : with_changing_thresholds(small_mlp(variant))) {
            SCOPED_TRACE(testing::Message() << variant << ", schedule " << static_cast<int>(s.schedule.kind));
            s.max_epochs = 1;
            const Outcome wide = train_mlp(s);
            s.single = true;
            const Outcome narrow = train_mlp(s);
            EXPECT_NE(narrow.sums[0].consolidation, wide.sums[0].consolidation) << "is it single precision?";
            EXPECT_TRUE(near(narrow.sums[0].consolidation, wide.sums[0].consolidation, 1e-4));
            EXPECT_TRUE(near(narrow.maintenance_sum, wide.maintenance_sum, 1e-4));
        }
    }
}

}  // namespace
}  // namespace syncache::test
