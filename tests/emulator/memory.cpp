#include "tests/emulator/memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <string>

#include "tests/emulator/access.hpp"
#include "tests/emulator/devices.hpp"
#include "tests/emulator/report.hpp"
#include "tests/emulator/settings.hpp"

namespace emulator {
namespace {

constexpr std::size_t range_bytes = std::size_t{16} << 30;  // of addresses
constexpr std::size_t pinned_range = std::size_t{1} << 30;
constexpr std::size_t most_at_once = std::size_t{1}
                                     << 30;  // that this machine is asked for: the shadow takes 12 times that
constexpr std::size_t gap = 256, page = 4096;

struct Allocation {
    std::size_t bytes;
    int device;
};

struct Memory {
    std::byte* range = reserve(range_bytes);
    std::byte* pinned = reserve(pinned_range);
    Cell* cells = reinterpret_cast<Cell*>(reserve(range_bytes / cell_bytes * sizeof(Cell)));
    std::size_t next = page, next_pinned = page;
    std::map<std::byte*, Allocation> alive, freed;
    std::map<std::byte*, std::size_t> alive_pinned;
    std::map<int, std::size_t> of_device;
    std::size_t total = 0;
    std::int64_t until_failure = settings().fail_allocation;
    std::mutex lock;
};
Memory& memory() {
    static Memory& all = *new Memory;  // used to the very end of the program
    return all;
}

void mark(Memory& m, std::byte* at, std::size_t bytes, bool allocated, bool valid) {
    if (watching()) {
        mark_cells(m.cells, static_cast<std::size_t>(at - m.range), bytes, allocated, valid);
    }
}

// Gives the whole pages of a range back to the machine; they read as zeros.
void give_pages_back(void* first, std::size_t bytes) {
    const auto at = reinterpret_cast<std::uintptr_t>(first);
    const std::uintptr_t begin = (at + page - 1) / page * page, end = (at + bytes) / page * page;
    if (begin < end) {
        madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
    }
}

// The allocation that an address lies in or follows.
template <class Map>
auto at_or_before(Map& map, std::byte* at) {
    auto place = map.upper_bound(at);
    return place == map.begin() ? map.end() : std::prev(place);
}

std::byte* find_room(Memory& m, std::size_t bytes) {
    const std::size_t needs = (bytes + 255) / 256 * 256 + gap;
    if (m.next + needs > range_bytes) {
        m.next = page;  // from the beginning again, around what is alive
        m.freed.clear();
    }
    for (const auto& [begin, allocation] : m.alive) {
        std::byte* first = m.range + m.next;
        if (begin < first + needs && begin + allocation.bytes + gap > first) {
            m.next = static_cast<std::size_t>(begin - m.range) + (allocation.bytes + 255) / 256 * 256 + gap;
        }
    }
    if (m.next + needs > range_bytes) {
        give_up("out of addresses for device memory");
    }
    std::byte* at = m.range + m.next;
    m.next += needs;
    return at;
}

std::size_t check_range(const void* from, std::size_t bytes, const char* call, bool reads) {
    Memory& m = memory();
    const std::size_t offset = device_offset(from);
    if (bytes == 0 || !watching()) {
        return offset;
    }
    const Touched touched = look_at_cells(m.cells, offset, bytes);
    if (!touched.allocated) {
        report(what_is_wrong(from), std::string("memory of ") + call);
    } else if (reads && !touched.valid) {
        report("uninitialised", std::string("bytes read by ") + call);
    }
    return offset;
}

}  // namespace

std::byte* reserve(std::size_t bytes) {
    void* place = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (place == MAP_FAILED) {
        give_up("cannot reserve addresses (limited by ulimit -v, or by vm.overcommit_memory = 2?)");
    }
    return static_cast<std::byte*>(place);
}

void* allocate(int device, std::size_t bytes) {
    Memory& m = memory();
    const std::lock_guard guard(m.lock);
    if (m.until_failure > 0 && --m.until_failure == 0) {
        return nullptr;
    }
    if (m.of_device[device] + bytes > devices()[static_cast<std::size_t>(device)].memory) {
        return nullptr;
    }
    if (m.total + bytes > most_at_once) {
        give_up("more than 1 GiB of device memory is asked for: too much for an emulator");
    }
    std::byte* at = find_room(m, bytes);
    m.of_device[device] += bytes;
    m.total += bytes;
    m.alive[at] = {bytes, device};
    mark(m, at, bytes, true, false);
    std::memset(at, settings().poison, bytes);
    return at;
}

bool release(void* place) {
    Memory& m = memory();
    const std::lock_guard guard(m.lock);
    const auto found = m.alive.find(static_cast<std::byte*>(place));
    if (found == m.alive.end()) {
        return false;
    }
    const auto [at, allocation] = *found;
    Cell* cells = m.cells + static_cast<std::size_t>(at - m.range) / cell_bytes;
    const std::size_t shadow = (allocation.bytes + cell_bytes - 1) / cell_bytes * sizeof(Cell);
    give_pages_back(cells, shadow);  // cells of zeros: not allocated
    mark(m, at, allocation.bytes, false, false);
    give_pages_back(cells, shadow);
    give_pages_back(at, allocation.bytes);
    m.of_device[allocation.device] -= allocation.bytes;
    m.total -= allocation.bytes;
    m.freed[at] = allocation;
    m.alive.erase(found);
    return true;
}

void* allocate_pinned(std::size_t bytes) {
    Memory& m = memory();
    const std::lock_guard guard(m.lock);
    const std::size_t needs = (bytes + 255) / 256 * 256 + gap;
    if (m.next_pinned + needs > pinned_range) {
        give_up("out of addresses for pinned memory");
    }
    std::byte* at = m.pinned + m.next_pinned;
    m.next_pinned += needs;
    m.alive_pinned[at] = bytes;
    return at;
}

bool release_pinned(void* place) {
    Memory& m = memory();
    const std::lock_guard guard(m.lock);
    return m.alive_pinned.erase(static_cast<std::byte*>(place)) != 0;
}

bool in_device_memory(const void* at) {
    const Memory& m = memory();
    return at >= m.range && at < m.range + range_bytes;
}

int device_of(const void* at) {
    Memory& m = memory();
    if (!in_device_memory(at)) {
        return -1;
    }
    const std::lock_guard guard(m.lock);
    auto* place = static_cast<std::byte*>(const_cast<void*>(at));
    const auto alive = at_or_before(m.alive, place);
    return alive == m.alive.end() ? 0 : alive->second.device;
}

bool is_pinned(const void* at) {
    const Memory& m = memory();
    return at >= m.pinned && at < m.pinned + pinned_range;
}

bool pinned_alive(const void* at, std::size_t bytes) {
    Memory& m = memory();
    const std::lock_guard guard(m.lock);
    auto* place = static_cast<std::byte*>(const_cast<void*>(at));
    const auto found = at_or_before(m.alive_pinned, place);
    return found != m.alive_pinned.end() && place + bytes <= found->first + found->second;
}

Cell* device_cells() { return memory().cells; }
const void* device_address(const Cell* cell) { return memory().range + (cell - memory().cells) * cell_bytes; }
std::size_t device_offset(const void* at) {
    return static_cast<std::size_t>(static_cast<const std::byte*>(at) - memory().range);
}

const char* what_is_wrong(const void* at) {
    Memory& m = memory();
    const std::lock_guard guard(m.lock);
    auto* place = static_cast<std::byte*>(const_cast<void*>(at));
    const auto freed = at_or_before(m.freed, place);
    const bool was_there = freed != m.freed.end() && place < freed->first + freed->second.bytes;
    return was_there ? "use after free" : "out of bounds";
}

std::size_t allocated(int device) {
    Memory& m = memory();
    const std::lock_guard guard(m.lock);
    return m.of_device[device];
}

void fail_allocation(std::int64_t k) {
    const std::lock_guard guard(memory().lock);
    memory().until_failure = k;
}

void report_leaks() {
    Memory& m = memory();
    const std::lock_guard guard(m.lock);
    for (const auto& [device, bytes] : m.of_device) {
        if (bytes != 0) {
            report("leak", std::to_string(bytes) + " bytes of the memory of device " + std::to_string(device));
        }
    }
    if (!m.alive_pinned.empty()) {
        report("leak", std::to_string(m.alive_pinned.size()) + " allocations of pinned memory");
    }
}

bool any_pinned() { return memory().next_pinned != page; }

std::uint64_t pinned_digest() {
    Memory& m = memory();
    const std::lock_guard guard(m.lock);
    std::uint64_t digest = 14695981039346656037u;
    for (const auto& [at, bytes] : m.alive_pinned) {
        for (std::size_t k = 0; k < std::min<std::size_t>(bytes, 64); ++k) {
            digest =
                (digest ^ static_cast<std::uint64_t>(static_cast<const volatile std::byte*>(at)[k])) * 1099511628211u;
        }
    }
    return digest;
}

void check_read(const void* from, std::size_t bytes, const char* call) { check_range(from, bytes, call, true); }

void check_write(void* to, std::size_t bytes, const char* call) {
    const std::size_t offset = check_range(to, bytes, call, false);
    if (bytes > 0 && watching()) {
        make_valid(memory().cells, offset, bytes);
    }
}

}  // namespace emulator
