#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "datasets/digit_files.hpp"
#include "datasets/idx.hpp"
#include "tests/support/golden_mlp.hpp"
#include "tests/support/mlp_cases.hpp"
#include "tests/support/near.hpp"

namespace syncache::test {
namespace {

class MlpGolden : public ::testing::TestWithParam<GoldenMlpRun> {};

TEST_P(MlpGolden, EveryCheckpoint) {
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

// The images kept beside the recorded results are those that the scripts read.
TEST(GoldenImages, AreTheFirstOfMnist) {
    if (!mnist_is_there()) {
        GTEST_SKIP() << "no MNIST files";
    }
    const auto all = image_files(find_collection("mnist"));
    for (const std::size_t part : {0u, 2u}) {
        SCOPED_TRACE(all[part].string());
        IdxHeader kept, whole;
        const auto images = read_idx<std::uint8_t>(golden_images()[part], kept);
        const auto of_all = read_idx<std::uint8_t>(all[part], whole);
        EXPECT_TRUE(std::equal(images.begin(), images.end(), of_all.begin()));
        const auto labels = read_idx<std::uint8_t>(golden_images()[part + 1], kept);
        const auto labels_of_all = read_idx<std::uint8_t>(all[part + 1], whole);
        EXPECT_EQ(labels.size(), part == 0 ? 1600u : 1300u);
        EXPECT_EQ(images.size(), labels.size() * 28 * 28);
        EXPECT_TRUE(std::equal(labels.begin(), labels.end(), labels_of_all.begin()));
    }
}

}  // namespace
}  // namespace syncache::test
