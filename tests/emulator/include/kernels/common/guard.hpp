#pragma once

#include <cuda_runtime.h>

#include <cstddef>

#include "kernels/common/target.hpp"

// Stands in for the file of the same path: the emulator reports whoever touches what is nobody's.
namespace syncache::inline SYNCACHE_ISA {

inline void begin_layout(void* memory, std::size_t bytes) { emulator::begin_layout(memory, bytes); }

inline void end_of_array(void* array, std::size_t used, std::size_t taken) {
    emulator::forbid(static_cast<std::byte*>(array) + used, taken - used);
}

}  // namespace syncache::inline SYNCACHE_ISA
