#pragma once

#include <bit>
#include <cstdint>

#include "kernels/common/target.hpp"

// The logistic function of our own: no branches, so that loops over it are vectorised, and only additions,
// multiplications, one division and integer shifts, so that CPU and GPU give the same bits. Relative error below 4
// units in the last place for |x| <= 87 (single) and 708 (double); beyond, x is clamped, and the result is within
// 2^-125 (2^-1021) of the exact one.
namespace syncache::inline SYNCACHE_ISA {

// exp(z) = 2^n exp(f), |f| <= ln(2) / 2; adding `round` leaves n in the low bits of the sum.
SYNCACHE_HD float exponential(float z) {
    constexpr float round = 0x1.8p23f;
    const float shifted = z * 0x1.715476p0f + round;
    const float n = shifted - round;
    const float f = (z - n * 0x1.62ep-1f) - n * 0x1.0bfbe8p-15f;  // ln 2 in two parts; n times the first is exact
    const float polynomial =
        1.0f +
        f * (1.0f +
             f * (0.5f + f * (1.0f / 6 + f * (1.0f / 24 + f * (1.0f / 120 + f * (1.0f / 720 + f * (1.0f / 5040)))))));
    const std::uint32_t exponent = std::bit_cast<std::uint32_t>(shifted) - std::bit_cast<std::uint32_t>(round);
    return polynomial * std::bit_cast<float>((exponent + 127u) << 23);
}

SYNCACHE_HD double exponential(double z) {
    constexpr double round = 0x1.8p52;
    const double shifted = z * 0x1.71547652b82fep0 + round;
    const double n = shifted - round;
    const double f = (z - n * 0x1.62e42fefap-1) - n * 0x1.cf79abc9e3b3ap-40;
    double polynomial = 1.0 / 6227020800.0;
    polynomial = polynomial * f + 1.0 / 479001600.0;
    polynomial = polynomial * f + 1.0 / 39916800.0;
    polynomial = polynomial * f + 1.0 / 3628800.0;
    polynomial = polynomial * f + 1.0 / 362880.0;
    polynomial = polynomial * f + 1.0 / 40320.0;
    polynomial = polynomial * f + 1.0 / 5040.0;
    polynomial = polynomial * f + 1.0 / 720.0;
    polynomial = polynomial * f + 1.0 / 120.0;
    polynomial = polynomial * f + 1.0 / 24.0;
    polynomial = polynomial * f + 1.0 / 6.0;
    polynomial = polynomial * f + 0.5;
    polynomial = polynomial * f + 1.0;
    polynomial = polynomial * f + 1.0;
    const std::uint64_t exponent = std::bit_cast<std::uint64_t>(shifted) - std::bit_cast<std::uint64_t>(round);
    return polynomial * std::bit_cast<double>((exponent + 1023u) << 52);
}

// 1 / (1 + exp(-x)). A NaN stays one.
template <class Number>
SYNCACHE_HD Number logistic(Number x) {
    constexpr Number limit = sizeof(Number) == 4 ? Number{87} : Number{708};
    const Number below = x > limit ? limit : x;
    const Number clamped = below < -limit ? -limit : below;
    return Number{1} / (Number{1} + exponential(-clamped));
}

}  // namespace syncache::inline SYNCACHE_ISA
