#pragma once

#include <cstdint>

#include "kernels/common/random.hpp"

// The order of presentations.
namespace syncache::inline SYNCACHE_ISA {

// Where position i of 0 .. n-1 goes in a random permutation for (seed, purpose, number). A pure function that keeps no
// list: a Feistel network of four Philox rounds permutes the smallest power of two that is not below n, and places
// outside n are mapped on.
SYNCACHE_HD std::int64_t permuted_for(std::uint64_t seed, Purpose purpose, std::uint64_t number, std::int64_t i,
                                      std::int64_t n) {
    int bits = 2;
    while ((std::int64_t{1} << bits) < n) {
        ++bits;
    }
    const int low_bits = bits / 2;
    const int high_bits = bits - low_bits;
    const std::uint32_t low_mask = (1u << low_bits) - 1u;
    const std::uint32_t high_mask = (1u << high_bits) - 1u;
    auto place = static_cast<std::uint64_t>(i);
    do {
        auto low = static_cast<std::uint32_t>(place) & low_mask;
        auto high = static_cast<std::uint32_t>(place >> low_bits);
        for (std::uint32_t round = 0; round < 4; round += 2) {
            high ^= draw(seed, purpose, number * 4 + round, low).word[0] & high_mask;
            low ^= draw(seed, purpose, number * 4 + round + 1, high).word[0] & low_mask;
        }
        place = (static_cast<std::uint64_t>(high) << low_bits) | low;
    } while (place >= static_cast<std::uint64_t>(n));
    return static_cast<std::int64_t>(place);
}

// Which image is the i-th of an epoch in the order `shuffled`.
SYNCACHE_HD std::int64_t permuted(std::uint64_t seed, std::uint64_t epoch, std::int64_t i, std::int64_t n) {
    return permuted_for(seed, Purpose::presentation_order, epoch, i, n);
}

}  // namespace syncache::inline SYNCACHE_ISA
