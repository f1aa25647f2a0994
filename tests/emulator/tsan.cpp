#include <cstddef>

#include "tests/emulator/access.hpp"
#include "tests/emulator/emulator.hpp"

// What code calls that g++ compiles with -fsanitize=thread. Linked instead of that sanitizer's library. Calls that are
// missing here are errors of the linker.
using emulator::access;
using emulator::Kind;

static bool instrumented = false;
bool emulator::kernels_are_checked() { return instrumented; }
bool emulator::watching() { return instrumented && settings().check; }

#define ACCESS(name, bytes, kind) \
    extern "C" void __tsan_##name(void* at) { access(at, bytes, Kind::kind, __builtin_return_address(0)); }
#define ACCESSES(bytes)                       \
    ACCESS(read##bytes, bytes, read)          \
    ACCESS(write##bytes, bytes, write)        \
    ACCESS(volatile_read##bytes, bytes, read) \
    ACCESS(volatile_write##bytes, bytes, write)
ACCESSES(1)
ACCESSES(2)
ACCESSES(4)
ACCESSES(8)
ACCESSES(16)
#define UNALIGNED(bytes)                       \
    ACCESS(unaligned_read##bytes, bytes, read) \
    ACCESS(unaligned_write##bytes, bytes, write)
UNALIGNED(2)
UNALIGNED(4)
UNALIGNED(8)
UNALIGNED(16)

extern "C" {

void __tsan_read_range(void* at, std::size_t n) { access(at, n, Kind::read, __builtin_return_address(0)); }
void __tsan_write_range(void* at, std::size_t n) { access(at, n, Kind::write, __builtin_return_address(0)); }
void __tsan_vptr_update(void**, void*) {}
void __tsan_init() { instrumented = true; }

// Atomics of the host's code: the stop flag, reference counts, guards.
#define ATOMICS(bits, T)                                                                                              \
    T __tsan_atomic##bits##_load(const volatile T* at, int) { return __atomic_load_n(at, __ATOMIC_SEQ_CST); }         \
    void __tsan_atomic##bits##_store(volatile T* at, T value, int) { __atomic_store_n(at, value, __ATOMIC_SEQ_CST); } \
    T __tsan_atomic##bits##_exchange(volatile T* at, T value, int) {                                                  \
        return __atomic_exchange_n(at, value, __ATOMIC_SEQ_CST);                                                      \
    }                                                                                                                 \
    T __tsan_atomic##bits##_fetch_add(volatile T* at, T n, int) {                                                     \
        return __atomic_fetch_add(at, n, __ATOMIC_SEQ_CST);                                                           \
    }                                                                                                                 \
    T __tsan_atomic##bits##_fetch_sub(volatile T* at, T n, int) {                                                     \
        return __atomic_fetch_sub(at, n, __ATOMIC_SEQ_CST);                                                           \
    }                                                                                                                 \
    int __tsan_atomic##bits##_compare_exchange_strong(volatile T* at, T* old, T wanted, int, int) {                   \
        return __atomic_compare_exchange_n(at, old, wanted, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);               \
    }                                                                                                                 \
    T __tsan_atomic##bits##_compare_exchange_val(volatile T* at, T old, T wanted, int, int) {                         \
        __atomic_compare_exchange_n(at, &old, wanted, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);                     \
        return old;                                                                                                   \
    }
ATOMICS(8, char)
ATOMICS(16, short)
ATOMICS(32, int)
ATOMICS(64, long)

}  // extern "C"
