#include "host/store/blob.hpp"

#include <zlib.h>

#include <bit>
#include <cstddef>
#include <cstring>
#include <span>
#include <stdexcept>
#include <vector>

namespace syncache {

static_assert(std::endian::native == std::endian::little, "results files hold little-endian doubles");

std::vector<std::byte> pack_doubles(std::span<const double> values) {
    const auto raw = std::as_bytes(values);
    // Short blobs are stored as they are: deflating costs more time than it saves room.
    constexpr std::size_t worth_deflating = 256;
    if (raw.size() >= worth_deflating) {
        uLongf size = compressBound(raw.size());
        std::vector<std::byte> packed(size);
        const int code = compress2(reinterpret_cast<Bytef*>(packed.data()), &size,
                                   reinterpret_cast<const Bytef*>(raw.data()), raw.size(), Z_BEST_SPEED);
        if (code == Z_OK && size < raw.size()) {
            packed.resize(size);
            return packed;
        }
    }
    return {raw.begin(), raw.end()};
}

std::vector<double> unpack_doubles(std::span<const std::byte> bytes, std::size_t count) {
    constexpr std::size_t best_compression = 1032;  // of deflate: 258 bytes from 2 bits
    if (count > bytes.size() * best_compression / sizeof(double)) {
        throw std::runtime_error("a recorded array is damaged");
    }
    std::vector<double> values(count);
    uLongf size = count * sizeof(double);
    if (bytes.size() == size) {
        if (size != 0) {
            std::memcpy(values.data(), bytes.data(), size);
        }
        return values;
    }
    const int code = uncompress(reinterpret_cast<Bytef*>(values.data()), &size,
                                reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
    if (code != Z_OK || size != count * sizeof(double)) {
        throw std::runtime_error("a recorded array is damaged");
    }
    return values;
}

}  // namespace syncache
