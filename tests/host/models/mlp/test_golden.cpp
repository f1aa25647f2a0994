#include <gtest/gtest.h>

#include <cstddef>
#include <string>

#include "tests/support/golden_mlp.hpp"
#include "tests/support/mlp_cases.hpp"
#include "tests/support/near.hpp"

namespace syncache::test {
namespace {

class MlpGolden : public ::testing::TestWithParam<GoldenMlpRun> {};

TEST_P(MlpGolden, EveryCheckpoint) {
    if (!mnist_is_there()) {
        GTEST_SKIP() << "no MNIST files";
    }
    const GoldenMlpRun& run = GetParam();
    const Outcome outcome = train_mlp(golden_settings(run));
    ASSERT_EQ(outcome.tables.size(), 1u);
    const RecordedTable& table = outcome.tables[0];
    ASSERT_EQ(table.rows.size(), run.checkpoints.size() * table.columns.size());
    for (std::size_t i = 0; i < run.checkpoints.size(); ++i) {
        const GoldenCheckpoint& want = run.checkpoints[i];
        EXPECT_EQ(cell(table, i, "presentations"), static_cast<double>(want.presentations));
        EXPECT_EQ(cell(table, i, "accuracy"), want.accuracy);
        EXPECT_TRUE(near(cell(table, i, "consolidation"), want.energy_consolidation, 1e-9));
        EXPECT_TRUE(near(run.maintenance_cost * cell(table, i, "maintenance_sum"), want.energy_maintenance, 1e-9));
    }
}

std::string run_name(const ::testing::TestParamInfo<GoldenMlpRun>& info) {
    std::string name = info.param.name();
    for (char& c : name) {
        c = c == '-' ? '_' : c;
    }
    return name;
}

INSTANTIATE_TEST_SUITE_P(H20, MlpGolden, ::testing::ValuesIn(golden_mlp_runs("h20")), run_name);
INSTANTIATE_TEST_SUITE_P(H100, MlpGolden, ::testing::ValuesIn(golden_mlp_runs("h100")), run_name);

}  // namespace
}  // namespace syncache::test
