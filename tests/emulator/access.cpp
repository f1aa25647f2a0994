#include "tests/emulator/access.hpp"

#include <cstddef>

#include "tests/emulator/block.hpp"
#include "tests/emulator/devices.hpp"
#include "tests/emulator/launch.hpp"
#include "tests/emulator/memory.hpp"
#include "tests/emulator/report.hpp"
#include "tests/emulator/runner.hpp"
#include "tests/emulator/shared.hpp"
#include "tests/emulator/symbols.hpp"

namespace emulator {
namespace {

// Set while an access is looked at: the standard library's functions that are used for that may be the kernels' copies,
// whose accesses come here, too.
thread_local bool busy = false;
struct Busy {
    Busy() { busy = true; }
    ~Busy() { busy = false; }
};

void check_alignment(std::size_t offset, std::size_t bytes, const void* code) {
    const bool one_instruction = bytes <= 16 && (bytes & (bytes - 1)) == 0;
    if (one_instruction && offset % bytes != 0) {
        report("misaligned", "an access at no multiple of its size", {code});
    }
}

void count(Thread& self, bool global, std::size_t offset, std::size_t bytes, const void* code) {
    Block& block = *self.block;
    ++block.launch->kernel->counts.accesses;
    if (settings().count) {
        block.warp_of(self).requests.add(self.number % warp_width, code, global, offset, bytes);
    }
}

void access_device(Thread& self, const void* at, std::size_t bytes, Kind kind, const void* code) {
    const std::size_t offset = device_offset(at);
    count(self, true, offset, bytes, code);
    check_alignment(offset, bytes, code);
    check_access({device_cells(), offset, bytes}, kind, code);
    if (devices().size() > 1 && device_of(at) != self.block->launch->device) {
        report("out of bounds", "memory of another device", {code});
    }
}

void access_pinned(Thread& self, const void* at, std::size_t bytes, const void* code) {
    Launch& launch = *self.block->launch;
    launch.flag_changed = false;
    if (!pinned_alive(at, bytes)) {
        report("use after free", "pinned memory that is not allocated (any more)", {code});
    }
}

// true: the address is in the shared memory of the thread's cluster.
bool access_shared(Thread& self, const std::byte* at, std::size_t bytes, Kind kind, const void* code) {
    Block& block = *self.block;
    Block* owner = owner_of_shared(block, at);
    if (owner == nullptr) {
        return false;
    }
    const auto offset = static_cast<std::size_t>(at - owner->runner->shared);
    if (!in_shared(block, offset, bytes)) {
        if (is_guard(offset)) {
            report("constructor", "a shared variable has a constructor, which CUDA forbids", {code});
            return true;
        }
        report("out of bounds", kind == Kind::read ? "shared memory is read" : "shared memory is written", {code});
        return true;
    }
    if (owner->n_alive == 0) {
        report("ended block", "shared memory of a block that has ended", {code});
    }
    count(self, false, offset, bytes, code);
    check_alignment(reinterpret_cast<std::size_t>(at), bytes, code);
    check_access({owner->runner->cells.data(), offset, bytes, owner->serial}, kind, code);
    return true;
}

bool in_parameters(const Thread& self, const void* at) {
    const Entry& entry = self.block->launch->entry;
    const auto* first = static_cast<const std::byte*>(entry.parameters.get());
    return at >= first && at < first + entry.parameter_bytes;
}

// Lets another thread go first, at one in so many accesses, and another block after very many.
void maybe_hand_over(Thread& self) {
    Block& block = *self.block;
    const bool slice_over = --block.accesses_left <= 0;
    if (slice_over) {
        block.quantum = 0;
    }
    if (slice_over ||
        (settings().preempt != 0 && block.launch->dice.below(settings().preempt) == 0 && !block.ready.empty())) {
        block.ready.push_back(&self);
        busy = false;
        hand_over();
        busy = true;
    }
}

}  // namespace

namespace {

// Where the running thread's device or shared memory has its cells; false: nothing is watched, or no thread runs.
bool find_place(void* memory, std::size_t bytes, Place& place) {
    if (!watching() || running == nullptr) {
        return false;
    }
    const auto* at = static_cast<const std::byte*>(memory);
    const Block* owner = owner_of_shared(*running->block, at);
    if (in_device_memory(at)) {
        place = {device_cells(), device_offset(at), bytes};
    } else if (owner != nullptr) {
        place = {owner->runner->cells.data(), static_cast<std::size_t>(at - owner->runner->shared), bytes,
                 owner->serial};
    } else {
        give_up("a layout that is neither in device memory nor in shared memory");
    }
    return true;
}

}  // namespace

void access(const void* at, std::size_t bytes, Kind kind, const void* code) {
    if (busy) {
        return;
    }
    const Busy guard;
    Thread* self = running;
    if (!watching()) {
        return;
    }
    if (self == nullptr) {
        if (device_of(at) >= 0) {
            report("out of bounds", "the host's code accesses device memory", {code});
        }
        return;
    }
    const std::byte* stack = self->block->runner->stack(self->number);
    if (at >= stack && at < stack + stack_bytes) {
        return;
    }
    maybe_hand_over(*self);
    ++self->block->launch->steps;
    if (in_device_memory(at)) {
        access_device(*self, at, bytes, kind, code);
    } else if (is_pinned(at)) {
        access_pinned(*self, at, bytes, code);
    } else if (access_shared(*self, static_cast<const std::byte*>(at), bytes, kind, code)) {
        return;
    } else if (in_stacks(at)) {
        report("out of bounds", "another thread's local memory", {code});
    } else if (kind != Kind::read || !(in_parameters(*self, at) || in_program(at))) {
        report("out of bounds", kind == Kind::read ? "the host's memory is read" : "the host's memory is written",
               {code});
    }
}

void prefetch(const void* from, std::size_t bytes) {
    const void* code = __builtin_return_address(0);
    running->block->launch->kernel->counts.prefetched_bytes += bytes;
    if (reinterpret_cast<std::size_t>(from) % 16 != 0 || bytes % 16 != 0) {
        report("misaligned", "a prefetch at no multiple of 16 bytes", {code});
    }
    if (watching() &&
        (!in_device_memory(from) || !look_at_cells(device_cells(), device_offset(from), bytes).allocated)) {
        report("out of bounds", "a prefetch of what is not allocated", {code});
    }
}

void read_constant(const void* from, std::size_t bytes) {
    if (!watching() || running == nullptr) {
        return;
    }
    const void* code = __builtin_return_address(0);
    if (!in_device_memory(from)) {
        report("constant", "what is not device memory is read as constant", {code});
    } else if (const void* written = written_in_launch({device_cells(), device_offset(from), bytes})) {
        report("constant", "device memory that this launch has written is read as constant", {code, written});
    }
}

void begin_layout(void* memory, std::size_t bytes) {
    Place place;
    if (find_place(memory, bytes, place)) {
        renew_cells(place);
    }
}

void forbid(void* from, std::size_t bytes) {
    Place place;
    if (find_place(from, bytes, place)) {
        forbid_cells(place);
    }
}

}  // namespace emulator
