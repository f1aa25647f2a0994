#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/emulator/counts.hpp"
#include "tests/emulator/fiber.hpp"
#include "tests/emulator/include/cuda_runtime.h"
#include "tests/emulator/settings.hpp"

// A launch's blocks, their warps and threads. One block runs at a time, and of its threads one, from wait to wait, in
// an order drawn from the launch's dice.
namespace emulator {

inline constexpr unsigned warp_width = 32;
inline constexpr int most_threads = 1024;       // of a block
inline constexpr unsigned most_in_cluster = 8;  // blocks, portably

struct Block;
struct Launch;
struct Runner;

// What a thread waits for.
enum class Waits { no, at_barrier, at_cluster_barrier, for_its_warp };

struct Thread {
    Block* block = nullptr;
    Fiber fiber;
    std::uint16_t number = 0;  // within the block
    uint3 index{};
    bool ended = false;
    Waits waits = Waits::no;
    Together together = Together::nothing;  // what it waits for with its warp
};

// Lanes that have come to do something together.
struct Meeting {
    unsigned mask = 0, arrived = 0;
    Together what = Together::nothing;
};

struct Warp {
    unsigned lanes = 0;  // that exist
    std::vector<Meeting> meetings;
    std::uint64_t values[2][warp_width] = {};  // of the lanes, in turn: a slow one may still read the last ones
    int turn = 0;
    std::uint32_t epoch = 0;  // one more with every __syncwarp of all lanes
    Requests requests;
};

// A number for every block of every launch, with which accesses are told apart.
struct BlockIdentity {
    std::uint32_t launch = 0, cluster = 0;
};

struct Block {
    Launch* launch = nullptr;
    Runner* runner = nullptr;
    uint3 index{};
    std::uint32_t serial = 0, cluster = 0;  // of the block and of its cluster
    unsigned rank = 0;                      // within the cluster
    std::uint32_t epoch = 0;                // a new number at each barrier, of which no two blocks have the same
    std::vector<Thread> threads;
    std::vector<Warp> warps;
    std::vector<Thread*> ready;
    int n_alive = 0, n_at_barrier = 0, n_at_cluster_barrier = 0;
    const void* site = nullptr;      // of the barrier's call that the first thread came by
    std::int64_t quantum = 0;        // switches until another block's turn
    std::int64_t accesses_left = 0;  // the same for threads that never wait
    Fiber outside;                   // the thread of the machine

    Warp& warp_of(const Thread& thread) { return warps[thread.number / warp_width]; }
};

// The thread that runs on this thread of the machine, or null.
extern thread_local Thread* running;

// Prepares a block that has a runner; its shared memory holds the poison.
void start(Block& block);

// Runs threads of the block until none is ready or the quantum is used up. On the block's thread of the machine.
void run_ready(Block& block);

// Lets another thread go on. The running one must be waiting or stand among the ready ones.
void hand_over();

// Ends the running thread before its time.
[[noreturn]] void leave_for_good();

// Makes all threads ready that a barrier has held.
void open_barrier(Block& block);

// ", in kernel ..., block 3, thread 5", or "" outside of kernels.
std::string who_runs();

// Where each warp's threads wait.
std::string who_waits(const Block& block);

}  // namespace emulator
