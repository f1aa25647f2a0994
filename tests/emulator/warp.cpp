#include <algorithm>
#include <cstdint>

#include "tests/emulator/block.hpp"
#include "tests/emulator/launch.hpp"
#include "tests/emulator/report.hpp"

// What the lanes of a warp do together.
namespace emulator {
namespace {

Meeting& meeting_of(Warp& warp, unsigned lane, unsigned mask, Together what, const void* code) {
    Meeting* mine = nullptr;
    for (Meeting& meeting : warp.meetings) {
        if (meeting.mask == mask && meeting.what == what) {
            mine = &meeting;
        } else if ((meeting.mask & lane) != 0) {
            report("mask", "the mask or the operation differs between the lanes of a warp", {code});
        }
    }
    return mine != nullptr ? *mine : warp.meetings.emplace_back(Meeting{mask, 0, what});
}

// All lanes have come.
void open(Block& block, Warp& warp, unsigned first_thread, Meeting& meeting) {
    Counts& counts = block.launch->kernel->counts;
    if (meeting.what == Together::syncwarp) {
        ++counts.syncwarps;
        warp.epoch += meeting.mask == warp.lanes ? 1 : 0;  // only this one orders the whole warp's accesses
    } else {
        ++counts.warp_operations;
    }
    warp.requests.close(counts);
    warp.turn ^= 1;
    const unsigned mask = meeting.mask;
    warp.meetings.erase(warp.meetings.begin() + (&meeting - warp.meetings.data()));
    for (unsigned lane = 0; lane < warp_width; ++lane) {
        if ((mask >> lane & 1) != 0) {
            Thread& thread = block.threads[first_thread + lane];
            thread.waits = Waits::no;
            block.ready.push_back(&thread);
        }
    }
}

// Gives a value and waits for the other lanes' ones.
const std::uint64_t* exchange(Together what, unsigned mask, std::uint64_t value, const void* code) {
    Thread& self = *running;
    Block& block = *self.block;
    Warp& warp = block.warp_of(self);
    const unsigned number = self.number % warp_width, lane = 1u << number;
    if ((mask & lane) == 0) {
        report("mask", "the calling lane is not in the mask", {code});
    }
    mask &= warp.lanes;  // of a block of less than a warp
    Meeting& meeting = meeting_of(warp, lane, mask, what, code);
    std::uint64_t* values = warp.values[warp.turn];
    values[number] = value;
    meeting.arrived |= lane;
    if ((meeting.arrived & mask) == mask) {
        open(block, warp, self.number - number, meeting);
    } else {
        self.waits = Waits::for_its_warp;
        self.together = what;
    }
    hand_over();
    return values;
}

}  // namespace

std::uint64_t shuffle(unsigned mask, std::uint64_t value, unsigned from) {
    if ((mask >> from & 1) == 0 || (running->block->warp_of(*running).lanes >> from & 1) == 0) {
        report("mask", "a shuffle from a lane that is not in the mask", {__builtin_return_address(0)});
    }
    return exchange(Together::shuffle, mask, value, __builtin_return_address(0))[from];
}

unsigned ballot(unsigned mask, bool predicate) {
    const std::uint64_t* of = exchange(Together::ballot, mask, predicate, __builtin_return_address(0));
    mask &= running->block->warp_of(*running).lanes;
    unsigned all = 0;
    for (unsigned lane = 0; lane < warp_width; ++lane) {
        all |= (mask >> lane & 1) != 0 && of[lane] != 0 ? 1u << lane : 0;
    }
    return all;
}

int least(unsigned mask, int value) {
    const std::uint64_t* of = exchange(Together::reduce, mask, to_word(value), __builtin_return_address(0));
    mask &= running->block->warp_of(*running).lanes;
    int result = value;
    for (unsigned lane = 0; lane < warp_width; ++lane) {
        result = (mask >> lane & 1) != 0 ? std::min(result, from_word<int>(of[lane])) : result;
    }
    return result;
}

void meet(Together what, unsigned mask) { exchange(what, mask, 0, __builtin_return_address(0)); }

}  // namespace emulator
