// Arrays from files: IDX and NumPy's, gzip or not, as every parameter that names a file of numbers takes them.

#include <zlib.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <vector>

#include "datasets/array_file.hpp"
#include "datasets/idx.hpp"
#include "tests/fuzz/fuzzing.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace syncache::fuzz {
namespace {

using Unsigned = std::uint64_t;

bool same(double a, double b) { return std::bit_cast<Unsigned>(a) == std::bit_cast<Unsigned>(b); }

// What has been read and is written reads back to the same.
template <class T>
void check_round_trip(const ArrayHeader& header, const std::vector<T>& values) {
    for (const std::int64_t size : header.sizes) {
        if (size > UINT32_MAX) {
            return;  // more than IDX can say: an array without values
        }
    }
    if (header.sizes.size() > 255) {
        return;
    }
    const std::filesystem::path file = folder() / "again.idx";
    write_idx(file, header.sizes, values);
    ArrayHeader again;
    const std::vector<T> read = read_array<T>(file, again);
    expect(again.sizes == header.sizes && read.size() == values.size(), "the sizes are others once written and read");
    for (std::size_t i = 0; i < values.size(); ++i) {
        expect(same(static_cast<double>(values[i]), static_cast<double>(read[i])), "a value is another once written");
    }
}

template <class T>
void read(const std::filesystem::path& file, const ArrayHeader* expected) {
    try {
        ArrayHeader header;
        const std::vector<T> values = read_array<T>(file, header);
        expect(expected != nullptr && header.sizes == expected->sizes, "the header tells other sizes than the array");
        expect(static_cast<std::int64_t>(values.size()) == header.count(), "not as many values as the sizes say");
        check_round_trip(header, values);
    } catch (const std::invalid_argument&) {
    }
}

std::vector<std::uint8_t> packed(Bytes bytes) {
    z_stream stream{};
    deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
    std::vector<std::uint8_t> result(deflateBound(&stream, bytes.size()));
    stream.next_in = const_cast<Bytef*>(bytes.data());
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = result.data();
    stream.avail_out = static_cast<uInt>(result.size());
    deflate(&stream, Z_FINISH);
    result.resize(stream.total_out);
    deflateEnd(&stream);
    return result;
}

// Up to `most` bytes; none of what is no gzip stream.
std::vector<std::uint8_t> unpacked(Bytes bytes, std::size_t most) {
    z_stream stream{};
    inflateInit2(&stream, MAX_WBITS + 16);
    std::vector<std::uint8_t> result(most);
    stream.next_in = const_cast<Bytef*>(bytes.data());
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = result.data();
    stream.avail_out = static_cast<uInt>(result.size());
    const int code = inflate(&stream, Z_FINISH);
    result.resize(code == Z_STREAM_END || code == Z_BUF_ERROR ? stream.total_out : 0);
    inflateEnd(&stream);
    return result;
}

}  // namespace
}  // namespace syncache::fuzz

using namespace syncache;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::filesystem::path file = fuzz::write_file("array", fuzz::as_text({data, size}));
    ArrayHeader header;
    const ArrayHeader* expected = nullptr;
    try {
        header = read_array_header(file);
        expected = &header;
    } catch (const std::invalid_argument&) {
    }
    fuzz::read<std::uint8_t>(file, expected);
    fuzz::read<std::int8_t>(file, expected);
    fuzz::read<double>(file, expected);
    return 0;
}

// A gzip stream is changed inside, mostly: its sum would tell of any other change.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned int seed) {
    std::minstd_rand random(seed);
    constexpr std::size_t most = std::size_t{1} << 16;
    std::vector<std::uint8_t> inner = random() % 8 != 0 ? fuzz::unpacked({data, size}, most) : fuzz::unpacked({}, most);
    const bool pack_anew = inner.empty() && random() % 64 == 0;
    if (inner.empty() && !pack_anew) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    if (pack_anew) {
        inner.assign(data, data + size);
    }
    const std::size_t n_inner = inner.size();
    inner.resize(most);
    inner.resize(LLVMFuzzerMutate(inner.data(), n_inner, most));
    const std::vector<std::uint8_t> result = fuzz::packed(inner);
    if (result.size() > max_size) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    std::memcpy(data, result.data(), result.size());
    return result.size();
}
