#pragma once

#include <cstdint>
#include <string>

#include "host/models/spiking/trainer.hpp"
#include "tests/support/reference_spiking.hpp"

namespace syncache::test {

// The model's defaults with n patterns.
spiking::Settings spiking_settings(int n_patterns = 4, std::uint64_t seed = 1);

// A recorded case of the published scripts: patterns, spikes, and what was expected.
spiking::Settings golden_spiking(const std::string& name);

// The same training for the reference: the same constants and the same input spikes, recorded or random.
ReferenceTraining reference_training(const spiking::Settings& settings);

}  // namespace syncache::test
