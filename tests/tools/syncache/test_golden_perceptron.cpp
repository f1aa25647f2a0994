#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/support/near.hpp"
#include "tests/support/program.hpp"
#include "tests/support/scratch.hpp"
#include "tests/support/source_folder.hpp"

// The published scripts' results (tests/golden/perceptron), through the command line: an experiment of [[points]] on
// the recorded patterns, run, and exported.
namespace syncache {
namespace {

using test::near;
using Row = std::map<std::string, std::string>;

std::string point_of(const Row& row) {
    const std::string tau = row.at("tau") == "0" ? "inf" : row.at("tau");
    return fmt::format("[[points]]\nvariant = \"{}\"\noffset = {}\ntau = {}\nthreshold = {}\nmax_epochs = {}\n",
                       row.at("variant"), row.at("offset"), tau, row.at("theta"), row.at("max_epochs"));
}

class GoldenPerceptron : public ::testing::TestWithParam<const char*> {};

TEST_P(GoldenPerceptron, EveryRowIsMet) {
    const std::filesystem::path golden = test::source_folder() / "tests/golden/perceptron" / GetParam();
    const std::vector<Row> expected = test::parse_csv(test::read_text(golden / "expected.csv"));
    ASSERT_EQ(expected.size(), 15u);
    std::string experiment = fmt::format(
        "name = \"golden\"\nmodel = \"perceptron\"\n[fixed]\nprecision = \"double\"\npatterns_file = \"{}\"\n"
        "targets_file = \"{}\"\n",
        (golden / "patterns.idx2").string(), (golden / "targets.idx1").string());
    for (const Row& row : expected) {
        experiment += point_of(row);
    }
    const test::Scratch scratch;
    test::write_text(scratch.folder() / "golden.toml", experiment);
    const test::ProgramRun run =
        test::run_program({"run", "golden.toml", "--backend", "cpu", "--quiet"}, scratch.folder());
    ASSERT_EQ(run.exit_code, 0) << run.err;
    const test::ProgramRun exported = test::run_program({"export", "golden.sqlite"}, scratch.folder());
    ASSERT_EQ(exported.exit_code, 0) << exported.err;
    const std::vector<Row> got = test::parse_csv(exported.out);
    ASSERT_EQ(got.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        SCOPED_TRACE(fmt::format("row {}: {} tau {}", i, expected[i].at("variant"), expected[i].at("tau")));
        EXPECT_EQ(got[i].at("variant"), expected[i].at("variant"));
        EXPECT_EQ(got[i].at("epochs"), expected[i].at("epochs"));
        EXPECT_EQ(got[i].at("converged"), expected[i].at("converged"));
        const auto expect_energy = [&](const char* ours, const char* theirs) {
            EXPECT_TRUE(near(std::stod(got[i].at(ours)), std::stod(expected[i].at(theirs)), 1e-9)) << ours;
        };
        expect_energy("uncached", "energy_uncached");
        expect_energy("minimal", "energy_min");
        expect_energy("consolidation", "energy_consolidation");
        expect_energy("maintenance_sum", "maintenance_sum");
    }
}

INSTANTIATE_TEST_SUITE_P(Recorded, GoldenPerceptron,
                         ::testing::Values("n050_p060", "n100_p150", "n200_p300", "n1000_p1000"),
                         [](const auto& tested) { return std::string(tested.param); });

}  // namespace
}  // namespace syncache
