#pragma once

#include <cstddef>
#include <cstdint>

namespace emulator {

inline constexpr std::size_t cell_bytes = 4;

// Who accessed something: enough to say whether a later access is ordered after it.
struct Access {
    std::uint32_t block = 0;       // its serial number; 0: nobody
    std::uint32_t epoch = 0;       // of the block: changes with its barriers
    std::uint32_t warp_epoch = 0;  // of the warp: changes with its __syncwarp
    std::uint32_t code = 0;        // address, see to_offset()
    std::uint16_t thread = 0;      // or many_in_warp | warp, or many
    std::uint8_t mask = 0;         // of the cell's bytes
    std::uint8_t atomic = 0;
};
inline constexpr std::uint16_t many = 0xffff, many_in_warp = 0x8000;

// What is known of four bytes of device memory or of a block's shared memory. All zeros: not allocated.
struct Cell {
    Access write, read;       // the last of each; several readers that nothing orders are one `many`
    std::uint32_t owner = 0;  // of shared memory: the block that the rest is about
    std::uint8_t allocated = 0, valid = 0, forbidden = 0;  // masks of its bytes
};

void mark_cells(Cell* cells, std::size_t offset, std::size_t bytes, bool allocated, bool valid);
void make_valid(Cell* cells, std::size_t offset, std::size_t bytes);

// Of all bytes of a range.
struct Touched {
    bool allocated = true, valid = true;
};
Touched look_at_cells(const Cell* cells, std::size_t offset, std::size_t bytes);

// Bytes from `offset` on of device memory, or of the shared memory of block `owner` (0: device memory).
struct Place {
    Cell* cells = nullptr;
    std::size_t offset = 0, bytes = 0;
    std::uint32_t owner = 0;
};
enum class Kind { read, write, atomic };

// Checks an access of the running thread and remembers it.
void check_access(const Place& place, Kind kind, const void* code);

// Code of the running thread's launch that has written one of these bytes of device memory; null: there is none.
const void* written_in_launch(const Place& place);

// Bytes that nobody may touch: between two arrays of one allocation. For the life of the allocation or the block.
void forbid_cells(const Place& place);

// Takes that back, and makes the bytes uninitialised.
void renew_cells(const Place& place);

}  // namespace emulator
