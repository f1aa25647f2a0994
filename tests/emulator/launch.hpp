#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tests/emulator/block.hpp"
#include "tests/emulator/counts.hpp"
#include "tests/emulator/symbols.hpp"

namespace emulator {

// What is known of a kernel.
struct Kernel {
    std::string name;              // readable
    std::vector<Variable> shared;  // its own shared variables
    std::size_t static_bytes = 0;
    int most_threads = emulator::most_threads;    // by its launch bounds
    int dynamic_allowed = 48 * 1024;              // shared bytes that a launch may ask for
    int carveout = cudaSharedmemCarveoutDefault;  // percent of a multiprocessor's cache that is to be shared memory
    Counts counts;
};
Kernel& kernel_at(const void* function);
Counts counts_of(const std::string& name);  // see emulator.hpp
void print_counts();                        // of each kernel that has run

struct Cluster {
    std::vector<std::unique_ptr<Block>> blocks;  // by rank; one where the launch has no clusters
};

// A launch waits in its stream, runs in slices, and fails as a whole.
struct Launch {
    Kernel* kernel = nullptr;
    cudaLaunchConfig_t config{};
    Entry entry;
    int device = 0;
    int n_threads = 0;  // of a block
    unsigned cluster_size = 1, n_clusters = 0;
    std::uint32_t serial = 0;  // from its first slice on
    Dice dice;
    std::vector<unsigned> order;  // clusters that have not begun
    std::vector<std::unique_ptr<Cluster>> in_flight;
    cudaError_t failure = cudaSuccess;
    std::uint64_t steps = 0;      // accesses and waits
    std::uint64_t looked_at = 0;  // steps when it last read pinned memory, or that memory last changed
    std::uint64_t pinned = 0;     // digest of pinned memory
    bool flag_changed = false;    // and it has not been read since

    // Runs about so many switches of threads; true: all is done, or has failed.
    bool step(std::int64_t budget);

  private:
    void begin();
    void start_cluster(unsigned number);
    Cluster* choose(std::size_t& rank);
    void after_slice(Cluster& cluster);
    void end_cluster(Cluster& cluster);
    void check_time();
    void fail(cudaError_t code);
};

// One slice of one kernel runs at a time, of all devices.
std::mutex& devices_lock();

std::uint32_t new_epoch();
const BlockIdentity& identity_of(std::uint32_t block);
std::uint32_t last_cluster_barrier(std::uint32_t cluster);

// The blocks of the running thread's cluster.
const Cluster& own_cluster(const Block& block);

}  // namespace emulator
