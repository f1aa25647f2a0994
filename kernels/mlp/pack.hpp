#pragma once

#include <cstdint>

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
    return each_part<T>([&](int k) { return a.part[k] < T{} ? -a.part[k] : a.part[k]; });
}
template <class T>
inline Pack<T> larger(const Pack<T>& a, const Pack<T>& b) {
    return each_part<T>([&](int k) { return a.part[k] > b.part[k] ? a.part[k] : b.part[k]; });
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
// Sum of all numbers, folded in halves: 16 -> 8 -> 4 -> 2 -> 1.
template <class T>
inline T fold(Pack<T> a) {
#pragma GCC unroll 4
    for (int n = Pack<T>::n_registers / 2; n > 0; n /= 2) {
        for (int k = 0; k < n; ++k) {
            a.part[k] = a.part[k] + a.part[k + n];
        }
    }
    constexpr int n_lanes = register_bytes / static_cast<int>(sizeof(T));
    auto sum = a.part[0];
#pragma GCC unroll 4
    for (int half = n_lanes / 2; half > 0; half /= 2) {
        typename MaskOf<T>::Register other{};
#pragma GCC unroll 16
        for (int k = 0; k < n_lanes; ++k) {
            other[k] = (k + half) % n_lanes;
        }
        sum = sum + __builtin_shuffle(sum, other);
    }
    return sum[0];
}
template <class T>
inline bool any(const MaskOf<T>& mask) {
    auto all = mask.part[0];
#pragma GCC unroll 8
    for (int k = 1; k < Pack<T>::n_registers; ++k) {
        all |= mask.part[k];
    }
    typedef long long Words __attribute__((vector_size(register_bytes)));
    const Words words = reinterpret_cast<Words>(all);
    long long seen = 0;
#pragma GCC unroll 8
    for (int k = 0; k < register_bytes / 8; ++k) {
        seen |= words[k];
    }
    return seen != 0;
}

#endif

}  // namespace syncache::inline SYNCACHE_ISA
