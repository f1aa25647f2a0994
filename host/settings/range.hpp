#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "host/settings/parameter.hpp"

namespace syncache {

// The values of a parameter from `from` to `to`, both included: every `step`, or `count` of them with equal distances
// (equal ratios if `logarithmic`). Either `step` or `count` is given.
struct Range {
    Value from;
    Value to;
    std::optional<Value> step;
    std::optional<std::int64_t> count;
    bool logarithmic = false;
};

// More values than this are taken for a slip of the keyboard; each takes some 100 bytes.
constexpr std::int64_t most_range_values = 10'000'000;

// The values of a range of an integer or real parameter, each checked. With a step, value k is from + k * step, never a
// running sum, and `to` itself is taken where it lies within 1e-9 of a step. With a count, both ends are exact; values
// of an integer parameter are rounded and repeated ones left out. Going down is allowed. Throws std::invalid_argument
// "<parameter>.<part> = <found>; allowed: ..." for parts that make no range.
std::vector<Value> range_values(const Parameter& parameter, const Range& range);

}  // namespace syncache
