#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace syncache {

// The header of a NumPy array file (.npy, format 1 to 3): "\x93NUMPY", version, length, and a dictionary of type, order
// and sizes. Types that are read: b1, u1, i1, u2, i2, u4, i4, u8, i8, f4, f8, of either byte order.
struct NpyHeader {
    std::string type;                 // as NumPy writes it: "<f8", "|u1"
    bool column_major = false;        // fortran_order: the first index runs fastest
    std::vector<std::int64_t> sizes;  // at least one
};

// Whether the file, gzip or not, begins as a NumPy array does. Throws std::invalid_argument if it cannot be read.
bool is_npy(const std::filesystem::path& file);

// As read_idx_header and read_idx (idx.hpp); values come in row-major order, whatever the file's.
NpyHeader read_npy_header(const std::filesystem::path& file);
template <class T>
std::vector<T> read_npy(const std::filesystem::path& file, NpyHeader& header);

}  // namespace syncache
