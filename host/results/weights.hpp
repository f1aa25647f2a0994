#pragma once

#include <cstdint>
#include <vector>

#include "host/models/outcome.hpp"
#include "host/store/store.hpp"

namespace syncache {

// The arrays that a trial recorded, by name; none if it recorded none. trial: its number in the result tables, from 1.
// Throws std::invalid_argument for a number that no trial has.
std::vector<RecordedArray> read_weights(Store& store, std::int64_t trial);

}  // namespace syncache
