#include "tests/emulator/shadow.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "tests/emulator/block.hpp"
#include "tests/emulator/launch.hpp"
#include "tests/emulator/memory.hpp"
#include "tests/emulator/report.hpp"
#include "tests/emulator/symbols.hpp"

namespace emulator {
namespace {

// Calls f(cell, mask of its bytes) for all cells of a range.
template <class C, class F>
void each_cell(C* cells, std::size_t offset, std::size_t bytes, F f) {
    while (bytes > 0) {
        const std::size_t first = offset % cell_bytes, n = std::min(bytes, cell_bytes - first);
        f(cells[offset / cell_bytes], static_cast<std::uint8_t>(((1u << n) - 1) << first));
        offset += n;
        bytes -= n;
    }
}

// A block's shared memory begins as nobody's.
void own(Cell& cell, std::uint32_t owner) {
    if (cell.owner != owner) {
        cell = Cell{};
        cell.owner = owner;
    }
}

// The warp of an access by one thread or by several of a warp; 0xffff: of several warps.
unsigned warp_of(std::uint16_t thread) {
    return thread == many ? many : (thread & many_in_warp) != 0 ? thread & 0x7fffu : thread / warp_width;
}

// Whether barriers, or that it is the same thread, put an access before what the running thread does now.
bool ordered_before(const Access& access, const Thread& self) {
    const Block& now = *self.block;
    if (access.block == 0) {
        return true;
    }
    if (access.block == now.serial) {
        const unsigned warp = self.number / warp_width;
        return access.epoch < now.epoch || access.thread == self.number ||
               (warp_of(access.thread) == warp && access.warp_epoch < now.warps[warp].epoch);
    }
    const BlockIdentity& theirs = identity_of(access.block);
    if (theirs.launch != now.launch->serial) {
        return true;  // kernels of one stream follow each other
    }
    return theirs.cluster == now.cluster && access.epoch < last_cluster_barrier(theirs.cluster);
}

Access access_now(const Thread& self, std::uint8_t mask, Kind kind, const void* code) {
    const Block& block = *self.block;
    return {block.serial, block.epoch, block.warps[self.number / warp_width].epoch,    to_offset(code),
            self.number,  mask,        static_cast<std::uint8_t>(kind == Kind::atomic)};
}

void check_race(const Cell& cell, std::uint8_t mask, Kind kind, const Thread& self, const void* code) {
    const bool both_atomic = kind == Kind::atomic && cell.write.atomic != 0;
    if ((cell.write.mask & mask) != 0 && !both_atomic && !ordered_before(cell.write, self)) {
        const char* what = cell.owner != 0 ? kind == Kind::read ? "shared memory is read" : "shared memory is written"
                           : kind == Kind::read ? "device memory is read"
                                                : "device memory is written";
        report("race", what, {code, to_code(cell.write.code)});
    }
    if (kind != Kind::read && (cell.read.mask & mask) != 0 && !ordered_before(cell.read, self)) {
        report("race",
               cell.owner != 0 ? "shared memory that is read is written" : "device memory that is read is written",
               {code, to_code(cell.read.code)});
    }
}

void remember_write(Cell& cell, const Access& now) {
    const bool same = cell.write.block == now.block && cell.write.thread == now.thread && cell.write.epoch == now.epoch;
    const auto before = same ? cell.write.mask : std::uint8_t{0};
    cell.write = now;
    cell.write.mask |= before;
    cell.valid |= now.mask;
}

// A reader that is ordered before this one needs no place of its own; else both become `many`.
void remember_read(Cell& cell, Access now, const Thread& self) {
    const Access& last = cell.read;
    if (last.block == now.block && last.mask != 0 && !ordered_before(last, self)) {
        if (last.thread != now.thread) {
            const unsigned warp = warp_of(last.thread);
            now.thread = warp == self.number / warp_width ? static_cast<std::uint16_t>(many_in_warp | warp) : many;
        }
        now.mask |= last.mask;
    }
    cell.read = now;
}

void check_state(Cell& cell, std::uint8_t mask, Kind kind, bool shared, const void* code) {
    if (!shared && (cell.allocated & mask) != mask) {
        report(what_is_wrong(device_address(&cell)),
               kind == Kind::read ? "device memory is read" : "device memory is written", {code});
        return;
    }
    if ((cell.forbidden & mask) != 0) {
        report("gap", "the gap after an array is touched", {code});
    }
    if ((cell.valid & mask) != mask && kind != Kind::write) {
        report("uninitialised", shared ? "shared memory is read" : "device memory is read", {code});
        cell.valid |= mask;  // once is enough
    }
}

}  // namespace

void mark_cells(Cell* cells, std::size_t offset, std::size_t bytes, bool allocated, bool valid) {
    each_cell(cells, offset, bytes, [&](Cell& cell, std::uint8_t mask) {
        const auto others = static_cast<std::uint8_t>(~mask);
        cell.allocated = static_cast<std::uint8_t>((cell.allocated & others) | (allocated ? mask : 0));
        cell.valid = static_cast<std::uint8_t>((cell.valid & others) | (valid ? mask : 0));
        cell.forbidden = static_cast<std::uint8_t>(cell.forbidden & others);
        cell.write.mask = cell.read.mask = 0;
    });
}

void make_valid(Cell* cells, std::size_t offset, std::size_t bytes) {
    each_cell(cells, offset, bytes, [](Cell& cell, std::uint8_t mask) {
        cell.valid |= mask;
        cell.write.mask = cell.read.mask = 0;
    });
}

Touched look_at_cells(const Cell* cells, std::size_t offset, std::size_t bytes) {
    Touched touched;
    each_cell(cells, offset, bytes, [&](const Cell& cell, std::uint8_t mask) {
        touched.allocated = touched.allocated && (cell.allocated & mask) == mask && (cell.forbidden & mask) == 0;
        touched.valid = touched.valid && (cell.valid & mask) == mask;
    });
    return touched;
}

void check_access(const Place& place, Kind kind, const void* code) {
    const Thread& self = *running;
    each_cell(place.cells, place.offset, place.bytes, [&](Cell& cell, std::uint8_t mask) {
        own(cell, place.owner);
        check_state(cell, mask, kind, place.owner != 0, code);
        check_race(cell, mask, kind, self, code);
        const Access now = access_now(self, mask, kind, code);
        if (kind == Kind::read) {
            remember_read(cell, now, self);
        } else {
            remember_write(cell, now);
        }
    });
}

const void* written_in_launch(const Place& place) {
    const void* code = nullptr;
    each_cell(place.cells, place.offset, place.bytes, [&](const Cell& cell, std::uint8_t mask) {
        const bool here = (cell.write.mask & mask) != 0 && cell.write.block != 0 &&
                          identity_of(cell.write.block).launch == running->block->launch->serial;
        code = here ? to_code(cell.write.code) : code;
    });
    return code;
}

void forbid_cells(const Place& place) {
    each_cell(place.cells, place.offset, place.bytes, [&](Cell& cell, std::uint8_t mask) {
        own(cell, place.owner);
        cell.forbidden |= mask;
    });
}

void renew_cells(const Place& place) {
    each_cell(place.cells, place.offset, place.bytes, [&](Cell& cell, std::uint8_t mask) {
        own(cell, place.owner);
        cell.forbidden = static_cast<std::uint8_t>(cell.forbidden & ~mask);
        cell.valid = static_cast<std::uint8_t>(cell.valid & ~mask);
    });
}

}  // namespace emulator
