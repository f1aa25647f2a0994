#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "datasets/csv.hpp"
#include "datasets/idx.hpp"
#include "tests/support/near.hpp"
#include "tests/support/source_folder.hpp"
#include "tests/support/spiking_cases.hpp"

// What the paper's published script gave on recorded input spikes: tests/golden/spiking/*.
namespace syncache::test {
namespace {

const std::vector<std::string> columns{"run",           "pattern",           "output_spikes",   "last_output_step",
                                       "final_voltage", "energy_cumulative", "conductance_sum", "conductance_max"};

std::filesystem::path golden_folder() { return source_folder() / "tests/golden/spiking/p4"; }

std::vector<double> expected_rows() {
    CsvReader csv(golden_folder() / "expected.csv", columns);
    std::vector<double> rows;
    while (csv.next()) {
        for (std::size_t column = 0; column < columns.size(); ++column) {
            rows.push_back(csv.real(column));
        }
    }
    return rows;
}

std::vector<double> expected_conductances() {
    IdxHeader header;
    return read_idx<double>(golden_folder() / "final_conductances.idx1", header);
}

TEST(GoldenSpiking, TheEngineMeetsTheScript) {
    Tallies tallies;
    tallies.record = {"presentations", "weights"};
    const Outcome outcome = spiking::train({golden_spiking("p4")}, tallies)[0];
    EXPECT_EQ(outcome.tables.at(0).columns, columns);
    EXPECT_TRUE(all_near(outcome.tables.at(0).rows, expected_rows(), 1e-9));
    EXPECT_TRUE(all_near(outcome.weights.at(0).values, expected_conductances(), 1e-9));
}

TEST(GoldenSpiking, TheReferenceMeetsTheScript) {
    const ReferenceTrained trained = train_reference(reference_training(golden_spiking("p4")));
    const std::vector<double> want = expected_rows();
    ASSERT_EQ(want.size(), trained.responses.size() * columns.size());
    for (std::size_t k = 0; k < trained.responses.size(); ++k) {
        EXPECT_EQ(trained.responses[k].output_spikes, want[k * columns.size() + 2]);
        EXPECT_EQ(trained.responses[k].last_output_step, want[k * columns.size() + 3]);
        EXPECT_TRUE(near(trained.responses[k].voltage, want[k * columns.size() + 4], 1e-9));
    }
    EXPECT_TRUE(near(trained.outcome.sums.at(0).uncached, want[want.size() - 3], 1e-9));
    EXPECT_TRUE(all_near(trained.conductances, expected_conductances(), 1e-9));
}

}  // namespace
}  // namespace syncache::test
