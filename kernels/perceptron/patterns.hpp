#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/common/random.hpp"
#include "kernels/common/team.hpp"

// Random patterns and the Gram matrix of signed patterns (model.md, section 2).
namespace syncache::inline SYNCACHE_ISA {

// Whether element `index` of a row is +1, from 32 random bits.
SYNCACHE_HD bool is_up(std::uint32_t word, double probability_up) { return uniform(word) < probability_up; }

// One pattern: x[i] = +1 with the given probability, else -1. A pattern depends on seed and its number alone, so trials
// of different P on one seed share their first patterns. At probability 1/2 each random bit is an input.
SYNCACHE_HD void random_pattern(std::uint64_t seed, std::uint32_t pattern, double probability_up, int inputs,
                                std::int8_t* x) {
    if (probability_up == 0.5) {
        for (int begin = 0; begin < inputs; begin += 128) {
            const RandomWords bits = draw(seed, Purpose::pattern, pattern, static_cast<std::uint32_t>(begin / 128));
            const int count = inputs - begin < 128 ? inputs - begin : 128;
            for (int i = 0; i < count; ++i) {
                x[begin + i] = static_cast<std::int8_t>(2 * static_cast<int>((bits.word[i / 32] >> (i % 32)) & 1u) - 1);
            }
        }
        return;
    }
    for (int i = 0; i < inputs; ++i) {
        const RandomWords words = draw(seed, Purpose::pattern, pattern, static_cast<std::uint32_t>(i / 4));
        x[i] = is_up(words.word[i % 4], probability_up) ? 1 : -1;
    }
}

SYNCACHE_HD std::int8_t random_target(std::uint64_t seed, std::uint32_t pattern, double probability_up) {
    return is_up(draw(seed, Purpose::target, pattern, 0).word[0], probability_up) ? 1 : -1;
}

#ifndef __CUDACC__

// gram[q][p] = z_q.z_p = n - 2 popcount(z_q xor z_p), exactly, for patterns of n = N+1 signs held as bits.
// bits: [word][n_patterns], bit i % 32 of word i / 32 set where z_i = +1. Symmetric, so half of it is counted.
inline void gram_from_bits(const std::uint32_t* bits, int n_patterns, int n, std::int16_t* gram, int gram_stride) {
    const int words = (n + 31) / 32;
    const std::size_t patterns = static_cast<std::size_t>(n_patterns);
    constexpr int block = 512;
    std::int32_t different[block];
    for (int q = 0; q < n_patterns; ++q) {
        for (int begin = 0; begin <= q; begin += block) {
            const int count = q + 1 - begin < block ? q + 1 - begin : block;
            for (int k = 0; k < count; ++k) {
                different[k] = 0;
            }
            for (int word = 0; word < words; ++word) {
                const std::uint32_t* row = bits + static_cast<std::size_t>(word) * patterns;
                const std::uint32_t mine = row[q];
                SYNCACHE_INDEPENDENT
                for (int k = 0; k < count; ++k) {
                    different[k] += __builtin_popcount(row[begin + k] ^ mine);
                }
            }
            std::int16_t* out = gram + static_cast<std::size_t>(q) * static_cast<std::size_t>(gram_stride) + begin;
            for (int k = 0; k < count; ++k) {
                out[k] = static_cast<std::int16_t>(n - 2 * different[k]);
            }
        }
    }
    constexpr int tile = 64;  // the other half, in tiles that stay in the cache
    for (int q0 = 0; q0 < n_patterns; q0 += tile) {
        for (int p0 = 0; p0 <= q0; p0 += tile) {
            for (int q = q0; q < q0 + tile && q < n_patterns; ++q) {
                const std::int16_t* from = gram + static_cast<std::size_t>(q) * static_cast<std::size_t>(gram_stride);
                for (int p = p0; p < p0 + tile && p < q; ++p) {
                    gram[static_cast<std::size_t>(p) * static_cast<std::size_t>(gram_stride) +
                         static_cast<std::size_t>(q)] = from[p];
                }
            }
        }
    }
}

// Packs signed patterns [pattern][row_stride] of n signs into the bits that gram_from_bits takes.
inline void pack_bits(const std::int8_t* signed_patterns, int n_patterns, int n, int row_stride, std::uint32_t* bits) {
    for (int p = 0; p < n_patterns; ++p) {
        const std::int8_t* z = signed_patterns + static_cast<std::size_t>(p) * static_cast<std::size_t>(row_stride);
        for (int begin = 0; begin < n; begin += 32) {
            const int count = n - begin < 32 ? n - begin : 32;
            std::uint32_t word = 0;
            for (int k = 0; k < count; ++k) {
                word |= static_cast<std::uint32_t>(z[begin + k] > 0) << k;
            }
            bits[static_cast<std::size_t>(begin / 32) * static_cast<std::size_t>(n_patterns) +
                 static_cast<std::size_t>(p)] = word;
        }
    }
}

#endif

}  // namespace syncache::inline SYNCACHE_ISA
