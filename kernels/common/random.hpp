#pragma once

#include <Random123/philox.h>

#include <cstdint>

#include "kernels/common/target.hpp"

// Random numbers as a pure function (Philox 4x32-10, Random123): no generator has a state, so what a trial draws never
// depends on threads, batches or order.
namespace syncache::inline SYNCACHE_ISA {

// What a draw is for; one stream each. Never renumber: results depend on it.
enum class Purpose : std::uint32_t {
    pattern = 1,
    target = 2,
    initial_weight = 3,
    presentation_order = 4,
    input_spike = 5,
    spiking_pattern = 6,
    synthetic_digit = 7,
    division_of_work = 8,
    pattern_set = 9,
    presented_image = 10,
    competing_unit = 11,
    fixed_choice = 12,
};

struct RandomWords {
    std::uint32_t word[4];
};

// 128 random bits for (seed, purpose, step, index).
SYNCACHE_HD RandomWords draw(std::uint64_t seed, Purpose purpose, std::uint64_t step, std::uint32_t index) {
    const philox4x32_ctr_t counter = {{index, static_cast<std::uint32_t>(step), static_cast<std::uint32_t>(step >> 32),
                                       static_cast<std::uint32_t>(purpose)}};
    const philox4x32_key_t key = {{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)}};
    const philox4x32_ctr_t result = philox4x32(counter, key);
    return {{result.v[0], result.v[1], result.v[2], result.v[3]}};
}

// Uniform in [0, 1): multiples of 2^-32.
SYNCACHE_HD double uniform(std::uint32_t word) { return word * 0x1p-32; }

// Uniform in [0, 1): multiples of 2^-53.
SYNCACHE_HD double uniform(std::uint32_t high, std::uint32_t low) {
    return static_cast<double>((static_cast<std::uint64_t>(high) << 21) ^ (low >> 11)) * 0x1p-53;
}

}  // namespace syncache::inline SYNCACHE_ISA
