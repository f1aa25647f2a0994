#include "tests/emulator/block.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "tests/emulator/launch.hpp"
#include "tests/emulator/report.hpp"
#include "tests/emulator/runner.hpp"

namespace emulator {

thread_local Thread* running = nullptr;

namespace {

Thread* take_ready(Block& block) {
    const std::size_t k = block.launch->dice.below(block.ready.size());
    Thread* taken = block.ready[k];
    block.ready[k] = block.ready.back();
    block.ready.pop_back();
    return taken;
}

// The fiber that goes on after the running thread: another of the block, or the thread of the machine.
Fiber& next_fiber(Block& block) {
    if (block.ready.empty() || --block.quantum <= 0) {
        running = nullptr;
        return block.outside;
    }
    running = take_ready(block);
    return running->fiber;
}

Fiber* body(Thread& self) {
    const Entry& entry = self.block->launch->entry;
    entry.thread(entry.parameters.get());
    self.ended = true;
    --self.block->n_alive;
    return &next_fiber(*self.block);
}

}  // namespace

void start(Block& block) {
    const Launch& launch = *block.launch;
    const dim3 shape = launch.config.blockDim;
    const auto n = static_cast<std::size_t>(launch.n_threads);
    block.threads.resize(n);
    block.warps.resize((n + warp_width - 1) / warp_width);
    block.n_alive = launch.n_threads;
    block.epoch = new_epoch();
    for (unsigned t = 0; t < n; ++t) {
        Thread& thread = block.threads[t];
        thread.block = &block;
        thread.index = {t % shape.x, t / shape.x % shape.y, t / shape.x / shape.y};
        thread.number = static_cast<std::uint16_t>(t);
        thread.fiber.prepare(block.runner->stack(t), stack_bytes, [&thread] { return body(thread); });
        block.warp_of(thread).lanes |= 1u << (t % warp_width);
        block.ready.push_back(&thread);
    }
}

void run_ready(Block& block) {
    while (!block.ready.empty() && block.quantum > 0) {
        running = take_ready(block);
        Fiber::change(block.outside, running->fiber);
        running = nullptr;
    }
}

void hand_over() {
    Thread& self = *running;
    Fiber& next = next_fiber(*self.block);
    if (&next != &self.fiber) {
        Fiber::change(self.fiber, next);
    }
}

void leave_for_good() {
    Thread& self = *running;
    self.ended = true;
    --self.block->n_alive;
    Fiber::change(self.fiber, next_fiber(*self.block));
    __builtin_unreachable();
}

void open_barrier(Block& block) {
    block.epoch = new_epoch();
    for (Warp& warp : block.warps) {
        warp.requests.close(block.launch->kernel->counts);
    }
    for (Thread& thread : block.threads) {
        thread.waits = Waits::no;
        block.ready.push_back(&thread);
    }
}

std::string who_runs() {
    if (running == nullptr) {
        return "";
    }
    const Block& block = *running->block;
    return ", in " + block.launch->kernel->name + ", block " + std::to_string(block.index.x) + ", thread " +
           std::to_string(running->number);
}

std::string who_waits(const Block& block) {
    static const char* const operations[] = {"nothing",  "__syncwarp",  "a shuffle",
                                             "a ballot", "a reduction", "a matrix"};
    std::map<std::pair<unsigned, std::string>, int> n_at;
    for (const Thread& thread : block.threads) {
        const char* at = thread.ended                                ? "ended"
                         : thread.waits == Waits::no                 ? "ready"
                         : thread.waits == Waits::at_barrier         ? "at __syncthreads"
                         : thread.waits == Waits::at_cluster_barrier ? "at the cluster's barrier"
                                                                     : operations[static_cast<int>(thread.together)];
        ++n_at[{thread.number / warp_width, at}];
    }
    std::string text = "block " + std::to_string(block.index.x) + ":";
    for (const auto& [where, n] : n_at) {
        text += " warp " + std::to_string(where.first) + ": " + std::to_string(n) + " " + where.second + ";";
    }
    return text;
}

}  // namespace emulator
