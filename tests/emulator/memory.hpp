#pragma once

#include <cstddef>
#include <cstdint>

#include "tests/emulator/shadow.hpp"

// The memory of the devices: one range of addresses, gaps between allocations, and no address used twice before the
// range is used up. Pinned host memory lies in a range of its own.
namespace emulator {

// Addresses of zeros, which take memory only where they are written.
std::byte* reserve(std::size_t bytes);

// Null where the device has no such room (or where it is to fail). Holds the poison.
void* allocate(int device, std::size_t bytes);

// At once. false: nothing begins there.
bool release(void* place);

void* allocate_pinned(std::size_t bytes);
bool release_pinned(void* place);

// Which device's memory an address lies in, or -1. Also of freed memory.
int device_of(const void* at);
bool in_device_memory(const void* at);
bool is_pinned(const void* at);

// The cells of device memory, and of an address there.
Cell* device_cells();
const void* device_address(const Cell* cell);
std::size_t device_offset(const void* at);

// "out of bounds" or "use after free": why device memory or pinned memory at this address must not be touched.
const char* what_is_wrong(const void* at);
bool pinned_alive(const void* at, std::size_t bytes);

std::size_t allocated(int device);

// The k-th allocation from now on fails; 0: none does.
void fail_allocation(std::int64_t k);

// Reports what is still allocated.
void report_leaks();

// A number that changes when the host has written to pinned memory.
std::uint64_t pinned_digest();
bool any_pinned();

// Where code of the host works on device memory: the bytes must be allocated, and what is read must have been written.
void check_read(const void* from, std::size_t bytes, const char* call);
void check_write(void* to, std::size_t bytes, const char* call);

}  // namespace emulator
