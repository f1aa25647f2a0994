#pragma once

// What kernels use: their coordinates, barriers, the operations of a warp, atomics. Included by cuda_runtime.h.
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace emulator {

// What a running thread asks. The same for one thread at all times, hence const.
enum class Of { thread, block, block_shape, grid_shape };
[[gnu::const]] unsigned coordinate(Of, int axis);
[[gnu::const]] unsigned cluster_rank();
[[gnu::const]] unsigned cluster_size();
void* map_rank(void* mine, unsigned rank);

void wait_block();
void wait_cluster();

// What the lanes of `mask` do together. All give a value.
enum class Together { nothing, syncwarp, shuffle, ballot, reduce, matrix };
std::uint64_t shuffle(unsigned mask, std::uint64_t value, unsigned from);  // the value of lane `from`
unsigned ballot(unsigned mask, bool predicate);
int least(unsigned mask, int value);
void meet(Together, unsigned mask);

void atomic_access(void* at, std::size_t bytes);
void prefetch(const void* from, std::size_t bytes);
void read_constant(const void* from, std::size_t bytes);
void read_by_lane(const void* from, std::size_t bytes);
void copy_unchecked(void* to, const void* from, std::size_t bytes);
void begin_layout(void* memory, std::size_t bytes);  // it holds nothing from here on, and has no gaps
void forbid(void* from, std::size_t bytes);          // a gap, which nobody may touch
[[noreturn]] void trap();

template <class T>
std::uint64_t to_word(T value) {
    static_assert(sizeof(T) <= sizeof(std::uint64_t) && std::is_trivially_copyable_v<T>);
    std::uint64_t word = 0;
    __builtin_memcpy(&word, &value, sizeof value);
    return word;
}
template <class T>
T from_word(std::uint64_t word) {
    T value;
    __builtin_memcpy(&value, &word, sizeof value);
    return value;
}

// Objects, not macros: cudaLaunchConfig_t has members of these names.
template <Of of, int axis>
struct Coordinate {
    operator unsigned() const { return coordinate(of, axis); }
};
template <Of of>
struct Coordinates {
    Coordinate<of, 0> x;
    Coordinate<of, 1> y;
    Coordinate<of, 2> z;
};

}  // namespace emulator

inline constexpr emulator::Coordinates<emulator::Of::thread> threadIdx{};
inline constexpr emulator::Coordinates<emulator::Of::block> blockIdx{};
inline constexpr emulator::Coordinates<emulator::Of::block_shape> blockDim{};
inline constexpr emulator::Coordinates<emulator::Of::grid_shape> gridDim{};

// What the kernel's launch never writes.
template <class T>
T __ldg(const T* from) {
    emulator::read_constant(from, sizeof(T));
    return *from;
}

// Not a function: a barrier is told by where it is called from, and each is one call of the program (see
// CMakeLists.txt).
#define __syncthreads() emulator::wait_block()
inline void __syncwarp(unsigned mask = 0xffffffffu) { emulator::meet(emulator::Together::syncwarp, mask); }
template <class T>
T __shfl_sync(unsigned mask, T value, int from) {
    return emulator::from_word<T>(emulator::shuffle(mask, emulator::to_word(value), static_cast<unsigned>(from) & 31));
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned by) {
    const unsigned lane = threadIdx.x % 32;
    return emulator::from_word<T>(emulator::shuffle(mask, emulator::to_word(value), lane + by < 32 ? lane + by : lane));
}
inline unsigned __ballot_sync(unsigned mask, bool predicate) { return emulator::ballot(mask, predicate); }
inline int __reduce_min_sync(unsigned mask, int value) { return emulator::least(mask, value); }
template <class T>
T atomicAdd(T* at, std::type_identity_t<T> more) {
    static_assert(std::is_integral_v<T>, "sums by floating-point atomics have no fixed order");
    emulator::atomic_access(at, sizeof(T));
    T old;
    emulator::copy_unchecked(&old, at, sizeof(T));
    const T sum = old + more;
    emulator::copy_unchecked(at, &sum, sizeof(T));  // indivisible: blocks run one at a time
    return old;
}
inline int __ffs(int word) { return __builtin_ffs(word); }
inline std::uint64_t __umul64hi(std::uint64_t a, std::uint64_t b) {
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(a) * b) >> 64);
}
inline std::uint32_t __umulhi(std::uint32_t a, std::uint32_t b) {
    return static_cast<std::uint32_t>((static_cast<std::uint64_t>(a) * b) >> 32);
}
[[noreturn]] inline void __trap() { emulator::trap(); }
