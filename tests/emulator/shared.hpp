#pragma once

#include <cstddef>

#include "tests/emulator/block.hpp"

namespace emulator {

inline constexpr std::size_t most_shared = 227 * 1024;  // of a block, of any device

// Fills the block's shared memory with the poison.
void poison_shared(const Block& block);

// Whether bytes of a block's thread-local memory belong to its shared memory.
bool in_shared(const Block& block, std::size_t offset, std::size_t bytes);

// The block of the running thread's cluster in whose thread-local memory an address lies, or null.
Block* owner_of_shared(const Block& block, const std::byte* at);

}  // namespace emulator
