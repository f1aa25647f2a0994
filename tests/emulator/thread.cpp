#include <cstddef>

#include "tests/emulator/access.hpp"
#include "tests/emulator/block.hpp"
#include "tests/emulator/devices.hpp"
#include "tests/emulator/launch.hpp"
#include "tests/emulator/report.hpp"
#include "tests/emulator/runner.hpp"
#include "tests/emulator/shared.hpp"
#include "tests/emulator/symbols.hpp"

// What a running thread asks, and where it waits for its block or its cluster.
namespace emulator {

unsigned coordinate(Of of, int axis) {
    const Block& block = *running->block;
    const auto pick = [axis](const auto& all) { return axis == 0 ? all.x : axis == 1 ? all.y : all.z; };
    switch (of) {
        case Of::thread:
            return pick(running->index);
        case Of::block:
            return pick(block.index);
        case Of::block_shape:
            return pick(block.launch->config.blockDim);
        case Of::grid_shape:
            return pick(block.launch->config.gridDim);
    }
    return 0;
}

namespace {

// Older devices' code has no clusters: see cluster.cuh.
void need_clusters(const void* code) {
    if (devices()[static_cast<std::size_t>(running->block->launch->device)].major < 9) {
        report("launch", "a cluster's operation on a device that has no clusters", {code});
    }
}

// All of a block's threads are to come to a barrier by the same call.
void meet_at(Block& block, bool first, const void* site) {
    if (first) {
        block.site = site;
    } else if (site != block.site) {
        report("divergence", "threads of a block meet at different barriers, the last", {site, block.site});
    }
}

}  // namespace

unsigned cluster_rank() { return running->block->rank; }
unsigned cluster_size() { return running->block->launch->cluster_size; }

void* map_rank(void* mine, unsigned rank) {
    need_clusters(__builtin_return_address(0));
    const Block& block = *running->block;
    const auto* at = static_cast<const std::byte*>(mine);
    const auto offset = static_cast<std::size_t>(at - block.runner->shared);
    if (at < block.runner->shared || !in_shared(block, offset, 1) || rank >= block.launch->cluster_size) {
        report("out of bounds", "map_shared_rank of what is not in the block's shared memory, or of no block",
               {__builtin_return_address(0)});
        return mine;
    }
    return own_cluster(block).blocks[rank]->runner->shared + offset;
}

void wait_block() {
    Thread& self = *running;
    Block& block = *self.block;
    meet_at(block, block.n_at_barrier == 0, __builtin_return_address(0));
    ++block.n_at_barrier;
    self.waits = Waits::at_barrier;
    if (block.n_at_barrier == block.launch->n_threads) {
        block.n_at_barrier = 0;
        ++block.launch->kernel->counts.block_barriers;
        open_barrier(block);
    }
    hand_over();
}

void wait_cluster() {
    need_clusters(__builtin_return_address(0));
    meet_at(*running->block, running->block->n_at_cluster_barrier == 0, __builtin_return_address(0));
    running->waits = Waits::at_cluster_barrier;
    ++running->block->n_at_cluster_barrier;  // the launch opens it, once all blocks' threads are there
    hand_over();
}

void trap() {
    report("trap", "__trap()", {__builtin_return_address(0)});
    leave_for_good();
}

void atomic_access(void* at, std::size_t bytes) {
    ++running->block->launch->kernel->counts.atomics;
    access(at, bytes, Kind::atomic, __builtin_return_address(0));
}

void read_by_lane(const void* from, std::size_t bytes) { access(from, bytes, Kind::read, __builtin_return_address(0)); }

void copy_unchecked(void* to, const void* from, std::size_t bytes) { __builtin_memcpy(to, from, bytes); }

}  // namespace emulator
