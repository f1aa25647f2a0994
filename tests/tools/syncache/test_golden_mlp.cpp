#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "datasets/digit_files.hpp"
#include "tests/support/golden_mlp.hpp"
#include "tests/support/near.hpp"
#include "tests/support/program.hpp"
#include "tests/support/scratch.hpp"

// The published scripts' results (tests/golden/mlp), through the command line: all trainings of a set as [[points]] of
// one experiment, run and exported. Skipped where the MNIST files are not.
namespace syncache::test {
namespace {

using Row = std::map<std::string, std::string>;

std::string point_of(const GoldenMlpRun& run) {
    const std::string tau = run.decay_rate == 0.0 ? "inf" : fmt::format("{:.17g}", 1.0 / run.decay_rate);
    return fmt::format(
        "[[points]]\ncost = \"{}\"\nvariant = \"{}\"\nlearning_rate = {}\nmomentum = {}\ntau = {}\nthreshold = {}\n"
        "checkpoint_every = {}\nmax_epochs = {}\n",
        run.cost, run.variant, run.learning_rate, run.momentum, tau, run.threshold, run.checkpoints[0].presentations,
        run.checkpoints.back().presentations / run.train_count);
}

// What all trainings of a set have in common. files: how the images are named.
std::string fixed_of(const GoldenMlpRun& run, const std::string& files) {
    return fmt::format(
        "name = \"golden\"\nmodel = \"mlp\"\n[fixed]\nprecision = \"double\"\nhidden = {}\ntrain_offset = {}\n"
        "train_count = {}\ntest_offset = {}\ntest_count = {}\ninitial_weights = [\"{}/w_input_hidden.idx2\", "
        "\"{}/w_hidden_output.idx2\"]\n{}",
        run.hidden, run.train_offset, run.train_count, run.test_offset, run.test_count, run.folder, run.folder, files);
}

std::string named_files() {
    const auto files = golden_images();
    const auto text = [&](std::size_t i) { return std::filesystem::absolute(files[i]).string(); };
    return fmt::format("train_images = \"{}\"\ntrain_labels = \"{}\"\ntest_images = \"{}\"\ntest_labels = \"{}\"\n",
                       text(0), text(1), text(2), text(3));
}

void expect_checkpoints(const std::string& experiment, const std::vector<GoldenMlpRun>& runs,
                        const std::map<std::string, std::string>& environment = {}) {
    const Scratch scratch;
    write_text(scratch.folder() / "golden.toml", experiment);
    const ProgramRun run =
        run_program({"run", "golden.toml", "--backend", "cpu", "--quiet"}, scratch.folder(), environment);
    ASSERT_EQ(run.exit_code, 0) << run.err;
    const ProgramRun exported = run_program({"export", "golden.sqlite", "--table", "checkpoints"}, scratch.folder());
    ASSERT_EQ(exported.exit_code, 0) << exported.err;
    // The list of initial weights is the one field with commas.
    std::string table = exported.out;
    const std::string weights = fmt::format("\"{0}/w_input_hidden.idx2,{0}/w_hidden_output.idx2\"", runs[0].folder);
    for (std::size_t at = table.find(weights); at != std::string::npos; at = table.find(weights)) {
        table.replace(at, weights.size(), "weights");
    }
    const std::vector<Row> got = parse_csv(table);
    std::size_t row = 0;
    for (const GoldenMlpRun& want : runs) {
        SCOPED_TRACE(want.name());
        for (const GoldenCheckpoint& point : want.checkpoints) {
            ASSERT_LT(row, got.size());
            const auto value = [&](const char* column) { return std::stod(got[row].at(column)); };
            const double maintenance = want.maintenance_cost * value("maintenance_sum");
            EXPECT_EQ(value("presentations"), static_cast<double>(point.presentations));
            EXPECT_EQ(value("accuracy"), point.accuracy);
            EXPECT_TRUE(near(value("consolidation"), point.energy_consolidation, 1e-9));
            EXPECT_TRUE(near(maintenance, point.energy_maintenance, 1e-9));
            EXPECT_TRUE(near(value("consolidation") + maintenance, point.energy_total, 1e-9));
            ++row;
        }
    }
    EXPECT_EQ(row, got.size());
}

class GoldenMlpCommandLine : public ::testing::TestWithParam<const char*> {};

TEST_P(GoldenMlpCommandLine, EveryCheckpointIsMet) {
    const std::vector<GoldenMlpRun> runs = golden_mlp_runs(GetParam());
    std::string experiment = fixed_of(runs[0], named_files());
    for (const GoldenMlpRun& run : runs) {
        experiment += point_of(run);
    }
    expect_checkpoints(experiment, runs);
}

INSTANTIATE_TEST_SUITE_P(Recorded, GoldenMlpCommandLine, ::testing::Values("h20", "h100"),
                         [](const auto& tested) { return std::string(tested.param); });

TEST(GoldenMlpCommandLine, MnistIsFoundByItsName) {
    if (!mnist_is_there()) {
        GTEST_SKIP() << "no MNIST files";
    }
    const GoldenMlpRun run = golden_mlp_runs("h20").at(0);
    const std::filesystem::path folder = std::filesystem::absolute(*locate(find_collection("mnist")));
    expect_checkpoints(fixed_of(run, "data = \"mnist\"\n") + point_of(run), {run},
                       {{"SYNCACHE_DATA", folder.string()}});
}

}  // namespace
}  // namespace syncache::test
