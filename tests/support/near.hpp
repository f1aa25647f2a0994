#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <iterator>
#include <span>

namespace syncache::test {

// Whether |got - want| <= absolute + relative * |want|; false for a NaN on either side. Equal infinities are near.
inline bool is_near(double got, double want, double relative, double absolute = 0.0) {
    const double bound = absolute + relative * std::fabs(want);
    return got == want || (std::isfinite(bound) && std::fabs(got - want) <= bound);
}

inline ::testing::AssertionResult near(double got, double want, double relative, double absolute = 0.0) {
    if (is_near(got, want, relative, absolute)) {
        return ::testing::AssertionSuccess();
    }
    return ::testing::AssertionFailure() << "got " << ::testing::PrintToString(got) << ", want "
                                         << ::testing::PrintToString(want) << ", allowed: relative " << relative
                                         << ", absolute " << absolute;
}

// All elements near, and equally many of them.
template <class Got, class Want>
::testing::AssertionResult all_near(const Got& got, const Want& want, double relative, double absolute = 0.0) {
    if (std::size(got) != std::size(want)) {
        return ::testing::AssertionFailure() << "sizes differ: got " << std::size(got) << ", want " << std::size(want);
    }
    for (std::size_t i = 0; i < std::size(got); ++i) {
        if (!is_near(static_cast<double>(got[i]), static_cast<double>(want[i]), relative, absolute)) {
            return near(static_cast<double>(got[i]), static_cast<double>(want[i]), relative, absolute)
                   << " at index " << i;
        }
    }
    return ::testing::AssertionSuccess();
}

}  // namespace syncache::test
