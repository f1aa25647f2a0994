#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "kernels/common/target.hpp"

// Stands in for the file of the same path, whose PTX only a GPU reads.
namespace syncache::inline SYNCACHE_ISA {

inline void bulk_prefetch(const void* from, std::uint32_t bytes) { emulator::prefetch(from, bytes); }

}  // namespace syncache::inline SYNCACHE_ISA
