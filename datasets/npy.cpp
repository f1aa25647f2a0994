#include "datasets/npy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "datasets/array_values_impl.hpp"
#include "datasets/unpacked_file.hpp"

namespace syncache {
namespace {

constexpr std::string_view magic("\x93NUMPY", 6);
constexpr const char* allowed_types = "b1, u1, i1, u2, i2, u4, i4, u8, i8, f4, f8 of either byte order";

// Bytes of a value; 0 for a type that is not read.
std::size_t value_bytes(std::string_view type) {
    constexpr std::array<std::string_view, 11> known{"b1", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"};
    const bool has_order = !type.empty() && std::string_view("<>|=").find(type.front()) != std::string_view::npos;
    const std::string_view kind = has_order ? type.substr(1) : "";
    const bool is_known = std::find(known.begin(), known.end(), kind) != known.end();
    return is_known ? static_cast<std::size_t>(kind[1] - '0') : 0;
}

std::endian order_of(std::string_view type) { return type.front() == '>' ? std::endian::big : std::endian::little; }

// What stands behind `'key':` in a dictionary as Python prints it, without spaces before it.
std::string_view entry(std::string_view dictionary, std::string_view key) {
    const std::size_t at = dictionary.find(fmt::format("'{}':", key));
    if (at == std::string_view::npos) {
        return "";
    }
    std::string_view rest = dictionary.substr(at + key.size() + 3);
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    return rest;
}

// "(3, 4)", "(3,)", "()"; nothing for anything else.
std::optional<std::vector<std::int64_t>> sizes_of(std::string_view tuple) {
    const std::size_t end = tuple.find(')');
    if (!tuple.starts_with('(') || end == std::string_view::npos) {
        return std::nullopt;
    }
    std::vector<std::int64_t> sizes;
    std::string_view rest = tuple.substr(1, end - 1);
    while (rest.find_first_not_of(" ,") != std::string_view::npos) {
        rest.remove_prefix(rest.find_first_not_of(" ,"));
        std::int64_t size = 0;
        const auto [next, error] = std::from_chars(rest.data(), rest.data() + rest.size(), size);
        if (error != std::errc() || size < 0) {
            return std::nullopt;
        }
        sizes.push_back(size);
        rest.remove_prefix(static_cast<std::size_t>(next - rest.data()));
    }
    return sizes;
}

std::string read_dictionary(UnpackedFile& source) {
    std::array<unsigned char, 8> start{};
    const std::size_t n_start = source.read(start.data(), start.size());
    if (n_start < start.size() || !std::equal(
                                      magic.begin(), magic.end(), start.begin(),
                                      [](char a, unsigned char b) { return static_cast<unsigned char>(a) == b; })) {
        array::refuse(source.file(), "header: allowed: a NumPy array, \\x93NUMPY at its start");
    }
    if (start[6] < 1 || start[6] > 3) {
        array::refuse(source.file(), fmt::format("offset 6: version {}; allowed: 1, 2 or 3", start[6]));
    }
    constexpr std::size_t most_bytes = 1 << 16;  // of a header; NumPy's own have 118
    std::array<unsigned char, 4> length{};
    const std::size_t n_length = start[6] == 1 ? 2 : 4;
    const std::size_t n_read = source.read(length.data(), n_length);
    const auto n_bytes = array::value_of<std::uint32_t>(length.data(), std::endian::little);
    std::string text(std::min<std::size_t>(n_bytes, most_bytes), ' ');
    if (n_read < n_length || n_bytes > most_bytes ||
        source.read(reinterpret_cast<unsigned char*>(text.data()), text.size()) < text.size()) {
        array::refuse(source.file(), fmt::format("header: ends after {} bytes; allowed: {}", source.offset(),
                                                 start.size() + n_length + n_bytes));
    }
    return text;
}

NpyHeader read_header(UnpackedFile& source) {
    const std::string text = read_dictionary(source);
    NpyHeader header;
    const std::string_view type = entry(text, "descr");
    header.type = type.starts_with('\'') ? type.substr(1, type.find('\'', 1) - 1) : type.substr(0, type.find(','));
    if (value_bytes(header.type) == 0) {
        array::refuse(source.file(),
                      fmt::format("header: descr = {}; allowed: {}", header.type.substr(0, 40), allowed_types));
    }
    header.column_major = entry(text, "fortran_order").starts_with("True");
    const auto sizes = sizes_of(entry(text, "shape"));
    if (!sizes || sizes->empty()) {
        array::refuse(source.file(), fmt::format("header: shape = {}; allowed: at least one size",
                                                 entry(text, "shape").substr(0, 40)));
    }
    header.sizes = *sizes;
    array::check_product(source, header.sizes, value_bytes(header.type), "header: ");
    return header;
}

// From column-major to row-major order.
template <class T>
std::vector<T> transposed(const std::vector<T>& values, const std::vector<std::int64_t>& sizes) {
    std::vector<T> result;
    result.reserve(values.size());
    std::vector<std::size_t> index(sizes.size());
    for (std::size_t n = 0; n < values.size(); ++n) {
        std::size_t place = 0, stride = 1;
        for (std::size_t d = 0; d < sizes.size(); ++d) {
            place += index[d] * stride;
            stride *= static_cast<std::size_t>(sizes[d]);
        }
        result.push_back(values[place]);
        for (std::size_t d = sizes.size(); d-- > 0 && ++index[d] == static_cast<std::size_t>(sizes[d]);) {
            index[d] = 0;
        }
    }
    return result;
}

template <class T>
std::vector<T> values_of(UnpackedFile& source, const NpyHeader& header) {
    const std::endian order = order_of(header.type);
    const std::string_view kind = std::string_view(header.type).substr(1);
    const auto read = [&]<class Stored>(Stored) { return array::read_values<T, Stored>(source, header.sizes, order); };
    return kind == "i1"   ? read(std::int8_t{})
           : kind == "u2" ? read(std::uint16_t{})
           : kind == "i2" ? read(std::int16_t{})
           : kind == "u4" ? read(std::uint32_t{})
           : kind == "i4" ? read(std::int32_t{})
           : kind == "u8" ? read(std::uint64_t{})
           : kind == "i8" ? read(std::int64_t{})
           : kind == "f4" ? read(float{})
           : kind == "f8" ? read(double{})
                          : read(std::uint8_t{});  // u1 and b1: read_header lets no other type through
}

}  // namespace

bool is_npy(const std::filesystem::path& file) {
    UnpackedFile source(file);
    std::array<unsigned char, 2> start{};
    return source.read(start.data(), start.size()) == start.size() && start[0] == 0x93 && start[1] == 'N';
}

NpyHeader read_npy_header(const std::filesystem::path& file) {
    UnpackedFile source(file);
    return read_header(source);
}

template <class T>
std::vector<T> read_npy(const std::filesystem::path& file, NpyHeader& header) {
    UnpackedFile source(file);
    header = read_header(source);
    array::check_length(source, header.sizes, value_bytes(header.type));
    std::vector<T> values = values_of<T>(source, header);
    return header.column_major && header.sizes.size() > 1 ? transposed(values, header.sizes) : values;
}

template std::vector<std::int8_t> read_npy(const std::filesystem::path&, NpyHeader&);
template std::vector<std::uint8_t> read_npy(const std::filesystem::path&, NpyHeader&);
template std::vector<double> read_npy(const std::filesystem::path&, NpyHeader&);

}  // namespace syncache
