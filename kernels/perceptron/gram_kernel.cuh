#pragma once

#include <mma.h>

#include <cstddef>
#include <cstdint>

#include "kernels/common/target.hpp"
#include "kernels/perceptron/cuda_variant.hpp"

// The Gram matrix of signed patterns by the tensor cores' int8 products, summed in 32 bits: exact.
namespace syncache::inline SYNCACHE_ISA {

inline constexpr int gram_threads = 128;  // four warps, of which each has a quarter of the tile

// 64 patterns by 64 inputs, as 16 x 16 pieces that lie in one piece each: [input / 16][pattern][input % 16]. The two
// rows after each piece let neighbouring threads, which store to different pieces, reach different banks.
struct GramSlab {
    alignas(128) std::int8_t piece[gram_tile / 16][gram_tile + 2][16];
};

inline constexpr int gram_stride = gram_tile + 8;  // of a row of products, so that four rows reach different banks
using GramTile = std::int32_t[gram_tile][gram_stride];

__device__ inline void load_slab(GramSlab& slab, const std::int8_t* patterns, int row_stride, int first_pattern,
                                 int first_input) {
    constexpr int pieces = gram_tile / 16;
    for (int k = static_cast<int>(threadIdx.x); k < gram_tile * pieces; k += gram_threads) {
        const int pattern = k / pieces, piece = k % pieces;
        const std::size_t from =
            static_cast<std::size_t>(first_pattern + pattern) * static_cast<std::size_t>(row_stride) +
            static_cast<std::size_t>(first_input + piece * 16);
        *reinterpret_cast<int4*>(slab.piece[piece][pattern]) = *reinterpret_cast<const int4*>(patterns + from);
    }
}

// Neighbouring threads read neighbouring numbers of a row, and so different banks, and write them side by side.
__device__ inline void write_tile(const GramTile& tile, std::int16_t* gram, std::size_t n, int first_row,
                                  int first_column) {
    for (int k = static_cast<int>(threadIdx.x); k < gram_tile * gram_tile; k += gram_threads) {
        const int row = k / gram_tile, column = k % gram_tile;
        gram[static_cast<std::size_t>(first_row + row) * n + static_cast<std::size_t>(first_column + column)] =
            static_cast<std::int16_t>(tile[row][column]);
    }
}

// Block (x, y) computes one tile on or above the diagonal and writes it twice: gram[q][p] and gram[p][q].
// patterns: [n][row_stride], padded with zeros to multiples of 64 both ways; gram: [n][n].
static __global__ void __launch_bounds__(gram_threads)
    gram_kernel(const std::int8_t* patterns, int row_stride, int n, std::int16_t* gram) {
    namespace wmma = nvcuda::wmma;
    if (blockIdx.x < blockIdx.y) {
        return;
    }
    __shared__ GramSlab rows, columns;
    __shared__ __align__(128) GramTile tile;
    const int q0 = static_cast<int>(blockIdx.y) * gram_tile, p0 = static_cast<int>(blockIdx.x) * gram_tile;
    const int warp = static_cast<int>(threadIdx.x) / 32;
    const int warp_q = warp / 2 * 32, warp_p = warp % 2 * 32;
    wmma::fragment<wmma::accumulator, 16, 16, 16, std::int32_t> sums[2][2];
    for (auto& row : sums) {
        for (auto& sum : row) {
            wmma::fill_fragment(sum, 0);
        }
    }
    for (int input = 0; input < row_stride; input += gram_tile) {
        load_slab(rows, patterns, row_stride, q0, input);
        load_slab(columns, patterns, row_stride, p0, input);
        __syncthreads();
#pragma unroll
        for (int piece = 0; piece < gram_tile / 16; ++piece) {
            wmma::fragment<wmma::matrix_a, 16, 16, 16, signed char, wmma::row_major> a[2];
            wmma::fragment<wmma::matrix_b, 16, 16, 16, signed char, wmma::col_major> b[2];
            for (int k = 0; k < 2; ++k) {
                wmma::load_matrix_sync(a[k], rows.piece[piece][warp_q + 16 * k], 16);
                wmma::load_matrix_sync(b[k], columns.piece[piece][warp_p + 16 * k], 16);
            }
            for (int i = 0; i < 2; ++i) {
                for (int j = 0; j < 2; ++j) {
                    wmma::mma_sync(sums[i][j], a[i], b[j], sums[i][j]);
                }
            }
        }
        __syncthreads();  // before the slabs are loaded anew
    }
    for (const bool mirrored : {false, true}) {
        for (int i = 0; i < 2; ++i) {
            for (int j = 0; j < 2; ++j) {
                const int q = warp_q + 16 * i, p = warp_p + 16 * j;
                wmma::store_matrix_sync(mirrored ? &tile[p][q] : &tile[q][p], sums[i][j], gram_stride,
                                        mirrored ? wmma::mem_col_major : wmma::mem_row_major);
            }
        }
        __syncthreads();
        write_tile(tile, gram, static_cast<std::size_t>(n), mirrored ? p0 : q0, mirrored ? q0 : p0);
        __syncthreads();  // before the mirror image is stored
    }
}

}  // namespace syncache::inline SYNCACHE_ISA
