#include "host/models/decay.hpp"

#include <cmath>

namespace syncache {

double decay_factor(double tau, bool linear) {
    return std::isinf(tau) ? 1.0 : linear ? 1.0 - 1.0 / tau : std::exp(-1.0 / tau);
}

}  // namespace syncache
