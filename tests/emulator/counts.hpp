#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace emulator {

// What all launches of a kernel have done. Barriers are counted once for a block, or for a cluster.
struct Counts {
    std::uint64_t launches = 0, clusters = 0, blocks = 0, threads = 0;  // clusters: of one block, too
    std::uint64_t block_barriers = 0, cluster_barriers = 0, syncwarps = 0;
    std::uint64_t warp_operations = 0;  // shuffles, ballots, reductions, matrices
    std::uint64_t atomics = 0, prefetched_bytes = 0;
    std::uint64_t accesses = 0;  // of threads, to device and shared memory
    // With Settings::count: what the lanes of a warp access by one instruction is one request.
    std::uint64_t global_requests = 0, sectors = 0, least_sectors = 0;        // of 32 bytes
    std::uint64_t shared_requests = 0, wavefronts = 0, least_wavefronts = 0;  // more than the least: bank conflicts

    Counts& operator+=(const Counts& more);
    Counts operator+(const Counts& more) const;
    Counts operator-(const Counts& before) const;
};

// The accesses of a warp's lanes since they last met, by instruction and by how often a lane has come to it.
class Requests {
  public:
    void add(unsigned lane, const void* code, bool global, std::uint64_t at, std::size_t bytes);
    void close(Counts& counts);

  private:
    struct Request {
        bool global = false;
        unsigned n = 0;
        std::uint64_t at[32];
        std::uint8_t bytes[32];
        std::uint8_t lane[32];
    };
    static void count_sectors(const Request& request, Counts& counts);
    static void count_wavefronts(const Request& request, Counts& counts);

    std::unordered_map<std::uint64_t, Request> requests_;     // [instruction, time]
    std::unordered_map<std::uint64_t, std::uint32_t> times_;  // [instruction, lane]
};

}  // namespace emulator
