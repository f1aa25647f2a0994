#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "datasets/array_values_impl.hpp"

namespace syncache::array {

void refuse(const std::filesystem::path& file, std::string_view message) {
    throw std::invalid_argument(fmt::format("{}: {}", file.string(), message));
}

std::int64_t count(const std::vector<std::int64_t>& sizes) {
    std::int64_t product = 1;
    for (const std::int64_t size : sizes) {
        product *= size;
    }
    return product;
}

void check_product(const UnpackedFile& source, const std::vector<std::int64_t>& sizes, std::size_t value_bytes,
                   std::string_view where) {
    auto total = static_cast<std::int64_t>(value_bytes);
    bool good = true;
    for (const std::int64_t size : sizes) {
        good = good && !__builtin_mul_overflow(total, size, &total);
    }
    if (!good) {
        refuse(source.file(),
               fmt::format("{}sizes {}; allowed: a product that fits in memory", where, fmt::join(sizes, " x ")));
    }
}

void check_length(UnpackedFile& source, const std::vector<std::int64_t>& sizes, std::size_t value_bytes) {
    constexpr std::uintmax_t best_compression = 1032;  // of deflate: 258 bytes from 2 bits
    const auto wanted = source.offset() + static_cast<std::uintmax_t>(count(sizes)) * value_bytes;
    const bool is_gzip = source.is_gzip();
    const std::uintmax_t most = is_gzip ? source.file_bytes() * best_compression : source.file_bytes();
    if (wanted > most || (!is_gzip && wanted != most)) {
        refuse(source.file(), fmt::format("sizes {}: the file has {}{} bytes; allowed: {}", fmt::join(sizes, " x "),
                                          is_gzip ? "at most " : "", most, wanted));
    }
}

}  // namespace syncache::array
