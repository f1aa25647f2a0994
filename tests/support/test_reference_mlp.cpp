#include <gtest/gtest.h>

#include <cstddef>
#include <string>

#include "tests/support/golden_mlp.hpp"
#include "tests/support/near.hpp"

namespace syncache::test {
namespace {

class ReferenceMlpGolden : public ::testing::TestWithParam<GoldenMlpRun> {};

TEST_P(ReferenceMlpGolden, EveryCheckpoint) {
    const GoldenMlpRun& run = GetParam();
    const ReferenceMlpResult result = train_reference(golden_settings(run));
    ASSERT_EQ(result.checkpoints.size(), run.checkpoints.size());
    for (std::size_t i = 0; i < run.checkpoints.size(); ++i) {
        const ReferenceCheckpoint& got = result.checkpoints[i];
        const GoldenCheckpoint& want = run.checkpoints[i];
        EXPECT_EQ(got.presentations, want.presentations);
        EXPECT_EQ(got.accuracy, want.accuracy);
        EXPECT_TRUE(near(got.total(&ReferenceEnergies::consolidation), want.energy_consolidation, 1e-9));
        EXPECT_TRUE(
            near(run.maintenance_cost * got.total(&ReferenceEnergies::maintenance), want.energy_maintenance, 1e-9));
    }
}

std::string run_name(const ::testing::TestParamInfo<GoldenMlpRun>& info) {
    std::string name = info.param.name();
    for (char& c : name) {
        c = c == '-' ? '_' : c;
    }
    return name;
}

INSTANTIATE_TEST_SUITE_P(H20, ReferenceMlpGolden, ::testing::ValuesIn(golden_mlp_runs("h20")), run_name);
INSTANTIATE_TEST_SUITE_P(H100, ReferenceMlpGolden, ::testing::ValuesIn(golden_mlp_runs("h100")), run_name);

}  // namespace
}  // namespace syncache::test
