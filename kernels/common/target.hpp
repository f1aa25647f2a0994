#pragma once

// Where code of kernels/ may run. The same headers are compiled by g++, once for each instruction set, and by nvcc.
//   SYNCACHE_HD           a formula: host and device
//   SYNCACHE_INLINE       the same where a call would be too slow: never a call
//   SYNCACHE_TEAM_CODE    an algorithm over a team: device only under nvcc (its team is a thread block)
//   SYNCACHE_TEAM_INLINE  the same that is all of a kernel: never a call
//   SYNCACHE_UNROLL       before a loop over a thread's own array: unrolled on the GPU, where the array is in registers
//   SYNCACHE_INDEPENDENT  before a loop none of whose iterations reads what another writes: g++ vectorises it without
//                         asking whether pointers alias (clang and nvcc are told nothing)
#ifdef __CUDACC__
#define SYNCACHE_HD __host__ __device__ inline
#define SYNCACHE_INLINE __host__ __device__ __forceinline__
#define SYNCACHE_TEAM_CODE __device__ inline
#define SYNCACHE_TEAM_INLINE __device__ __forceinline__
#else
#define SYNCACHE_HD inline
#define SYNCACHE_INLINE inline __attribute__((always_inline))
#define SYNCACHE_TEAM_CODE inline
#define SYNCACHE_TEAM_INLINE inline
#endif
#ifdef __CUDA_ARCH__  // not where nvcc has g++ compile for the host
#define SYNCACHE_UNROLL _Pragma("unroll")
#else
#define SYNCACHE_UNROLL
#endif
#if defined(__CUDACC__) || defined(__clang__)
#define SYNCACHE_INDEPENDENT
#else
#define SYNCACHE_INDEPENDENT _Pragma("GCC ivdep")
#endif

// The instruction set that this file is compiled for. All functions of kernels/ lie in an inline namespace of that
// name: otherwise the linker could take one's AVX-512 copy for all. Plain structures, which have no code, lie outside
// it and are the same for all.
#ifndef SYNCACHE_ISA
#define SYNCACHE_ISA baseline
#endif

namespace syncache::inline SYNCACHE_ISA {

// The beginning of a row. On the GPU the compiler is not told how it was computed: else it adds an index to the row's
// place in its matrix for each element anew, where it could add a fixed number of bytes to this address.
template <class T>
SYNCACHE_HD const T* row_begin(const T* address) {
#ifdef __CUDA_ARCH__
    asm("" : "+l"(address));
#endif
    return address;
}

// What nothing writes while a kernel runs. The GPU loads it without regard to stores before, since none can change it.
template <class T>
SYNCACHE_HD T constant(const T* from) {
#ifdef __CUDA_ARCH__
    return __ldg(from);
#else
    return *from;
#endif
}

}  // namespace syncache::inline SYNCACHE_ISA
