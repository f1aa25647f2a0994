#pragma once

#include <cstddef>

#include "kernels/common/target.hpp"

// For tools that check accesses to memory: what lies between the arrays of one allocation. Without effect otherwise.
namespace syncache::inline SYNCACHE_ISA {

// Arrays are laid out in this memory anew: what it held is gone. For one thread, before the others use it.
SYNCACHE_HD void begin_layout(const void*, std::size_t /*bytes*/) {}

// An array takes `used` bytes of the `taken` that it was given; the rest is nobody's.
SYNCACHE_HD void end_of_array(const void*, std::size_t /*used*/, std::size_t /*taken*/) {}

}  // namespace syncache::inline SYNCACHE_ISA
