#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "host/models/mlp/settings.hpp"
#include "tests/support/reference_mlp.hpp"

// Small trainings of multilayer perceptrons, and their comparison with the plain reference.
namespace syncache::test {

extern const std::vector<std::string> mlp_variants;

// Three epochs of 60 synthetic digits, 784-17-10, in double precision; a checkpoint every 25 presentations, which does
// not divide an epoch.
MlpSettings small_mlp(const std::string& variant = "none");

// The settings with thresholds that change: falling, rising, and with the error rate.
std::vector<MlpSettings> with_changing_thresholds(const MlpSettings& s);

// A number of a recorded table.
double cell(const RecordedTable& table, std::size_t row, const std::string& column);

// One of an MLP's own columns.
double extra(const Outcome& outcome, const std::string& column);

// Rounding of sums over some thousand presentations of 1e4 synapses, in another order.
inline constexpr double sum_rounding = 1e-9;

// Trains engine and reference and expects the same course: counts and accuracies to the last, energies to rounding.
void expect_like_reference(const MlpSettings& settings);

// Energies of each layer, counts of changes, and the persistent sum, at the end of a training.
void expect_layers(const Outcome& got, const ReferenceCheckpoint& want);

// The CPU kernels of every instruction set that this build and processor have, and the GPU's form where it is linked.
std::vector<std::pair<std::string, const MlpCpuKernels*>> mlp_kernels_here();

}  // namespace syncache::test
