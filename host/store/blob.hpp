#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace syncache {

// Doubles as bytes in the results file: little-endian, in their order; deflated by zlib where that is shorter. Whether
// they were is told by the length: 8 bytes a value means that they were not.
std::vector<std::byte> pack_doubles(std::span<const double> values);

// The inverse. Throws std::runtime_error if the bytes do not hold `count` values.
std::vector<double> unpack_doubles(std::span<const std::byte> bytes, std::size_t count);

}  // namespace syncache
