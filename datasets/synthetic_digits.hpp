#pragma once

#include <array>
#include <cstdint>

namespace syncache {

// Handwritten-looking digits drawn by procedure, so that networks can be trained on a machine without data files. They
// are not MNIST and are labelled synthetic everywhere.
inline constexpr int synthetic_side = 28;

struct SyntheticDigit {
    int label = 0;                                                       // 0 to 9
    std::array<std::uint8_t, synthetic_side * synthetic_side> pixels{};  // row-major; 0 is background
};

// Digit `index` of an endless, fixed sequence: a pure function. The ten strokes' shapes are jittered, rotated, sheared,
// scaled and moved, and drawn with a pen of random width.
SyntheticDigit synthetic_digit(std::uint64_t seed, std::uint64_t index);

}  // namespace syncache
