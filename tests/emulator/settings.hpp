#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace emulator {

// From environment variables EMULATOR_..., for programs; tests set them by the functions of emulator.hpp.
struct Settings {
    std::uint64_t seed = 1;     // SEED: the order of fibers
    std::uint64_t preempt = 0;  // PREEMPT: one in so many accesses hands over to another fiber; 0: none
    int poison = 0xff;          // POISON: what memory holds that nobody has written
    bool check = true;          // CHECK: watch accesses, where the kernels are compiled for it
    bool count = false;         // COUNT: requests, sectors, conflicts too; all counts are printed in the end
    std::uint64_t stop_patience = 50'000'000;  // STOP_PATIENCE: accesses without a look at a changed flag
    std::uint64_t watchdog = 200'000'000;      // WATCHDOG: accesses and waits of a kernel where a display waits
    std::int64_t fail_allocation = 0;          // FAIL_ALLOCATION: the n-th of device memory; 0: none
    std::string end_at;                        // END_AT: the program ends as soon as this check reports something
};
Settings& settings();

// A small generator of its own for each launch, so that what one host thread does leaves others' orders alone.
struct Dice {
    std::uint64_t state = 1;

    std::uint64_t next() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        return state * 0x2545F4914F6CDD1Du >> 16;
    }
    std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() % n); }
};

// Ends the program with one line: something that the emulator cannot do.
[[noreturn]] void give_up(const char* what, const char* of = "");

}  // namespace emulator
