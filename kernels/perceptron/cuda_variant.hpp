#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

// Ways in which a GPU can train the same perceptrons, with the same bits: for benchmarks, which decide between them,
// and for the tests of their equality. Nothing falls back from one to another. This header is plain C++.
namespace syncache {

enum class PerceptronCudaVariant {
    block,                  // a thread block for each network, fields in shared memory
    block_registers,        // a thread block for each network, fields in its registers
    block_cache_ahead,      // the same; the row that probably comes next is on its way to the second-level cache
    block_registers_ahead,  // the same; the row that probably comes next is on its way to registers
    warp,                   // a warp for each network, four of them in a block
    warp_registers,         // a warp for each network, fields in its registers
};
inline constexpr std::array perceptron_cuda_variants = {PerceptronCudaVariant::block,
                                                        PerceptronCudaVariant::block_registers,
                                                        PerceptronCudaVariant::block_cache_ahead,
                                                        PerceptronCudaVariant::block_registers_ahead,
                                                        PerceptronCudaVariant::warp,
                                                        PerceptronCudaVariant::warp_registers};

// Who multiplies signed patterns for the Gram matrix; exact either way.
enum class GramProduct {
    cublas,        // panels of whole rows in 32 bits, then narrowed to 16
    tensor_cores,  // our own kernel: half of the matrix, mirrored, written in 16 bits
};

inline constexpr int gram_tile = 64;  // patterns are padded to whole tiles; gram_kernel computes such squares

struct PerceptronCudaOptions {
    PerceptronCudaVariant variant = PerceptronCudaVariant::block;
    GramProduct gram = GramProduct::cublas;
    std::int64_t most_products = std::int64_t{1} << 26;  // that cuBLAS holds in 32 bits at once: 256 MiB
};

// Rows of the Gram matrix, a multiple of gram_tile as all `rows` are, that cuBLAS computes at once.
inline int gram_panel(int rows, std::int64_t most_products) {
    const std::int64_t fit = most_products / rows / gram_tile * gram_tile;
    return static_cast<int>(std::clamp<std::int64_t>(fit, gram_tile, rows));
}

inline const char* name_of(PerceptronCudaVariant variant) {
    constexpr const char* names[] = {"block", "block-registers", "block-cache-ahead", "block-registers-ahead",
                                     "warp",  "warp-registers"};
    return names[static_cast<int>(variant)];
}

// How many patterns' fields the threads' registers hold; 0: fields are in memory, any number of them.
inline int most_patterns(PerceptronCudaVariant variant) {
    switch (variant) {
        case PerceptronCudaVariant::block_registers:
        case PerceptronCudaVariant::block_cache_ahead:
        case PerceptronCudaVariant::block_registers_ahead:
            return 2048;
        case PerceptronCudaVariant::warp_registers:
            return 256;
        case PerceptronCudaVariant::block:
        case PerceptronCudaVariant::warp:
            break;
    }
    return 0;
}

// Empty if the variant trains such networks, otherwise why it does not. fields: whether they have fields at all
// (uses_gram).
inline std::string why_not(PerceptronCudaVariant variant, bool fields, int n_patterns) {
    const int most = most_patterns(variant);
    if (most == 0) {
        return "";
    }
    const std::string name = name_of(variant);
    if (!fields) {
        return name + ": this rule, with this decay, computes outputs and keeps no fields";
    }
    return n_patterns <= most ? ""
                              : name + ": fields of " + std::to_string(n_patterns) + " patterns; at most " +
                                    std::to_string(most) + " fit into registers";
}

}  // namespace syncache
