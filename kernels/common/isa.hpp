#pragma once

// The instruction sets that the CPU kernels are compiled for; the best that this processor has is chosen at start-up.
namespace syncache {

enum class Isa { baseline, avx2, avx512 };

// Can be lowered, for tests and to compare, by the environment variable SYNCACHE_ISA = baseline | avx2 | avx512.
// Throws std::invalid_argument for another word, or for a set that this processor or build does not have.
Isa chosen_isa();

const char* isa_name(Isa isa);

}  // namespace syncache
