#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace syncache {

// An IDX array: header `0 0 type ndim`, big-endian 32-bit sizes, big-endian values; gzip or not.
// Types: 8 unsigned byte, 9 signed byte, 11 int16, 12 int32, 13 float32, 14 float64.
struct IdxHeader {
    int type = 0;
    std::vector<std::int64_t> sizes;
    std::int64_t count() const;  // product of the sizes
};

// Reads the header only. Throws std::invalid_argument "<file>: <offset or field>: <found>; allowed: <...>" for a
// missing file, wrong magic, unknown type, sizes whose product overflows.
IdxHeader read_idx_header(const std::filesystem::path& file);

// Reads all values, converted to T (std::int8_t, std::uint8_t, double). Sizes are checked against the file's length
// before anything is allocated. Throws as above, for a truncated file or trailing bytes, and for a value that T cannot
// hold.
template <class T>
std::vector<T> read_idx(const std::filesystem::path& file, IdxHeader& header);

// Writes an IDX file of unsigned bytes, signed bytes or doubles by T; gzip if its name ends in ".gz". What was there is
// replaced once all is written. Throws std::invalid_argument where sizes and number of values disagree,
// std::runtime_error
// "<file>: cannot be written: <reason>".
template <class T>
void write_idx(const std::filesystem::path& file, const std::vector<std::int64_t>& sizes, const std::vector<T>& values);

}  // namespace syncache
