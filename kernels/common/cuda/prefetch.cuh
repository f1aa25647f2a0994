#pragma once

#include <cstdint>

#include "kernels/common/target.hpp"

namespace syncache::inline SYNCACHE_ISA {

// Asks for memory to be brought into the second-level cache. from: global memory, at a multiple of 16 bytes; bytes: a
// multiple of 16. Does nothing on GPUs before Hopper (9.0).
SYNCACHE_TEAM_CODE void bulk_prefetch([[maybe_unused]] const void* from, [[maybe_unused]] std::uint32_t bytes) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
    asm volatile("cp.async.bulk.prefetch.L2.global [%0], %1;" ::"l"(__cvta_generic_to_global(from)), "r"(bytes)
                 : "memory");
#endif
}

}  // namespace syncache::inline SYNCACHE_ISA
