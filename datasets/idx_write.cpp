#include <fmt/format.h>
#include <zlib.h>

#include <bit>
#include <cerrno>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "datasets/idx.hpp"

namespace syncache {
namespace {

template <class T>
constexpr char type_of() {
    return std::same_as<T, double> ? 14 : (std::same_as<T, std::int8_t> ? 9 : 8);
}

template <class Unsigned>
void append_big_endian(std::string& bytes, Unsigned value) {
    for (std::size_t i = sizeof(Unsigned); i-- > 0;) {
        bytes += static_cast<char>((value >> (8 * i)) & 0xffU);
    }
}

std::string header_bytes(const std::filesystem::path& file, char type, const std::vector<std::int64_t>& sizes,
                         std::size_t n_values) {
    std::string bytes{0, 0, type, static_cast<char>(sizes.size())};
    std::size_t product = 1;
    bool good = !sizes.empty() && sizes.size() <= 255;
    for (const std::int64_t size : sizes) {
        good = good && size >= 0 && size <= std::numeric_limits<std::uint32_t>::max() &&
               !__builtin_mul_overflow(product, static_cast<std::size_t>(size), &product);
        append_big_endian(bytes, static_cast<std::uint32_t>(size));
    }
    if (!good || product != n_values) {
        throw std::invalid_argument(
            fmt::format("{}: sizes {} for {} values; allowed: 1 to 255 sizes of 32 bits whose product is "
                        "the number of values",
                        file.string(), fmt::join(sizes, " x "), n_values));
    }
    return bytes;
}

// Writes through a file beside it, so that there is never half a file of that name.
void write_file(const std::filesystem::path& file, std::string_view bytes) {
    const std::filesystem::path part = file.string() + ".part";
    const char* const mode = file.extension() == ".gz" ? "wb" : "wbT";  // T: as it is, not packed
    errno = 0;
    const gzFile stream = gzopen(part.c_str(), mode);
    bool good = stream != nullptr;
    constexpr std::size_t most_bytes = std::size_t{1} << 30;  // gzwrite counts in 32 bits
    for (std::size_t done = 0; good && done < bytes.size(); done += most_bytes) {
        const std::string_view piece = bytes.substr(done, most_bytes);
        good = gzwrite(stream, piece.data(), static_cast<unsigned int>(piece.size())) == static_cast<int>(piece.size());
    }
    if (stream != nullptr) {
        good = gzclose_w(stream) == Z_OK && good;
    }
    std::error_code error(good ? 0 : (errno != 0 ? errno : EIO), std::generic_category());
    if (good) {
        std::filesystem::rename(part, file, error);
    }
    if (error) {
        std::error_code ignored;
        std::filesystem::remove(part, ignored);
        throw std::runtime_error(fmt::format("{}: cannot be written: {}", file.string(), error.message()));
    }
}

}  // namespace

template <class T>
void write_idx(const std::filesystem::path& file, const std::vector<std::int64_t>& sizes,
               const std::vector<T>& values) {
    std::string bytes = header_bytes(file, type_of<T>(), sizes, values.size());
    bytes.reserve(bytes.size() + values.size() * sizeof(T));
    for (const T value : values) {
        if constexpr (std::same_as<T, double>) {
            append_big_endian(bytes, std::bit_cast<std::uint64_t>(value));
        } else {
            bytes += static_cast<char>(value);
        }
    }
    write_file(file, bytes);
}

template void write_idx(const std::filesystem::path&, const std::vector<std::int64_t>&,
                        const std::vector<std::int8_t>&);
template void write_idx(const std::filesystem::path&, const std::vector<std::int64_t>&,
                        const std::vector<std::uint8_t>&);
template void write_idx(const std::filesystem::path&, const std::vector<std::int64_t>&, const std::vector<double>&);

}  // namespace syncache
