#include "datasets/array_file.hpp"

#include <cstdint>
#include <filesystem>
#include <utility>
#include <vector>

#include "datasets/array_values_impl.hpp"
#include "datasets/idx.hpp"
#include "datasets/npy.hpp"

namespace syncache {
namespace {

constexpr int unsigned_byte = 8;  // of IDX

ArrayHeader general(IdxHeader header) { return {std::move(header.sizes), header.type == unsigned_byte}; }
ArrayHeader general(NpyHeader header) { return {std::move(header.sizes), header.type.ends_with("u1")}; }

}  // namespace

std::int64_t ArrayHeader::count() const { return array::count(sizes); }

ArrayHeader read_array_header(const std::filesystem::path& file) {
    return is_npy(file) ? general(read_npy_header(file)) : general(read_idx_header(file));
}

template <class T>
std::vector<T> read_array(const std::filesystem::path& file, ArrayHeader& header) {
    const auto read = [&]<class Header>(Header own, const auto& read_all) {
        std::vector<T> values = read_all(file, own);
        header = general(std::move(own));
        return values;
    };
    return is_npy(file) ? read(NpyHeader{}, [](const auto& from, NpyHeader& own) { return read_npy<T>(from, own); })
                        : read(IdxHeader{}, [](const auto& from, IdxHeader& own) { return read_idx<T>(from, own); });
}

template std::vector<std::int8_t> read_array(const std::filesystem::path&, ArrayHeader&);
template std::vector<std::uint8_t> read_array(const std::filesystem::path&, ArrayHeader&);
template std::vector<double> read_array(const std::filesystem::path&, ArrayHeader&);

}  // namespace syncache
