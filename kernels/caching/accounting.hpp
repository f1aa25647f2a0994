#pragma once

#include <cmath>
#include <cstdint>

#include "kernels/common/target.hpp"

// What changes of a persistent weight cost (model.md, section 1; figure 1, supplement 1 of Li & van Rossum 2020).
namespace syncache {

// |change|^exponent for a change; nothing for a decrease if only potentiation costs. No change costs nothing, also for
// exponent 0 (which counts the changes).
struct Price {
    double exponent;
    std::int32_t potentiation_only;
};

inline namespace SYNCACHE_ISA {

SYNCACHE_HD double cost_of_change(double change, const Price& price) {
    if (change == 0.0 || (price.potentiation_only != 0 && change < 0.0)) {
        return 0.0;
    }
    const double size = std::fabs(change);
    return price.exponent == 1.0 ? size : std::pow(size, price.exponent);
}

}  // namespace SYNCACHE_ISA
}  // namespace syncache
