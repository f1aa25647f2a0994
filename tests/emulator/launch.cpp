#include "tests/emulator/launch.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tests/emulator/devices.hpp"
#include "tests/emulator/memory.hpp"
#include "tests/emulator/report.hpp"
#include "tests/emulator/runner.hpp"
#include "tests/emulator/shared.hpp"

namespace emulator {
namespace {

constexpr std::size_t most_in_flight = 8;  // blocks of a launch

std::atomic<std::uint32_t> epochs{1};
std::vector<BlockIdentity> identities(1);        // [block]
std::vector<std::uint32_t> cluster_barriers(1);  // [cluster]: epoch of the last one
std::uint32_t n_launches = 0;

std::size_t n_running(const std::vector<std::unique_ptr<Cluster>>& clusters, unsigned size) {
    return clusters.size() * size;
}

struct Kernels {
    std::mutex lock;
    std::map<const void*, Kernel> by_function;
};
Kernels& kernels() {
    static Kernels& all = *new Kernels;  // used to the very end of the program
    return all;
}

}  // namespace

Kernel& kernel_at(const void* function) {
    const std::lock_guard guard(kernels().lock);
    Kernel& kernel = kernels().by_function[function];
    if (kernel.name.empty()) {
        const std::string mangled = kernel_name(function);
        if (mangled.empty()) {
            give_up("a kernel whose name does not contain `kernel`, or that the symbol table does not know");
        }
        kernel.name = demangled(mangled);
        kernel.shared = shared_variables(mangled);
        if (const int bound = launch_bound(function); bound != 0) {
            kernel.most_threads = bound;
        }
        for (const Variable& variable : kernel.shared) {
            kernel.static_bytes += variable.size;
        }
    }
    return kernel;
}

Counts counts_of(const std::string& name) {
    const std::lock_guard guard(kernels().lock);
    Counts sum;
    for (const auto& [function, kernel] : kernels().by_function) {
        if (kernel.name.find(name) != std::string::npos) {
            sum += kernel.counts;
        }
    }
    return sum;
}

void print_counts() {
    const std::lock_guard guard(kernels().lock);
    for (const auto& [function, kernel] : kernels().by_function) {
        const Counts& c = kernel.counts;
        const auto n = [](std::uint64_t count) { return static_cast<unsigned long long>(count); };
        std::fprintf(stderr, "emulator: %s: %llu launches, %llu blocks, %llu threads\n", kernel.name.c_str(),
                     n(c.launches), n(c.blocks), n(c.threads));
        std::fprintf(
            stderr,
            "  %llu barriers of blocks, %llu of clusters, %llu of warps, %llu operations of warps, %llu atomics\n",
            n(c.block_barriers), n(c.cluster_barriers), n(c.syncwarps), n(c.warp_operations), n(c.atomics));
        std::fprintf(stderr, "  %llu requests, %llu sectors (at least %llu), %llu bytes prefetched\n",
                     n(c.global_requests), n(c.sectors), n(c.least_sectors), n(c.prefetched_bytes));
        std::fprintf(stderr, "  %llu requests to shared memory, %llu wavefronts (at least %llu)\n",
                     n(c.shared_requests), n(c.wavefronts), n(c.least_wavefronts));
    }
}

std::mutex& devices_lock() {
    static std::mutex lock;
    return lock;
}

std::uint32_t new_epoch() { return ++epochs; }
const BlockIdentity& identity_of(std::uint32_t block) { return identities[block]; }
std::uint32_t last_cluster_barrier(std::uint32_t cluster) { return cluster_barriers[cluster]; }

const Cluster& own_cluster(const Block& block) {
    for (const auto& cluster : block.launch->in_flight) {
        if (cluster->blocks[0]->cluster == block.cluster) {
            return *cluster;
        }
    }
    give_up("a block without a cluster");
}

void Launch::begin() {
    serial = ++n_launches;
    ++kernel->counts.launches;
    dice.state = (settings().seed * 0x9E3779B97F4A7C15u ^ std::hash<std::string>()(kernel->name) ^ n_clusters) | 1;
    for (unsigned k = 0; k < n_clusters; ++k) {
        order.push_back(k);
    }
    for (std::size_t k = order.size(); k > 1; --k) {
        std::swap(order[k - 1], order[dice.below(k)]);
    }
    pinned = pinned_digest();
}

void Launch::start_cluster(unsigned number) {
    auto cluster = std::make_unique<Cluster>();
    const auto cluster_serial = static_cast<std::uint32_t>(cluster_barriers.size());
    cluster_barriers.push_back(0);
    for (unsigned rank = 0; rank < cluster_size; ++rank) {
        auto block = std::make_unique<Block>();
        const unsigned flat = number * cluster_size + rank;
        const dim3 grid = config.gridDim;
        block->launch = this;
        block->index = {flat % grid.x, flat / grid.x % grid.y, flat / grid.x / grid.y};
        block->serial = static_cast<std::uint32_t>(identities.size());
        block->cluster = cluster_serial;
        block->rank = rank;
        block->runner = take_runner();
        identities.push_back({serial, cluster_serial});
        poison_shared(*block);
        start(*block);
        cluster->blocks.push_back(std::move(block));
    }
    ++kernel->counts.clusters;
    kernel->counts.blocks += cluster_size;
    kernel->counts.threads += cluster_size * static_cast<std::uint64_t>(n_threads);
    in_flight.push_back(std::move(cluster));
}

// A cluster of which a block can go on, and that block; null: there is none.
Cluster* Launch::choose(std::size_t& rank) {
    std::vector<std::pair<Cluster*, std::size_t>> able;
    for (const auto& cluster : in_flight) {
        for (std::size_t b = 0; b < cluster->blocks.size(); ++b) {
            if (!cluster->blocks[b]->ready.empty()) {
                able.push_back({cluster.get(), b});
            }
        }
    }
    if (able.empty()) {
        return nullptr;
    }
    const auto [cluster, b] = able[dice.below(able.size())];
    rank = b;
    return cluster;
}

bool Launch::step(std::int64_t budget) {
    const std::lock_guard guard(devices_lock());
    if (serial == 0) {
        begin();
    }
    while (budget > 0 && failure == cudaSuccess) {
        while (!order.empty() &&
               (in_flight.empty() || n_running(in_flight, cluster_size) + cluster_size <= most_in_flight)) {
            start_cluster(order.back());
            order.pop_back();
        }
        if (in_flight.empty()) {
            return true;
        }
        std::size_t rank = 0;
        Cluster* cluster = choose(rank);
        if (cluster == nullptr) {
            std::string text = kernel->name + ": threads wait for others that do not come:";
            bool ended = false;
            for (const auto& stuck : in_flight) {
                for (const auto& block : stuck->blocks) {
                    text += " " + who_waits(*block);
                    ended = ended || block->n_alive < n_threads;
                }
            }
            report(ended ? "exited threads" : "divergence", text);
            fail(cudaErrorLaunchFailure);
            break;
        }
        Block& block = *cluster->blocks[rank];
        block.quantum = static_cast<std::int64_t>(1 + dice.below(40000));
        block.accesses_left = 4 * block.quantum;
        const std::int64_t before = block.quantum;
        block.runner->run([&block] { run_ready(block); });
        const std::int64_t used = std::max<std::int64_t>(1, before - std::max<std::int64_t>(0, block.quantum));
        budget -= used;
        steps += static_cast<std::uint64_t>(used);
        after_slice(*cluster);
        check_time();
    }
    return failure != cudaSuccess;
}

// Opens the cluster's barrier once all threads of all blocks are there, and lets go of a cluster that has ended.
void Launch::after_slice(Cluster& cluster) {
    int alive = 0, at_barrier = 0;
    for (const auto& block : cluster.blocks) {
        alive += block->n_alive;
        at_barrier += block->n_at_cluster_barrier;
    }
    if (at_barrier == n_threads * static_cast<int>(cluster_size)) {
        ++kernel->counts.cluster_barriers;
        cluster_barriers[cluster.blocks[0]->cluster] = new_epoch();
        for (const auto& block : cluster.blocks) {
            block->n_at_cluster_barrier = 0;
            open_barrier(*block);
        }
    }
    if (alive == 0) {
        end_cluster(cluster);
    }
}

void Launch::end_cluster(Cluster& cluster) {
    for (const auto& block : cluster.blocks) {
        for (Warp& warp : block->warps) {
            warp.requests.close(kernel->counts);
        }
        give_back(block->runner);
    }
    std::erase_if(in_flight, [&](const auto& one) { return one.get() == &cluster; });
}

// A kernel must look at a flag that the host has changed, and end soon where a display waits.
void Launch::check_time() {
    const std::uint64_t now = pinned_digest();
    if (now != pinned) {
        pinned = now;
        flag_changed = true;
        looked_at = steps;
    }
    if (flag_changed && steps > looked_at + settings().stop_patience) {
        report("stop flag", kernel->name + " has not looked at the host's flag since it changed, for " +
                                std::to_string(steps - looked_at) + " accesses and waits");
        flag_changed = false;
    }
    if (devices()[static_cast<std::size_t>(device)].watchdog && steps > settings().watchdog) {
        fail(cudaErrorLaunchTimeout);
    }
}

// Drops what is in flight. The threads' stacks are unwound where they are.
void Launch::fail(cudaError_t code) {
    failure = code;
    for (const auto& cluster : in_flight) {
        for (const auto& block : cluster->blocks) {
            block->runner->run([&block] {
                for (Thread& thread : block->threads) {
                    thread.fiber.abandon();
                }
            });
            give_back(block->runner);
        }
    }
    in_flight.clear();
}

}  // namespace emulator
