#include "tests/emulator/counts.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

namespace emulator {
namespace {

constexpr std::uint64_t sector_bytes = 32, bank_bytes = 4, n_banks = 32;

// The units (sectors or words) that some accesses touch, each once.
std::vector<std::uint64_t> units_of(const std::uint64_t* at, const std::uint8_t* bytes, unsigned n,
                                    std::uint64_t unit) {
    std::vector<std::uint64_t> all;
    for (unsigned k = 0; k < n; ++k) {
        for (std::uint64_t u = at[k] / unit; u <= (at[k] + bytes[k] - 1) / unit; ++u) {
            all.push_back(u);
        }
    }
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
}

constexpr std::uint64_t Counts::* all_counts[] = {
    &Counts::launches,        &Counts::clusters,         &Counts::blocks,          &Counts::threads,
    &Counts::block_barriers,  &Counts::cluster_barriers, &Counts::syncwarps,       &Counts::warp_operations,
    &Counts::atomics,         &Counts::prefetched_bytes, &Counts::accesses,        &Counts::global_requests,
    &Counts::sectors,         &Counts::least_sectors,    &Counts::shared_requests, &Counts::wavefronts,
    &Counts::least_wavefronts};
static_assert(sizeof(Counts) == std::size(all_counts) * sizeof(std::uint64_t));

}  // namespace

Counts& Counts::operator+=(const Counts& more) {
    for (const auto count : all_counts) {
        this->*count += more.*count;
    }
    return *this;
}

Counts Counts::operator+(const Counts& more) const {
    Counts sum = *this;
    return sum += more;
}

Counts Counts::operator-(const Counts& before) const {
    Counts difference;
    for (const auto count : all_counts) {
        difference.*count = this->*count - before.*count;
    }
    return difference;
}

void Requests::add(unsigned lane, const void* code, bool global, std::uint64_t at, std::size_t bytes) {
    if (bytes > 16) {
        return;  // a structure that one thread copies
    }
    const std::uint64_t instruction = reinterpret_cast<std::uint64_t>(code) & 0xffffffffu;
    const std::uint32_t time = times_[instruction << 5 | lane]++;
    Request& request = requests_[instruction << 32 | time];
    if (request.n < 32) {
        request.global = global;
        unsigned place = request.n++;
        for (; place > 0 && request.lane[place - 1] > lane; --place) {  // lanes come in any order
            request.lane[place] = request.lane[place - 1];
            request.at[place] = request.at[place - 1];
            request.bytes[place] = request.bytes[place - 1];
        }
        request.lane[place] = static_cast<std::uint8_t>(lane);
        request.at[place] = at;
        request.bytes[place] = static_cast<std::uint8_t>(bytes);
    }
}

void Requests::close(Counts& counts) {
    for (const auto& [key, request] : requests_) {
        if (request.global) {
            count_sectors(request, counts);
        } else {
            count_wavefronts(request, counts);
        }
    }
    requests_.clear();
    times_.clear();
}

void Requests::count_sectors(const Request& request, Counts& counts) {
    std::uint64_t bytes = 0;
    for (unsigned k = 0; k < request.n; ++k) {
        bytes += request.bytes[k];
    }
    ++counts.global_requests;
    counts.sectors += units_of(request.at, request.bytes, request.n, sector_bytes).size();
    counts.least_sectors += (bytes + sector_bytes - 1) / sector_bytes;
}

// A bank gives one word at a time. Accesses of 8 bytes go by half warps, of 16 by quarters.
void Requests::count_wavefronts(const Request& request, Counts& counts) {
    ++counts.shared_requests;
    const unsigned each = request.bytes[0] <= 4 ? 32 : request.bytes[0] <= 8 ? 16 : 8;
    for (unsigned first = 0; first < request.n; first += each) {
        const unsigned n = std::min(each, request.n - first);
        std::uint64_t of_bank[n_banks] = {}, most = 0;
        for (const std::uint64_t word : units_of(request.at + first, request.bytes + first, n, bank_bytes)) {
            most = std::max(most, ++of_bank[word % n_banks]);
        }
        counts.wavefronts += most;
        ++counts.least_wavefronts;
    }
}

}  // namespace emulator
