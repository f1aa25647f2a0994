#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "host/models/mlp/settings.hpp"
#include "tests/support/reference_mlp.hpp"

// Recorded results of the paper's published scripts (tests/golden/mlp) and the data they were made with.
namespace syncache::test {

struct GoldenCheckpoint {
    std::int64_t presentations;
    double accuracy, energy_total, energy_maintenance, energy_consolidation;
};

// The rows of expected.csv that belong to one training.
struct GoldenMlpRun {
    std::string folder;  // of the initial weights
    std::string cost, variant;
    double learning_rate, momentum, decay_rate, maintenance_cost, threshold;
    int hidden;
    std::int64_t train_offset, train_count, test_offset, test_count;
    std::vector<GoldenCheckpoint> checkpoints;
    std::string name() const;
    friend void PrintTo(const GoldenMlpRun& run, std::ostream* out) { *out << run.name(); }  // for Google Test
};

// set: "h20" or "h100".
std::vector<GoldenMlpRun> golden_mlp_runs(const std::string& set);

// Whether MNIST's four files are on this machine.
bool mnist_is_there();

// The first images of MNIST, which the recorded trainings saw, kept in tests/golden/mlp/mnist.
std::array<std::filesystem::path, 4> golden_images();

// The run as the engine's settings.
MlpSettings golden_settings(const GoldenMlpRun& run);

// The engine's settings as the reference's; order and initial weights are the caller's.
ReferenceMlpSettings reference_settings(const MlpSettings& settings);

// The images of the settings, dense.
ReferenceMlpData reference_data(const ImageSource& source);

// Trains the reference on what the engine would train on, from the same initial weights.
ReferenceMlpResult train_reference(const MlpSettings& settings);

}  // namespace syncache::test
