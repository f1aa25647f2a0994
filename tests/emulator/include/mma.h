#pragma once

#include "cuda_runtime.h"

// Matrix products of a warp, 16 x 16 x 16: each lane holds all of both factors and eight of the sums.
namespace nvcuda::wmma {

struct matrix_a {};
struct matrix_b {};
struct accumulator {};
struct row_major {};
struct col_major {};
enum layout_t { mem_row_major, mem_col_major };

template <class Use, int M, int N, int K, class T, class Layout = void>
struct fragment {
    static_assert(M == 16 && N == 16 && K == 16, "the emulator knows matrices of 16 x 16 x 16");
    T x[std::is_same_v<Use, accumulator> ? 8 : 256];
};

template <class Fragment, class T>
void fill_fragment(Fragment& fragment, T value) {
    for (auto& x : fragment.x) {
        x = value;
    }
}

// a by rows, b by columns: both lie as [16][stride].
template <class Use, class T, class Layout>
void load_matrix_sync(fragment<Use, 16, 16, 16, T, Layout>& to, const T* from, unsigned stride) {
    static_assert(std::is_same_v<Use, matrix_a> == std::is_same_v<Layout, row_major>, "a by rows, b by columns");
    emulator::meet(emulator::Together::matrix, 0xffffffffu);
    const unsigned lane = threadIdx.x % 32;
    emulator::read_by_lane(from + lane / 2 * stride + lane % 2 * 8, 8 * sizeof(T));  // its share of what the warp reads
    for (unsigned k = 0; k < 16; ++k) {
        emulator::copy_unchecked(to.x + 16 * k, from + k * stride, 16 * sizeof(T));
    }
}

// sums[row][column] = before[row][column] + sum over k of a[row][k] b[column][k].
template <class A, class B, class T>
void mma_sync(fragment<accumulator, 16, 16, 16, T>& sums, const A& a, const B& b,
              const fragment<accumulator, 16, 16, 16, T>& before) {
    emulator::meet(emulator::Together::matrix, 0xffffffffu);
    const unsigned lane = threadIdx.x % 32;
    for (unsigned e = 0; e < 8; ++e) {
        const unsigned row = lane / 2, column = lane % 2 * 8 + e;
        T sum = before.x[e];
        for (unsigned k = 0; k < 16; ++k) {
            sum += static_cast<T>(a.x[16 * row + k]) * static_cast<T>(b.x[16 * column + k]);
        }
        sums.x[e] = sum;
    }
}

template <class T>
void store_matrix_sync(T* to, const fragment<accumulator, 16, 16, 16, T>& from, unsigned stride, layout_t layout) {
    emulator::meet(emulator::Together::matrix, 0xffffffffu);
    const unsigned lane = threadIdx.x % 32;
    for (unsigned e = 0; e < 8; ++e) {
        const unsigned row = lane / 2, column = lane % 2 * 8 + e;
        to[layout == mem_row_major ? row * stride + column : column * stride + row] = from.x[e];
    }
}

}  // namespace nvcuda::wmma
