#include "datasets/idx.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace syncache {
namespace {

constexpr std::size_t piece_bytes = std::size_t{1} << 16;

[[noreturn]] void refuse(const std::filesystem::path& file, std::string_view message) {
    throw std::invalid_argument(fmt::format("{}: {}", file.string(), message));
}

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

// The unpacked bytes of a file, gzip or not, from the beginning.
class Source {
  public:
    explicit Source(const std::filesystem::path& file) : file_(file), stream_(nullptr, &gzclose_r) {
        std::error_code error;
        file_bytes_ = std::filesystem::file_size(file, error);
        if (error) {
            refuse(file, fmt::format("cannot be read: {}", error.message()));
        }
        errno = 0;
        stream_.reset(gzopen(file.c_str(), "rb"));
        if (!stream_) {
            refuse(file, fmt::format("cannot be read: {}", std::strerror(errno != 0 ? errno : ENOMEM)));
        }
        gzbuffer(stream_.get(), 2 * piece_bytes);
    }

    // Reads `n` bytes, or as many as there are; returns how many.
    std::size_t read(unsigned char* target, std::size_t n) {
        std::size_t n_read = 0;
        while (n_read < n) {
            const auto part = static_cast<unsigned int>(std::min(n - n_read, piece_bytes));
            errno = 0;
            const int got = gzread(stream_.get(), target + n_read, part);
            if (got <= 0) {
                refuse_if_broken(n_read);
            }
            if (got == 0) {
                break;
            }
            n_read += static_cast<std::size_t>(got);
        }
        offset_ += n_read;
        return n_read;
    }

    const std::filesystem::path& file() const { return file_; }
    std::uintmax_t offset() const { return offset_; }
    std::uintmax_t file_bytes() const { return file_bytes_; }
    bool is_gzip() { return gzdirect(stream_.get()) == 0; }

  private:
    // Throws where the last gzread met an error: damage, or the end within a gzip stream. `n_read`: since offset_.
    void refuse_if_broken(std::size_t n_read) {
        const int system_error = errno;
        int code = Z_OK;
        std::string_view reason = gzerror(stream_.get(), &code);
        if (code == Z_OK || code == Z_STREAM_END) {
            return;
        }
        const std::string name = file_.string() + ": ";
        reason.remove_prefix(reason.starts_with(name) ? name.size() : 0);
        refuse(file_, fmt::format("offset {}: cannot be unpacked: {}; allowed: an IDX file, gzip or not",
                                  offset_ + n_read, code == Z_ERRNO ? std::strerror(system_error) : reason));
    }

    std::filesystem::path file_;
    std::unique_ptr<std::remove_pointer_t<gzFile>, int (*)(gzFile)> stream_;
    std::uintmax_t file_bytes_ = 0;
    std::uintmax_t offset_ = 0;  // in the unpacked bytes
};

template <class Unsigned>
Unsigned big_endian(const unsigned char* bytes) {
    Unsigned value = 0;
    for (std::size_t i = 0; i < sizeof(Unsigned); ++i) {
        value = static_cast<Unsigned>(static_cast<std::uint64_t>(value) << 8U | bytes[i]);
    }
    return value;
}

// Whether the sizes' product, in bytes, can be counted in 64 bits with a sign.
bool fits(const IdxHeader& header) {
    auto total = static_cast<std::int64_t>(value_bytes(header.type));
    bool good = true;
    for (const std::int64_t size : header.sizes) {
        good = good && !__builtin_mul_overflow(total, size, &total);
    }
    return good;
}

IdxHeader read_header(Source& source) {
    std::array<unsigned char, 4> start{};
    const std::size_t n_start = source.read(start.data(), start.size());
    if (n_start < start.size()) {
        refuse(source.file(),
               fmt::format("header: {} bytes; allowed: an IDX file, 0 0 type ndim at its start", n_start));
    }
    if (start[0] != 0 || start[1] != 0) {
        refuse(source.file(), fmt::format("offset 0: {} {}; allowed: 0 0, as an IDX file starts", start[0], start[1]));
    }
    IdxHeader header;
    header.type = start[2];
    if (value_bytes(header.type) == 0) {
        refuse(source.file(), fmt::format("offset 2: type {}; allowed: 8, 9, 11, 12, 13 or 14", header.type));
    }
    if (start[3] == 0) {
        refuse(source.file(), "offset 3: 0 dimensions; allowed: at least 1");
    }
    for (int i = 0; i < start[3]; ++i) {
        std::array<unsigned char, 4> size{};
        if (source.read(size.data(), size.size()) < size.size()) {
            refuse(source.file(),
                   fmt::format("header: ends after {} bytes; allowed: {}", source.offset(), 4 + 4 * start[3]));
        }
        header.sizes.push_back(big_endian<std::uint32_t>(size.data()));
    }
    if (!fits(header)) {
        refuse(source.file(), fmt::format("offset 4: sizes {}; allowed: a product that fits in memory",
                                          fmt::join(header.sizes, " x ")));
    }
    return header;
}

// Refuses sizes that the file's length cannot hold, before anything of that size is allocated.
void check_length(Source& source, const IdxHeader& header) {
    constexpr std::uintmax_t best_compression = 1032;  // of deflate: 258 bytes from 2 bits
    const auto wanted = source.offset() + static_cast<std::uintmax_t>(header.count()) * value_bytes(header.type);
    const bool is_gzip = source.is_gzip();
    const std::uintmax_t most = is_gzip ? source.file_bytes() * best_compression : source.file_bytes();
    if (wanted > most || (!is_gzip && wanted != most)) {
        refuse(source.file(), fmt::format("sizes {}: the file has {}{} bytes; allowed: {}",
                                          fmt::join(header.sizes, " x "), is_gzip ? "at most " : "", most, wanted));
    }
}

template <class Stored>
Stored stored_value(const unsigned char* bytes) {
    if constexpr (sizeof(Stored) == 8) {
        return std::bit_cast<Stored>(big_endian<std::uint64_t>(bytes));
    } else if constexpr (sizeof(Stored) == 4) {
        return std::bit_cast<Stored>(big_endian<std::uint32_t>(bytes));
    } else if constexpr (sizeof(Stored) == 2) {
        return std::bit_cast<Stored>(big_endian<std::uint16_t>(bytes));
    } else {
        return std::bit_cast<Stored>(bytes[0]);
    }
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

// Reads `header.count()` values of type Stored.
template <class T, class Stored>
std::vector<T> read_values(Source& source, const IdxHeader& header) {
    const auto n_values = static_cast<std::size_t>(header.count());
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
                               offset + (n_values - values.size()) * sizeof(Stored), fmt::join(header.sizes, " x ")));
        }
        for (std::size_t i = 0; i < n_read; i += sizeof(Stored)) {
            const auto value = stored_value<Stored>(piece.data() + i);
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
                                          source.offset() - 1, fmt::join(header.sizes, " x ")));
    }
    return values;
}

}  // namespace

std::int64_t IdxHeader::count() const {
    std::int64_t product = 1;
    for (const std::int64_t size : sizes) {
        product *= size;
    }
    return product;
}

IdxHeader read_idx_header(const std::filesystem::path& file) {
    Source source(file);
    return read_header(source);
}

template <class T>
std::vector<T> read_idx(const std::filesystem::path& file, IdxHeader& header) {
    Source source(file);
    header = read_header(source);
    check_length(source, header);
    switch (header.type) {
        case 8:
            return read_values<T, std::uint8_t>(source, header);
        case 9:
            return read_values<T, std::int8_t>(source, header);
        case 11:
            return read_values<T, std::int16_t>(source, header);
        case 12:
            return read_values<T, std::int32_t>(source, header);
        case 13:
            return read_values<T, float>(source, header);
        default:
            return read_values<T, double>(source, header);  // read_header lets no other type through
    }
}

template std::vector<std::int8_t> read_idx(const std::filesystem::path&, IdxHeader&);
template std::vector<std::uint8_t> read_idx(const std::filesystem::path&, IdxHeader&);
template std::vector<double> read_idx(const std::filesystem::path&, IdxHeader&);

}  // namespace syncache
