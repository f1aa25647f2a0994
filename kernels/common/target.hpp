#pragma once

// Where code of kernels/ may run. The same headers are compiled by g++, once for each instruction set, and by nvcc.
//   SYNCACHE_HD           a formula: host and device
//   SYNCACHE_TEAM_CODE    an algorithm over a team: device only under nvcc (its team is a thread block)
//   SYNCACHE_UNROLL       before a loop over a thread's own array: unrolled on the GPU, where the array is in registers
//   SYNCACHE_INDEPENDENT  before a loop none of whose iterations reads what another writes: g++ vectorises it without
//                         asking whether pointers alias (clang and nvcc are told nothing)
#ifdef __CUDACC__
#define SYNCACHE_HD __host__ __device__ inline
#define SYNCACHE_TEAM_CODE __device__ inline
#define SYNCACHE_UNROLL _Pragma("unroll")
#else
#define SYNCACHE_HD inline
#define SYNCACHE_TEAM_CODE inline
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
