#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <vector>

#include "datasets/array_file.hpp"
#include "datasets/idx.hpp"
#include "datasets/npy.hpp"
#include "tests/support/scratch.hpp"

// NumPy's arrays, byte by byte as its documentation of the format says.
namespace syncache {
namespace {

using test::message_of;
using test::Scratch;

std::string npy(const std::string& type, const std::string& order, const std::string& shape, const std::string& values,
                int version = 1) {
    std::string header = "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
    header.append(64 - (10 + header.size() + 1) % 64, ' ');
    header += '\n';
    std::string start("\x93NUMPY", 6);
    start += static_cast<char>(version);
    start += '\0';
    start += static_cast<char>(header.size());
    start += '\0';
    start += version > 1 ? std::string(2, '\0') : "";
    return start + header + values;
}

std::string bytes(std::initializer_list<int> list) {
    std::string text;
    for (const int value : list) {
        text += static_cast<char>(value);
    }
    return text;
}

template <class T>
std::vector<T> read(const std::filesystem::path& file) {
    NpyHeader header;
    return read_npy<T>(file, header);
}

TEST(Npy, EveryTypeAndByteOrder) {
    const Scratch scratch;
    const auto check = [&](const std::string& type, const std::string& values, const std::vector<double>& want) {
        const auto file = scratch.write("a.npy", npy(type, "False", fmt::format("({},)", want.size()), values));
        EXPECT_EQ(read<double>(file), want) << type;
    };
    check("|u1", bytes({0, 1, 255}), {0, 1, 255});
    check("|b1", bytes({0, 1}), {0, 1});
    check("|i1", bytes({0, 1, 255}), {0, 1, -1});
    check("<u2", bytes({1, 2}), {513});
    check(">u2", bytes({1, 2}), {258});
    check("<i2", bytes({254, 255}), {-2});
    check(">i2", bytes({255, 254}), {-2});
    check("<u4", bytes({1, 0, 0, 128}), {2147483649.0});
    check("<i4", bytes({255, 255, 255, 255}), {-1});
    check(">i4", bytes({0, 0, 1, 0}), {256});
    check("<u8", bytes({5, 0, 0, 0, 0, 0, 0, 0}), {5});
    check("<i8", bytes({251, 255, 255, 255, 255, 255, 255, 255}), {-5});
    check(">i8", bytes({0, 0, 0, 0, 0, 0, 0, 7}), {7});
    check("<f4", bytes({0, 0, 192, 63}), {1.5});
    check(">f8", bytes({191, 224, 0, 0, 0, 0, 0, 0}), {-0.5});
    check("<f8", bytes({0, 0, 0, 0, 0, 0, 224, 191}), {-0.5});
}

TEST(Npy, ShapesAndOrders) {
    const Scratch scratch;
    NpyHeader header;
    const auto rows = scratch.write("rows.npy", npy("|i1", "False", "(2, 3)", bytes({1, 2, 3, 4, 5, 6})));
    EXPECT_EQ(read_npy<std::int8_t>(rows, header), (std::vector<std::int8_t>{1, 2, 3, 4, 5, 6}));
    EXPECT_EQ(header.sizes, (std::vector<std::int64_t>{2, 3}));
    EXPECT_FALSE(header.column_major);
    const auto columns = scratch.write("columns.npy", npy("|i1", "True", "(2, 3)", bytes({1, 4, 2, 5, 3, 6}), 2));
    EXPECT_EQ(read_npy<std::int8_t>(columns, header), (std::vector<std::int8_t>{1, 2, 3, 4, 5, 6}));
    EXPECT_TRUE(header.column_major);
    const auto cube = scratch.write("cube.npy", npy("|u1", "True", "(2, 2, 2)", bytes({0, 4, 2, 6, 1, 5, 3, 7}), 3));
    EXPECT_EQ(read_npy<std::uint8_t>(cube, header), (std::vector<std::uint8_t>{0, 1, 2, 3, 4, 5, 6, 7}));
    const auto none = scratch.write("none.npy", npy("<f8", "False", "(0, 3)", ""));
    EXPECT_TRUE(read_npy<double>(none, header).empty());
    EXPECT_EQ(read_npy_header(cube).sizes, (std::vector<std::int64_t>{2, 2, 2}));
}

TEST(Npy, BadFilesAreRefused) {
    const Scratch scratch;
    const auto refusal = [&](const std::string& content) {
        const auto file = scratch.write("bad.npy", content);
        const std::string message = message_of<std::invalid_argument>([&] { read<std::int8_t>(file); });
        return message.substr(message.find("bad.npy"));
    };
    const std::string allowed = "allowed: b1, u1, i1, u2, i2, u4, i4, u8, i8, f4, f8 of either byte order";
    EXPECT_EQ(refusal(npy("<c16", "False", "(1,)", "")), "bad.npy: header: descr = <c16; " + allowed);
    EXPECT_EQ(refusal(npy("<f2", "False", "(1,)", "")), "bad.npy: header: descr = <f2; " + allowed);
    EXPECT_EQ(refusal(npy("|O", "False", "(1,)", "")), "bad.npy: header: descr = |O; " + allowed);
    EXPECT_EQ(refusal(npy("|u1", "False", "()", "a")).find("bad.npy: header: shape = ()"), 0u);
    EXPECT_EQ(refusal(npy("|u1", "False", "(-1,)", "a")).find("bad.npy: header: shape = (-1,)"), 0u);
    EXPECT_EQ(refusal(npy("|u1", "False", "(3,)", "ab")), "bad.npy: sizes 3: the file has 130 bytes; allowed: 131");
    EXPECT_EQ(refusal(npy("|u1", "False", "(1,)", "ab")), "bad.npy: sizes 1: the file has 130 bytes; allowed: 129");
    EXPECT_EQ(refusal(npy("|u1", "False", "(1,)", "\x80")),
              "bad.npy: offset 128: 128; allowed: an integer >= -128 and <= 127");
    EXPECT_EQ(refusal(npy("|u1", "False", "(1,)", "a").substr(0, 40)),
              "bad.npy: header: ends after 40 bytes; allowed: 128");
    EXPECT_EQ(refusal(npy("|u1", "False", "(1,)", "a", 9)), "bad.npy: offset 6: version 9; allowed: 1, 2 or 3");
    EXPECT_EQ(refusal(npy("|u1", "False", "(9223372036854775807, 2)", "")),
              "bad.npy: header: sizes 9223372036854775807 x 2; allowed: a product that fits in memory");
}

// What the user gives may be either; the name does not matter.
TEST(ArrayFile, IdxAndNumPyAreToldApartByTheirBytes) {
    const Scratch scratch;
    write_idx<std::uint8_t>(scratch / "a", {2, 2}, {1, 2, 3, 4});
    scratch.write("b", npy("|u1", "False", "(2, 2)", bytes({1, 2, 3, 4})));
    scratch.write("c", npy("<i2", "False", "(2, 2)", bytes({1, 0, 2, 0, 3, 0, 4, 0})));
    for (const char* name : {"a", "b", "c"}) {
        ArrayHeader header;
        EXPECT_EQ(read_array<double>(scratch / name, header), (std::vector<double>{1, 2, 3, 4}));
        EXPECT_EQ(header.sizes, (std::vector<std::int64_t>{2, 2}));
        EXPECT_EQ(header.unsigned_bytes, name != std::string("c"));
        EXPECT_EQ(read_array_header(scratch / name).count(), 4);
    }
    EXPECT_NE(message_of<std::invalid_argument>([&] {
                  read_array_header(scratch.write("d", "PK\x03\x04"));
              }).find("offset 0: 80 75; allowed: 0 0, as an IDX file starts, or a NumPy array (.npy)"),
              std::string::npos);
}

}  // namespace
}  // namespace syncache
