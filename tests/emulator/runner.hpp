#pragma once

#include <cstddef>
#include <functional>
#include <semaphore>
#include <thread>
#include <vector>

#include "tests/emulator/shadow.hpp"

namespace emulator {

inline constexpr std::size_t stack_bytes = 128 * 1024;  // of a thread's local memory

// A thread of the machine for a block in flight: its thread-local variables are the block's shared memory. Whoever has
// work for it waits until that is done, so that of all blocks one runs.
struct Runner {
    std::thread thread;
    std::binary_semaphore go{0}, done{0};
    std::function<void()> work;
    std::byte* shared = nullptr;  // its thread-local variables
    std::vector<Cell> cells;      // of the shared memory
    std::byte* stacks = nullptr;

    std::byte* stack(std::size_t thread_number) const { return stacks + thread_number * stack_bytes; }
    void run(std::function<void()> what);
};

// Runners are kept for the next launches. Call with the devices' lock held.
Runner* take_runner();
void give_back(Runner* runner);

// Whether an address lies in the stack of any thread of a kernel.
bool in_stacks(const void* at);

}  // namespace emulator
