#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>

// The threads of a GPU's thread blocks on this machine's CPU: enough of CUDA to run the code of kernels/common/cuda and
// what is written over it where there is no GPU. Include it before that code.
//
// Threads run one at a time, each until it has to wait for others, in an order that changes with every wait: a barrier
// that is missing shows as a wrong result, and one that not all threads reach as an error.
#ifdef __CUDACC__
#error "for the host's compiler"
#endif

namespace syncache::test {

// Which threads wait for each other.
enum class Among { warp, block, cluster };

// Runs `kernel` in every thread of a cluster of blocks; 1: blocks by themselves. Rethrows what a thread throws. Throws
// std::logic_error if threads wait for others that have ended, or that wait elsewhere. order: another one, another
// order.
void run_emulated(int n_blocks, int n_threads, std::uint64_t order, const std::function<void()>& kernel);

void wait_for_all(Among which);

// Where the blocks' shared memory lies, one after the other, for clusters.
void set_shared_memory(std::byte* first, std::size_t bytes_per_block);
std::byte* in_block(std::byte* mine, int block);
int emulated_blocks();

int emulated_lane();
std::uint64_t* warp_slots();  // [lane], of the running thread's warp

// Every thread of the warp gives a value; read(of) may look at all of them: of(lane).
template <class T, class Read>
auto among_warp(T value, Read read) {
    static_assert(sizeof(T) <= sizeof(std::uint64_t));
    std::uint64_t* slots = warp_slots();
    std::memcpy(slots + emulated_lane(), &value, sizeof value);
    wait_for_all(Among::warp);
    const auto result = read([=](int lane) {
        T of_lane;
        std::memcpy(&of_lane, slots + lane, sizeof of_lane);
        return of_lane;
    });
    wait_for_all(Among::warp);
    return result;
}

}  // namespace syncache::test

#define __device__

namespace syncache {

inline int cluster_rank();
inline int cluster_blocks() { return test::emulated_blocks(); }
inline void cluster_sync() { test::wait_for_all(test::Among::cluster); }
template <class T>
T* cluster_map(T* mine, int rank) {
    return reinterpret_cast<T*>(test::in_block(reinterpret_cast<std::byte*>(mine), rank));
}

}  // namespace syncache

struct EmulatedIndex {
    unsigned x;
};
extern EmulatedIndex threadIdx, blockIdx;

inline int syncache::cluster_rank() { return static_cast<int>(blockIdx.x); }

inline void __syncthreads() { syncache::test::wait_for_all(syncache::test::Among::block); }
inline void __syncwarp() { syncache::test::wait_for_all(syncache::test::Among::warp); }

template <class T>
T __shfl_sync(unsigned, T value, int from) {
    return syncache::test::among_warp(value, [=](auto of) { return of(from); });
}
template <class T>
T __shfl_down_sync(unsigned, T value, int by) {
    const int lane = syncache::test::emulated_lane();
    return syncache::test::among_warp(value, [=](auto of) { return of(lane + by < 32 ? lane + by : lane); });
}
inline unsigned __ballot_sync(unsigned, bool predicate) {
    return syncache::test::among_warp(predicate, [](auto of) {
        unsigned all = 0;
        for (int lane = 0; lane < 32; ++lane) {
            all |= static_cast<unsigned>(of(lane)) << lane;
        }
        return all;
    });
}
inline int __reduce_min_sync(unsigned, int value) {
    return syncache::test::among_warp(value, [](auto of) {
        int least = of(0);
        for (int lane = 1; lane < 32; ++lane) {
            least = of(lane) < least ? of(lane) : least;
        }
        return least;
    });
}
inline int __ffs(int word) { return __builtin_ffs(word); }
