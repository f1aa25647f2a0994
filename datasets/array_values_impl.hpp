#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "datasets/unpacked_file.hpp"

// Internal to datasets/: what readers of arrays, IDX and NumPy, have in common.
namespace syncache::array {

inline constexpr std::size_t piece_bytes = std::size_t{1} << 16;

// Throws std::invalid_argument "<file>: <message>".
[[noreturn]] void refuse(const std::filesystem::path& file, std::string_view message);

// Product of the sizes; a header that was read fits in 64 bits.
std::int64_t count(const std::vector<std::int64_t>& sizes);

// Refuses sizes whose product, in bytes, cannot be counted in 64 bits with a sign.
void check_product(const UnpackedFile& source, const std::vector<std::int64_t>& sizes, std::size_t value_bytes,
                   std::string_view where);

// Refuses sizes that the file's length cannot hold, before anything of that size is allocated. To be called where the
// values begin.
void check_length(UnpackedFile& source, const std::vector<std::int64_t>& sizes, std::size_t value_bytes);

template <std::size_t n_bytes>
using Unsigned = std::conditional_t<
    n_bytes == 8, std::uint64_t,
    std::conditional_t<n_bytes == 4, std::uint32_t, std::conditional_t<n_bytes == 2, std::uint16_t, std::uint8_t>>>;

// A number of any type from its bytes.
template <class Stored>
Stored value_of(const unsigned char* bytes, std::endian order) {
    Unsigned<sizeof(Stored)> value = 0;
    for (std::size_t i = 0; i < sizeof(Stored); ++i) {
        const std::size_t place = order == std::endian::big ? i : sizeof(Stored) - 1 - i;
        value = static_cast<decltype(value)>(static_cast<std::uint64_t>(value) << 8U | bytes[place]);
    }
    return std::bit_cast<Stored>(value);
}

template <class T, class Stored>
bool can_hold(Stored value) {
    if constexpr (std::floating_point<T> || std::same_as<T, Stored>) {
        return true;
    } else if constexpr (std::floating_point<Stored>) {
        // Every value of T is a double, so the comparisons are exact; false for a NaN.
        return value >= std::numeric_limits<T>::min() && value <= std::numeric_limits<T>::max() &&
               static_cast<Stored>(static_cast<T>(value)) == value;
    } else {
        return std::in_range<T>(value);
    }
}

// Reads the rest of the file: as many values of type Stored as the sizes say, and nothing behind them.
template <class T, class Stored>
std::vector<T> read_values(UnpackedFile& source, const std::vector<std::int64_t>& sizes, std::endian order) {
    const auto n_values = static_cast<std::size_t>(count(sizes));
    std::vector<T> values;
    if (!source.is_gzip()) {
        values.reserve(n_values);  // the length has been checked; of a gzip file only a bound is known
    }
    std::vector<unsigned char> piece(piece_bytes);
    while (values.size() < n_values) {
        const std::uintmax_t offset = source.offset();
        const std::size_t wanted = std::min(piece.size(), (n_values - values.size()) * sizeof(Stored));
        const std::size_t n_read = source.read(piece.data(), wanted);
        if (n_read < wanted) {
            refuse(source.file(),
                   fmt::format("ends at offset {}; allowed: {} bytes, for sizes {}", source.offset(),
                               offset + (n_values - values.size()) * sizeof(Stored), fmt::join(sizes, " x ")));
        }
        for (std::size_t i = 0; i < n_read; i += sizeof(Stored)) {
            const auto value = value_of<Stored>(piece.data() + i, order);
            if (!can_hold<T>(value)) {
                refuse(source.file(), fmt::format("offset {}: {}; allowed: an integer >= {} and <= {}", offset + i,
                                                  value, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
            }
            values.push_back(static_cast<T>(value));
        }
    }
    unsigned char more = 0;
    if (source.read(&more, 1) > 0) {  // also has zlib compare the checksum at the end of a gzip file
        refuse(source.file(), fmt::format("offset {}: more bytes; allowed: the end of the file, for sizes {}",
                                          source.offset() - 1, fmt::join(sizes, " x ")));
    }
    return values;
}

}  // namespace syncache::array
