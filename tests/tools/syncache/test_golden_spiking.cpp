#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "datasets/idx.hpp"
#include "tests/support/near.hpp"
#include "tests/support/program.hpp"
#include "tests/support/scratch.hpp"
#include "tests/support/source_folder.hpp"

// The published script's results (tests/golden/spiking), through the command line: recorded input spikes replayed, the
// state after every presentation exported.
namespace syncache {
namespace {

using test::near;
using Row = std::map<std::string, std::string>;

const std::filesystem::path golden = test::source_folder() / "tests/golden/spiking/p4";

std::string replay(const std::string& more = "") {
    return fmt::format(
        "name = \"golden\"\nmodel = \"spiking\"\nrecord = [\"presentations\", \"weights\"]\n[fixed]\nprecision = "
        "\"double\"\n"
        "patterns_file = \"{}\"\ninput_spikes_file = \"{}\"\n{}",
        (golden / "patterns.csv").string(), (golden / "input_spikes.csv.gz").string(), more);
}

// The doubles of a NumPy file of format 1.0.
std::vector<double> read_npy(const std::filesystem::path& file) {
    const std::string bytes = test::read_text(file);
    const auto header = 10u + static_cast<unsigned char>(bytes.at(8)) + 256u * static_cast<unsigned char>(bytes.at(9));
    std::vector<double> values((bytes.size() - header) / sizeof(double));
    std::memcpy(values.data(), bytes.data() + header, values.size() * sizeof(double));
    return values;
}

// As recorded, and where the neuron counts as converged at the earliest, after which a recording goes on to its end.
class GoldenSpikingCommandLine : public ::testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(Convergence, GoldenSpikingCommandLine, ::testing::Values("", "convergence_tolerance = 1.0\n"));

TEST_P(GoldenSpikingCommandLine, EveryPresentationIsMet) {
    const test::Scratch scratch;
    test::write_text(scratch.folder() / "golden.toml", replay(GetParam()));
    const auto run = test::run_program({"run", "golden.toml", "--backend", "cpu", "--quiet"}, scratch.folder());
    ASSERT_EQ(run.exit_code, 0) << run.err;
    const auto exported = test::run_program({"export", "golden.sqlite", "--table", "presentations"}, scratch.folder());
    ASSERT_EQ(exported.exit_code, 0) << exported.err;
    const std::vector<Row> got = test::parse_csv(exported.out);
    const std::vector<Row> expected = test::parse_csv(test::read_text(golden / "expected.csv"));
    ASSERT_EQ(got.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        SCOPED_TRACE(fmt::format("presentation {}", i));
        for (const auto& [column, value] : expected[i]) {
            EXPECT_TRUE(near(std::stod(got[i].at(column)), std::stod(value), 1e-9)) << column;
        }
    }
}

TEST_P(GoldenSpikingCommandLine, FinalConductancesAreMet) {
    const test::Scratch scratch;
    test::write_text(scratch.folder() / "golden.toml", replay(GetParam()));
    ASSERT_EQ(test::run_program({"run", "golden.toml", "--backend", "cpu", "--quiet"}, scratch.folder()).exit_code, 0);
    const auto exported = test::run_program({"export", "golden.sqlite", "--weights", "w"}, scratch.folder());
    ASSERT_EQ(exported.exit_code, 0) << exported.err;
    std::vector<double> got;
    for (const auto& file : std::filesystem::directory_iterator(scratch.folder() / "w")) {
        if (file.path().extension() == ".npy") {
            got = read_npy(file.path());
        }
    }
    IdxHeader header;
    EXPECT_TRUE(test::all_near(got, read_idx<double>(golden / "final_conductances.idx1", header), 1e-9));
}

class BadSpiking : public ::testing::Test {
  protected:
    // Runs e.toml in the scratch folder and expects one line that says `named`, and no results.
    void expect_refused(const std::string& text, const std::string& named) {
        test::write_text(scratch.folder() / "e.toml", text);
        const auto run = test::run_program({"run", "e.toml", "--backend", "cpu", "--quiet"}, scratch.folder());
        EXPECT_TRUE(run.exit_code == 1 || run.exit_code == 2) << run.exit_code;
        EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
        EXPECT_NE(run.err.find(named), std::string::npos) << "expected \"" << named << "\" in: " << run.err;
        EXPECT_FALSE(std::filesystem::exists(scratch.folder() / "e.sqlite"));
    }
    std::string files(const std::string& patterns, const std::string& spikes) {
        test::write_text(scratch.folder() / "p.csv", "pattern,active_auditory_inputs,visual_rate_ratio\n" + patterns);
        test::write_text(scratch.folder() / "s.csv", "run,pattern,step,source,count\n" + spikes);
        return head + "patterns_file = \"p.csv\"\ninput_spikes_file = \"s.csv\"\n";
    }
    const std::string head = "name = \"bad\"\nmodel = \"spiking\"\n[fixed]\n";
    test::Scratch scratch;
};

TEST_F(BadSpiking, ParametersOutOfRange) {
    expect_refused(head + "time_step = 0.0\n", "e.toml:4: time_step = 0");
    expect_refused(head + "membrane_capacitance = -1e-9\n", "e.toml:4: membrane_capacitance");
    expect_refused(head + "patterns = 0\n", "e.toml:4: patterns = 0");
    expect_refused(head + "auditory_rate = 20000.0\n", "auditory_rate = 20000");
    expect_refused(head + "active_inputs = 3\nauditory_inputs = 2\n", "active_inputs = 3");
    expect_refused(head + "spike_threshold = -0.08\n", "spike_threshold = -0.08");
    expect_refused(head + "membrane_capacitance = 0.5\n",
                   "e.toml:4: membrane_capacitance = 0.5");  // nF without its e-9
    expect_refused(head + "spike_threshold = -50\n", "e.toml:4: spike_threshold = -50");
    expect_refused(head + "time_step = 0.1\n", "time_step = 0.1");
    expect_refused("record = [\"presentations\"]\n" + head + "max_runs = 1000000\npatterns = 1000000\n",
                   "max_runs = 1000000");
    expect_refused(head + "inputs = 5\n", "e.toml:4: inputs");
    expect_refused(head + "variant = \"local-neuron\"\n", "e.toml:4: variant");
}

TEST_F(BadSpiking, Files) {
    expect_refused(head + "patterns_file = \"none.csv\"\n", "none.csv");
    expect_refused(files("0,55 70\n", ""), "p.csv:2");
    expect_refused(files("0,55 555,1\n", ""), "p.csv:2");
    expect_refused(files("0,55 x,1\n", ""), "p.csv:2");
    expect_refused(files("0,55 70,0.7\n", ""), "p.csv:2");
    expect_refused(files("0,55 70,1\n", "0,0,1,a56,1\n"), "s.csv:2");
    expect_refused(files("0,55 70,1\n", "0,0,1,z55,1\n"), "s.csv:2");
    expect_refused(files("0,55 70,1\n", "0,0,99999,a55,1\n"), "s.csv:2");
    expect_refused(files("0,55 70,1\n", "0,0,1,a55,-1\n"), "s.csv:2");
    expect_refused(files("0,55 70,1\n", "0,1,1,a55,1\n"), "s.csv:2");
}

TEST_F(BadSpiking, CorruptFiles) {
    const std::string recording = test::read_text(golden / "input_spikes.csv.gz");
    const std::string text = head + "patterns_file = \"" + (golden / "patterns.csv").string() +
                             "\"\ninput_spikes_file = \"spikes.csv.gz\"\n";
    const auto refused = [&](const std::string& content) {
        test::write_text(scratch.folder() / "spikes.csv.gz", content);
        expect_refused(text, "spikes.csv.gz: ");
    };
    refused(recording.substr(0, recording.size() / 2));
    std::string flipped = recording;
    flipped[flipped.size() / 2] = static_cast<char>(~flipped[flipped.size() / 2]);
    refused(flipped);
    refused("");
    test::write_text(scratch.folder() / "spikes.csv.gz", "run,pattern,step,\x1b[31m\r\x80 and so on\n");
    expect_refused(text, "spikes.csv.gz:1: no column source, found run,pattern,step,?[31m?? and so on;");
}

// Line ends, blank lines and further columns as other programs write them.
TEST_F(BadSpiking, FilesMayBeWrittenOtherwise) {
    const auto presentations = [&](const std::string& end) {
        test::write_text(scratch.folder() / "p.csv",
                         "note,pattern,active_auditory_inputs,visual_rate_ratio" + end + "x,0,70 55,1.0" + end);
        test::write_text(scratch.folder() / "s.csv", "run,pattern,step,source,count" + end + "0,0,1,a55,1" + end +
                                                         "0,0,2,a70,2" + end + end + "0,0,9,b0,1");
        test::write_text(scratch.folder() / "e.toml", "record = [\"presentations\"]\n" + head +
                                                          "patterns_file = \"p.csv\"\ninput_spikes_file = \"s.csv\"\n");
        const auto run = test::run_program({"run", "e.toml", "--backend", "cpu", "--quiet"}, scratch.folder());
        EXPECT_EQ(run.exit_code, 0) << run.err;
        const auto exported = test::run_program({"export", "e.sqlite", "--table", "presentations"}, scratch.folder());
        std::filesystem::remove(scratch.folder() / "e.sqlite");
        return exported.out;
    };
    const std::string plain = presentations("\n");
    EXPECT_EQ(test::parse_csv(plain).size(), 1u);
    EXPECT_EQ(presentations("\r\n"), plain);
}

}  // namespace
}  // namespace syncache
