#pragma once

#include <cstddef>

#include "tests/emulator/shadow.hpp"

namespace emulator {

// Whether accesses are watched: the kernels are compiled for it, and nobody has switched it off.
bool watching();

// An access of the running thread, or of the host's code in a .cu file: bounds, alignment, races, counts.
void access(const void* at, std::size_t bytes, Kind kind, const void* code);

}  // namespace emulator
