#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace syncache {

// An array from a file of the user's: IDX (idx.hpp) or NumPy's .npy (npy.hpp), told apart by its first bytes; gzip or
// not.
struct ArrayHeader {
    std::vector<std::int64_t> sizes;  // at least one
    bool unsigned_bytes = false;      // whether values are stored as unsigned bytes
    std::int64_t count() const;       // product of the sizes
};

// Reads the header only. Throws std::invalid_argument "<file>: <offset or field>: <found>; allowed: <...>".
ArrayHeader read_array_header(const std::filesystem::path& file);

// Reads all values, in row-major order, converted to T (std::int8_t, std::uint8_t, double). Throws as above, also for a
// value that T cannot hold, a truncated file or trailing bytes.
template <class T>
std::vector<T> read_array(const std::filesystem::path& file, ArrayHeader& header);

}  // namespace syncache
