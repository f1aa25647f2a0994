#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <ios>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "datasets/idx.hpp"
#include "tests/support/scratch.hpp"

namespace syncache {
namespace {

using test::message_of;
using test::Scratch;

std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

std::string raw(std::initializer_list<int> values) {
    std::string bytes;
    for (const int value : values) {
        bytes += static_cast<char>(value);
    }
    return bytes;
}

template <class T>
std::vector<T> read(const std::filesystem::path& file) {
    IdxHeader header;
    return read_idx<T>(file, header);
}

// What the refusal says after the file's name.
template <class T = double>
std::string refusal(const std::filesystem::path& file) {
    const std::string message = message_of<std::invalid_argument>([&] { read<T>(file); });
    const std::string start = file.string() + ": ";
    EXPECT_EQ(message.substr(0, start.size()), start);
    return message.substr(std::min(start.size(), message.size()));
}

class IdxPacked : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Packing, IdxPacked, ::testing::Values("a.idx2", "a.idx2.gz"));

TEST_P(IdxPacked, WritesAndReads) {
    const Scratch scratch;
    const auto file = scratch / GetParam();
    const std::vector<std::int8_t> signs{1, -1, -128, 127, 0, -1};
    write_idx(file, {2, 3}, signs);
    IdxHeader header;
    EXPECT_EQ(read_idx<std::int8_t>(file, header), signs);
    EXPECT_EQ(header.type, 9);
    EXPECT_EQ(header.sizes, (std::vector<std::int64_t>{2, 3}));
    EXPECT_EQ(header.count(), 6);
    EXPECT_EQ(read_idx_header(file).sizes, header.sizes);
    EXPECT_EQ(read<double>(file), (std::vector<double>{1, -1, -128, 127, 0, -1}));

    const std::vector<double> numbers{0.1, -1e300, std::numeric_limits<double>::denorm_min(), INFINITY};
    write_idx(file, {4}, numbers);
    EXPECT_EQ(read<double>(file), numbers);

    const std::vector<std::uint8_t> many(200'000, 200);  // more than one piece
    write_idx(file, {1000, 200}, many);
    EXPECT_EQ(read<std::uint8_t>(file), many);
    write_idx(file, {0}, std::vector<double>{});
    EXPECT_TRUE(read<double>(file).empty());
}

TEST(Idx, PacksByTheNameOnly) {
    const Scratch scratch;
    write_idx(scratch / "a.idx1", {2}, std::vector<std::uint8_t>{7, 255});
    EXPECT_EQ(bytes_of(scratch / "a.idx1"), raw({0, 0, 8, 1, 0, 0, 0, 2, 7, 255}));
    write_idx(scratch / "a.gz", {2}, std::vector<std::uint8_t>{7, 255});
    EXPECT_EQ(bytes_of(scratch / "a.gz").substr(0, 2), raw({0x1f, 0x8b}));
    std::filesystem::rename(scratch / "a.gz", scratch / "b.idx1");
    EXPECT_EQ(read<std::uint8_t>(scratch / "b.idx1"), (std::vector<std::uint8_t>{7, 255}));
}

TEST(Idx, ReadsTheOtherTypes) {
    const Scratch scratch;
    const auto int16 = scratch.write("int16", raw({0, 0, 11, 1, 0, 0, 0, 2, 0xff, 0xfe, 1, 0}));
    EXPECT_EQ(read<double>(int16), (std::vector<double>{-2, 256}));
    const auto int32 = scratch.write("int32", raw({0, 0, 12, 1, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0x80}));
    EXPECT_EQ(read<std::int8_t>(int32), (std::vector<std::int8_t>{-128}));
    const auto float32 = scratch.write("float32", raw({0, 0, 13, 1, 0, 0, 0, 1, 0xbf, 0xc0, 0, 0}));
    EXPECT_EQ(read<double>(float32), (std::vector<double>{-1.5}));
}

TEST(Idx, RefusesValuesThatDoNotFit) {
    const Scratch scratch;
    const auto file = scratch / "a";
    write_idx(file, {3}, std::vector<std::uint8_t>{1, 2, 200});
    EXPECT_EQ(refusal<std::int8_t>(file), "offset 10: 200; allowed: an integer >= -128 and <= 127");
    write_idx(file, {2}, std::vector<std::int8_t>{1, -1});
    EXPECT_EQ(refusal<std::uint8_t>(file), "offset 9: -1; allowed: an integer >= 0 and <= 255");
    write_idx(file, {2}, std::vector<double>{1.0, 0.5});
    EXPECT_EQ(refusal<std::int8_t>(file), "offset 16: 0.5; allowed: an integer >= -128 and <= 127");
    write_idx(file, {1}, std::vector<double>{std::nan("")});
    EXPECT_EQ(refusal<std::int8_t>(file), "offset 8: nan; allowed: an integer >= -128 and <= 127");
    write_idx(file, {1}, std::vector<double>{-1.0});
    EXPECT_EQ(read<std::int8_t>(file), (std::vector<std::int8_t>{-1}));
}

TEST(Idx, RefusesWhatIsNoFile) {
    const Scratch scratch;
    EXPECT_EQ(refusal(scratch / "absent"), "cannot be read: No such file or directory");
    EXPECT_EQ(refusal(scratch.folder()), "cannot be read: Is a directory");
    EXPECT_EQ(message_of<std::invalid_argument>([&] { read_idx_header(scratch / "absent"); }),
              (scratch / "absent").string() + ": cannot be read: No such file or directory");
}

TEST(Idx, RefusesBadHeaders) {
    const Scratch scratch;
    EXPECT_EQ(refusal(scratch.write("a", "")), "header: 0 bytes; allowed: an IDX file, 0 0 type ndim at its start");
    EXPECT_EQ(refusal(scratch.write("a", raw({0, 0, 8}))),
              "header: 3 bytes; allowed: an IDX file, 0 0 type ndim at its start");
    EXPECT_EQ(refusal(scratch.write("a", "text")),
              "offset 0: 116 101; allowed: 0 0, as an IDX file starts, or a NumPy array (.npy)");
    EXPECT_EQ(refusal(scratch.write("a", raw({0, 0, 10, 1, 0, 0, 0, 0}))),
              "offset 2: type 10; allowed: 8, 9, 11, 12, 13 or 14");
    EXPECT_EQ(refusal(scratch.write("a", raw({0, 0, 8, 0}))), "offset 3: 0 dimensions; allowed: at least 1");
    EXPECT_EQ(refusal(scratch.write("a", raw({0, 0, 8, 2, 0, 0, 0, 1, 0}))), "header: ends after 9 bytes; allowed: 12");
}

// Sizes are believed only as far as the file can hold them: these would ask for exabytes.
TEST(Idx, RefusesAbsurdSizes) {
    const Scratch scratch;
    const std::string three = raw({0, 0, 14, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255});
    EXPECT_EQ(refusal(scratch.write("a", three)),
              "offset 4: sizes 4294967295 x 4294967295 x 4294967295; allowed: a product that fits in memory");
    const std::string one = raw({0, 0, 8, 1, 255, 255, 255, 255, 1, 2});
    EXPECT_EQ(refusal(scratch.write("a", one)), "sizes 4294967295: the file has 10 bytes; allowed: 4294967303");
    EXPECT_EQ(message_of<std::invalid_argument>([&] { read_idx_header(scratch.write("a", three)); }),
              (scratch / "a").string() +
                  ": offset 4: sizes 4294967295 x 4294967295 x 4294967295; allowed: a product that fits in memory");
}

TEST(Idx, RefusesTruncatedFilesAndTrailingBytes) {
    const Scratch scratch;
    write_idx(scratch / "a", {2, 3}, std::vector<std::uint8_t>(6, 1));
    const std::string whole = bytes_of(scratch / "a");
    EXPECT_EQ(refusal(scratch.write("a", whole.substr(0, 17))), "sizes 2 x 3: the file has 17 bytes; allowed: 18");
    EXPECT_EQ(refusal(scratch.write("a", whole + "x")), "sizes 2 x 3: the file has 19 bytes; allowed: 18");
}

// The simplest gzip file with this content, which need not be an IDX file: one block, stored as it is.
std::string stored_gzip(const std::string& content) {
    std::uint32_t crc = 0xffffffffU;
    for (const char byte : content) {
        crc ^= static_cast<unsigned char>(byte);
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xedb88320U : 0U);
        }
    }
    crc = ~crc;
    const auto little = [](std::size_t value, int n_bytes) {
        std::string bytes;
        for (int i = 0; i < n_bytes; ++i) {
            bytes += static_cast<char>(value >> static_cast<unsigned int>(8 * i) & 0xffU);
        }
        return bytes;
    };
    return raw({0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1}) + little(content.size(), 2) + little(~content.size(), 2) +
           content + little(crc, 4) + little(content.size(), 4);
}

TEST(Idx, RefusesBadGzipFiles) {
    const Scratch scratch;
    const std::string good = raw({0, 0, 8, 1, 0, 0, 0, 3, 5, 6, 7});
    EXPECT_EQ(read<std::uint8_t>(scratch.write("a", stored_gzip(good))), (std::vector<std::uint8_t>{5, 6, 7}));

    EXPECT_EQ(refusal(scratch.write("a", stored_gzip(good + "x"))),
              "offset 11: more bytes; allowed: the end of the file, for sizes 3");
    EXPECT_EQ(refusal(scratch.write("a", stored_gzip(good.substr(0, 10)))),
              "ends at offset 10; allowed: 11 bytes, for sizes 3");
    const std::string absurd = raw({0, 0, 8, 1, 255, 255, 255, 255, 5});
    EXPECT_EQ(refusal(scratch.write("a", stored_gzip(absurd))).substr(0, 38), "sizes 4294967295: the file has at most");

    const std::string packed = stored_gzip(good);
    const std::string in_data = packed.substr(0, packed.size() - 10);
    EXPECT_EQ(refusal(scratch.write("a", in_data)),
              "offset 9: cannot be unpacked: unexpected end of file; allowed: an IDX file, gzip or not");
    const std::string in_checksum = packed.substr(0, packed.size() - 3);
    EXPECT_EQ(refusal(scratch.write("a", in_checksum)),
              "offset 11: cannot be unpacked: unexpected end of file; allowed: an IDX file, gzip or not");
    std::string flipped = packed;
    flipped[packed.size() - 8] ^= 1;  // the checksum
    EXPECT_EQ(refusal(scratch.write("a", flipped)),
              "offset 0: cannot be unpacked: incorrect data check; allowed: an IDX file, gzip or not");
}

TEST(IdxWrite, RefusesSizesThatDisagreeAndLeavesNothing) {
    const Scratch scratch;
    const std::vector<std::uint8_t> values(6);
    const auto refused = [&](const std::vector<std::int64_t>& sizes) {
        return message_of<std::invalid_argument>([&] { write_idx(scratch / "a", sizes, values); });
    };
    EXPECT_EQ(refused({2, 4}), (scratch / "a").string() +
                                   ": sizes 2 x 4 for 6 values; allowed: 1 to 255 sizes of 32 bits "
                                   "whose product is the number of values");
    refused({});
    refused({-2, -3});
    refused({6, std::int64_t{1} << 32});
    EXPECT_TRUE(std::filesystem::is_empty(scratch.folder()));

    std::filesystem::create_directory(scratch / "folder");
    EXPECT_EQ(message_of<std::runtime_error>([&] { write_idx(scratch / "folder", {6}, values); }),
              (scratch / "folder").string() + ": cannot be written: Is a directory");
    EXPECT_EQ(message_of<std::runtime_error>([&] { write_idx(scratch / "absent/a", {6}, values); }),
              (scratch / "absent/a").string() + ": cannot be written: No such file or directory");
    EXPECT_FALSE(std::filesystem::exists((scratch / "folder").string() + ".part"));
}

TEST(IdxWrite, RefusesAFullDisk) {
    if (!std::filesystem::exists("/dev/full")) {
        GTEST_SKIP() << "no /dev/full";
    }
    const Scratch scratch;
    std::filesystem::create_symlink("/dev/full", scratch / "a.part");
    EXPECT_EQ(message_of<std::runtime_error>([&] { write_idx(scratch / "a", {6}, std::vector<std::uint8_t>(6)); }),
              (scratch / "a").string() + ": cannot be written: No space left on device");
    EXPECT_TRUE(std::filesystem::is_empty(scratch.folder()));
}

}  // namespace
}  // namespace syncache
