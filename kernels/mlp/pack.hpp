#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

#include "kernels/common/target.hpp"

// A pack: `pack_width` numbers that one thread handles at once, those of as many neighbouring units of a layer. On the
// CPU these are vector registers, on the GPU, where each thread has a unit, a single number. The operations round alike
// everywhere.
//
// SYNCACHE_ONE_LANE chooses the GPU's form. A test compiles the CPU executor with it too, so that the GPU's algorithm
// runs where there is none.
#if defined(__CUDACC__) && !defined(SYNCACHE_ONE_LANE)
#define SYNCACHE_ONE_LANE
#endif
#if !defined(SYNCACHE_ONE_LANE) && defined(__SSE2__)
#include <immintrin.h>
#endif

namespace syncache::inline SYNCACHE_ISA {

#ifdef SYNCACHE_ONE_LANE

inline constexpr int pack_width = 1;

template <class T>
struct Pack {
    T value;
};
struct Mask {
    bool value;
};

template <class T>
SYNCACHE_HD Pack<T> load(const T* from) {
    return {*from};
}
template <class T>
SYNCACHE_HD void store(T* to, Pack<T> a) {
    *to = a.value;
}
template <class T>
SYNCACHE_HD Pack<T> splat(T value) {
    return {value};
}
template <class T>
SYNCACHE_HD Pack<T> operator+(Pack<T> a, Pack<T> b) {
    return {a.value + b.value};
}
template <class T>
SYNCACHE_HD Pack<T> operator-(Pack<T> a, Pack<T> b) {
    return {a.value - b.value};
}
template <class T>
SYNCACHE_HD Pack<T> operator*(Pack<T> a, Pack<T> b) {
    return {a.value * b.value};
}
template <class T>
SYNCACHE_HD Pack<T> magnitude(Pack<T> a) {
    return {a.value < T{} ? -a.value : a.value};
}
template <class T>
SYNCACHE_HD Pack<T> larger(Pack<T> a, Pack<T> b) {
    return {a.value > b.value ? a.value : b.value};
}
template <class T>
SYNCACHE_HD Mask exceeds(Pack<T> a, Pack<T> b) {
    return {a.value > b.value};
}
template <class T>
SYNCACHE_HD Pack<T> where(Mask mask, Pack<T> a, Pack<T> otherwise) {
    return {mask.value ? a.value : otherwise.value};
}
SYNCACHE_HD bool any(Mask mask) { return mask.value; }
template <class T>
SYNCACHE_HD Mask equals(Pack<T> a, Pack<T> b) {
    return {a.value == b.value};
}
template <class T>
SYNCACHE_HD Mask differs(Pack<T> a, Pack<T> b) {
    return {a.value != b.value};
}
template <class T>
SYNCACHE_HD Pack<T> plus_unless(Mask mask, Pack<T> a, Pack<T> b) {
    return {mask.value ? a.value : a.value + b.value};
}
template <class T>
SYNCACHE_HD Pack<double> widened(Pack<T> a) {
    return {static_cast<double>(a.value)};
}
template <class T>
SYNCACHE_HD Pack<T> first_lanes(Pack<T> a, int) {
    return a;
}
SYNCACHE_HD void add_where(Mask mask, std::int64_t* counts, std::int64_t n) { *counts += mask.value ? n : 0; }

template <class T>
using MaskOf = Mask;

#else

#if defined(__AVX512F__)
inline constexpr int register_bytes = 64;
#elif defined(__AVX2__)
inline constexpr int register_bytes = 32;
#else
inline constexpr int register_bytes = 16;
#endif

inline constexpr int pack_width = 16;

template <class T>
struct Pack {
    typedef T Register __attribute__((vector_size(register_bytes), may_alias));
    static constexpr int n_registers = pack_width * static_cast<int>(sizeof(T)) / register_bytes;
    Register part[n_registers];
};

template <class T>
struct MaskOf {
    using Register = decltype(typename Pack<T>::Register{} > typename Pack<T>::Register{});
    Register part[Pack<T>::n_registers];
};

template <class T, class F>
inline Pack<T> each_part(F f) {
    Pack<T> result;
#pragma GCC unroll 8
    for (int k = 0; k < Pack<T>::n_registers; ++k) {
        result.part[k] = f(k);
    }
    return result;
}

// Packs lie in memory at multiples of 64 bytes.
template <class T>
inline Pack<T> load(const T* from) {
    const auto* registers = reinterpret_cast<const typename Pack<T>::Register*>(from);
    return each_part<T>([=](int k) { return registers[k]; });
}
template <class T>
inline void store(T* to, const Pack<T>& a) {
    auto* registers = reinterpret_cast<typename Pack<T>::Register*>(to);
#pragma GCC unroll 8
    for (int k = 0; k < Pack<T>::n_registers; ++k) {
        registers[k] = a.part[k];
    }
}
template <class T>
inline Pack<T> splat(T value) {
    return each_part<T>([=](int) { return value - typename Pack<T>::Register{}; });
}
template <class T>
inline Pack<T> operator+(const Pack<T>& a, const Pack<T>& b) {
    return each_part<T>([&](int k) { return a.part[k] + b.part[k]; });
}
template <class T>
inline Pack<T> operator-(const Pack<T>& a, const Pack<T>& b) {
    return each_part<T>([&](int k) { return a.part[k] - b.part[k]; });
}
template <class T>
inline Pack<T> operator*(const Pack<T>& a, const Pack<T>& b) {
    return each_part<T>([&](int k) { return a.part[k] * b.part[k]; });
}
template <class T>
inline Pack<T> magnitude(const Pack<T>& a) {
    using Bits = typename MaskOf<T>::Register;  // integers
    constexpr auto all_but_sign = std::numeric_limits<std::remove_cvref_t<decltype(Bits{}[0])>>::max();
    return each_part<T>([&](int k) {
        return reinterpret_cast<typename Pack<T>::Register>(reinterpret_cast<Bits>(a.part[k]) & all_but_sign);
    });
}
// The larger of each two numbers, which is b where either is NaN: one instruction where the compiler needs two.
template <class Register>
inline Register larger_numbers(const Register& a, const Register& b) {
    [[maybe_unused]] constexpr bool single = sizeof(a[0]) == 4;
#if defined(__AVX512F__)
    if constexpr (single) {
        return _mm512_maskz_max_ps(0xffff, a, b);  // not _mm512_max_ps: GCC 12 warns of its undefined operand
    } else {
        return _mm512_maskz_max_pd(0xff, a, b);
    }
#elif defined(__AVX2__)
    if constexpr (single) {
        return _mm256_max_ps(a, b);
    } else {
        return _mm256_max_pd(a, b);
    }
#else
    return a > b ? a : b;
#endif
}
template <class T>
inline Pack<T> larger(const Pack<T>& a, const Pack<T>& b) {
    return each_part<T>([&](int k) { return larger_numbers(a.part[k], b.part[k]); });
}
template <class T>
inline MaskOf<T> exceeds(const Pack<T>& a, const Pack<T>& b) {
    MaskOf<T> result;
#pragma GCC unroll 8
    for (int k = 0; k < Pack<T>::n_registers; ++k) {
        result.part[k] = a.part[k] > b.part[k];
    }
    return result;
}
template <class T>
inline Pack<T> where(const MaskOf<T>& mask, const Pack<T>& a, const Pack<T>& otherwise) {
    return each_part<T>([&](int k) { return mask.part[k] ? a.part[k] : otherwise.part[k]; });
}
// a + b where the mask is not set, a where it is; a: not -0.
template <class T>
inline Pack<T> plus_unless(const MaskOf<T>& mask, const Pack<T>& a, const Pack<T>& b) {
#if defined(__AVX512F__)
    return where(mask, a, a + b);  // one instruction
#else
    return a + where(mask, splat(T{}), b);
#endif
}
template <class T>
inline MaskOf<T> equals(const Pack<T>& a, const Pack<T>& b) {
    MaskOf<T> result;
#pragma GCC unroll 8
    for (int k = 0; k < Pack<T>::n_registers; ++k) {
        result.part[k] = a.part[k] == b.part[k];
    }
    return result;
}
template <class T>
inline MaskOf<T> differs(const Pack<T>& a, const Pack<T>& b) {
    MaskOf<T> result;
#pragma GCC unroll 8
    for (int k = 0; k < Pack<T>::n_registers; ++k) {
        result.part[k] = a.part[k] != b.part[k];
    }
    return result;
}
template <class T>
inline bool any(const MaskOf<T>& mask) {
    auto all = mask.part[0];
#pragma GCC unroll 8
    for (int k = 1; k < Pack<T>::n_registers; ++k) {
        all |= mask.part[k];
    }
    typedef char Bytes __attribute__((vector_size(register_bytes)));
    const Bytes bytes = reinterpret_cast<Bytes>(all);
#if defined(__AVX512BW__)
    return _mm512_movepi8_mask(reinterpret_cast<__m512i>(bytes)) != 0;
#elif defined(__AVX2__)
    return _mm256_movemask_epi8(reinterpret_cast<__m256i>(bytes)) != 0;
#elif defined(__SSE2__)
    return _mm_movemask_epi8(reinterpret_cast<__m128i>(bytes)) != 0;
#else
    char seen = 0;
    for (int k = 0; k < register_bytes; ++k) {
        seen |= bytes[k];
    }
    return seen != 0;
#endif
}

// 0 from lane n on.
template <class T>
inline Pack<T> first_lanes(const Pack<T>& a, int n) {
    alignas(64) T lane[pack_width];
    if (n >= pack_width) {
        return a;
    }
    store(lane, a);
    for (int k = n; k < pack_width; ++k) {
        lane[k] = T{};
    }
    return load(lane);
}

inline Pack<double> widened(const Pack<double>& a) { return a; }
inline Pack<double> widened(const Pack<float>& a) {
    constexpr int half = register_bytes / 8;  // numbers of a register of doubles
    typedef float Half __attribute__((vector_size(register_bytes / 2)));
    Pack<double> result;
#pragma GCC unroll 8
    for (int k = 0; k < Pack<double>::n_registers; ++k) {
        const auto both = a.part[k / 2];
        const Half one = [&]<std::size_t... i>(std::index_sequence<i...>) {
            return k % 2 == 0 ? __builtin_shufflevector(both, both, i...)
                              : __builtin_shufflevector(both, both, (half + i)...);
        }(std::make_index_sequence<half>{});
        result.part[k] = __builtin_convertvector(one, Pack<double>::Register);
    }
    return result;
}
// counts: [pack_width]
inline void add_where(const MaskOf<double>& mask, std::int64_t* counts, std::int64_t n) {
    typedef std::int64_t Counts __attribute__((vector_size(register_bytes), may_alias));
    auto* registers = reinterpret_cast<Counts*>(counts);
#pragma GCC unroll 8
    for (int k = 0; k < Pack<double>::n_registers; ++k) {
        registers[k] += reinterpret_cast<Counts>(mask.part[k]) & n;
    }
}

// Folds the registers of a pack into one, in halves.
template <class T>
inline typename Pack<T>::Register folded_registers(Pack<T> a) {
#pragma GCC unroll 4
    for (int n = Pack<T>::n_registers / 2; n > 0; n /= 2) {
#pragma GCC unroll 4
        for (int k = 0; k < n; ++k) {
            a.part[k] = a.part[k] + a.part[k + n];
        }
    }
    return a.part[0];
}

// One step of `folded`: a and b consist of segments of `size` numbers; the two halves of each segment are added, and
// the sums of a and of b alternate in the result.
template <int size, class Register>
inline Register fold_segments(const Register& a, const Register& b) {
    constexpr std::size_t n = sizeof(Register) / sizeof(a[0]), half = size / 2;
    return [&]<std::size_t... i>(std::index_sequence<i...>) {
        const auto first = __builtin_shufflevector(a, b, ((i % size < half ? 0 : n) + i / size * size + i % half)...);
        const auto second =
            __builtin_shufflevector(a, b, ((i % size < half ? 0 : n) + i / size * size + i % half + half)...);
        return first + second;
    }(std::make_index_sequence<n>{});
}

template <int size, class Register>
inline void fold_rows(Register* rows) {
#pragma GCC unroll 8
    for (int k = 0; k < size / 2; ++k) {
        rows[k] = fold_segments<size>(rows[k], rows[k + size / 2]);
    }
    if constexpr (size > 2) {
        fold_rows<size / 2>(rows);
    }
}

// Number j of the result: the sum of rows(j)'s numbers, folded in halves, 16 -> 8 -> 4 -> 2 -> 1.
template <class T, class Rows>
inline Pack<T> folded(Rows rows) {
    constexpr int n = register_bytes / static_cast<int>(sizeof(T));
    Pack<T> result;
#pragma GCC unroll 8
    for (int k = 0; k < Pack<T>::n_registers; ++k) {
        typename Pack<T>::Register group[n];
#pragma GCC unroll 16
        for (int i = 0; i < n; ++i) {
            group[i] = folded_registers(rows(k * n + i));
        }
        fold_rows<n>(group);
        result.part[k] = group[0];
    }
    return result;
}

#endif

}  // namespace syncache::inline SYNCACHE_ISA
