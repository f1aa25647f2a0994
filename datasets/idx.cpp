#include "datasets/idx.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "datasets/array_values_impl.hpp"
#include "datasets/unpacked_file.hpp"

namespace syncache {
namespace {

// Bytes of a value of an IDX type; 0 for a type that there is not.
std::size_t value_bytes(int type) {
    switch (type) {
        case 8:
        case 9:
            return 1;
        case 11:
            return 2;
        case 12:
        case 13:
            return 4;
        case 14:
            return 8;
        default:
            return 0;
    }
}

IdxHeader read_header(UnpackedFile& source) {
    std::array<unsigned char, 4> start{};
    const std::size_t n_start = source.read(start.data(), start.size());
    if (n_start < start.size()) {
        array::refuse(source.file(),
                      fmt::format("header: {} bytes; allowed: an IDX file, 0 0 type ndim at its start", n_start));
    }
    if (start[0] != 0 || start[1] != 0) {
        array::refuse(source.file(),
                      fmt::format("offset 0: {} {}; allowed: 0 0, as an IDX file starts, or a NumPy array (.npy)",
                                  start[0], start[1]));
    }
    IdxHeader header;
    header.type = start[2];
    if (value_bytes(header.type) == 0) {
        array::refuse(source.file(), fmt::format("offset 2: type {}; allowed: 8, 9, 11, 12, 13 or 14", header.type));
    }
    if (start[3] == 0) {
        array::refuse(source.file(), "offset 3: 0 dimensions; allowed: at least 1");
    }
    for (int i = 0; i < start[3]; ++i) {
        std::array<unsigned char, 4> size{};
        if (source.read(size.data(), size.size()) < size.size()) {
            array::refuse(source.file(),
                          fmt::format("header: ends after {} bytes; allowed: {}", source.offset(), 4 + 4 * start[3]));
        }
        header.sizes.push_back(array::value_of<std::uint32_t>(size.data(), std::endian::big));
    }
    array::check_product(source, header.sizes, value_bytes(header.type), "offset 4: ");
    return header;
}

}  // namespace

std::int64_t IdxHeader::count() const { return array::count(sizes); }

IdxHeader read_idx_header(const std::filesystem::path& file) {
    UnpackedFile source(file);
    return read_header(source);
}

template <class T>
std::vector<T> read_idx(const std::filesystem::path& file, IdxHeader& header) {
    UnpackedFile source(file);
    header = read_header(source);
    array::check_length(source, header.sizes, value_bytes(header.type));
    switch (header.type) {
        case 8:
            return array::read_values<T, std::uint8_t>(source, header.sizes, std::endian::big);
        case 9:
            return array::read_values<T, std::int8_t>(source, header.sizes, std::endian::big);
        case 11:
            return array::read_values<T, std::int16_t>(source, header.sizes, std::endian::big);
        case 12:
            return array::read_values<T, std::int32_t>(source, header.sizes, std::endian::big);
        case 13:
            return array::read_values<T, float>(source, header.sizes, std::endian::big);
        default:
            return array::read_values<T, double>(source, header.sizes,
                                                 std::endian::big);  // read_header lets no other type through
    }
}

template std::vector<std::int8_t> read_idx(const std::filesystem::path&, IdxHeader&);
template std::vector<std::uint8_t> read_idx(const std::filesystem::path&, IdxHeader&);
template std::vector<double> read_idx(const std::filesystem::path&, IdxHeader&);

}  // namespace syncache
