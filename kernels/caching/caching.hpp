#pragma once

#include <cmath>
#include <cstdint>

#include "kernels/common/target.hpp"

// Synaptic caching (model.md, section 1): a weight w = s + l of a transient part s, cheap and decaying, and a
// persistent part l, stable and costly. A policy decides what moves from s to l; an account (accounting.hpp) decides
// what that costs.
namespace syncache {

// When, and which of, a group of synapses are consolidated. A group is a network, a layer or the synapses onto a
// neuron.
enum class Policy : std::int32_t {
    immediate,      // no cache: every change is persistent at once
    local_local,    // each synapse with |s| > threshold, alone
    local_global,   // all of the group once one synapse has |s| > threshold
    global_global,  // all of the group once the sum of |s| > threshold
};

// The decay of s over n presentations by the factor r each.
struct Decay {
    double power;  // r^n
    double sum;    // 1 + r + ... + r^(n-1)
};

inline namespace SYNCACHE_ISA {

template <class Number>
SYNCACHE_HD Number magnitude(Number value) {
    return value < Number{} ? -value : value;
}

// Whether a group consolidates. peak: its largest |s|; pending: its sum of |s|. The inequality is strict; a NaN never
// triggers.
template <class Number>
SYNCACHE_HD bool triggers(Policy policy, Number peak, Number pending, Number threshold) {
    return policy == Policy::global_global ? pending > threshold : policy == Policy::immediate || peak > threshold;
}

// Whether one synapse takes part in its group's consolidation.
template <class Number>
SYNCACHE_HD bool takes_part(Policy policy, Number transient, Number threshold) {
    // `|` and not `||`: no branch, so that loops over synapses vectorise.
    return static_cast<bool>((policy != Policy::local_local) | (magnitude(transient) > threshold));
}

// Over n presentations, by repeated doubling: sum(2m) = sum(m) (1 + r^m). All terms are positive, so nothing cancels,
// also for r near 1.
SYNCACHE_HD Decay decay_over(double r, std::int64_t n) {
    if (r == 1.0) {
        return {1.0, static_cast<double>(n)};  // what the doubling comes to
    }
    Decay result{1.0, 0.0};
    Decay block{r, 1.0};  // over 1, 2, 4, ... presentations
    for (; n > 0; n >>= 1) {
        if ((n & 1) != 0) {
            result.sum = result.sum + result.power * block.sum;
            result.power *= block.power;
        }
        block.sum *= 1.0 + block.power;
        block.power *= block.power;
    }
    return result;
}

}  // namespace SYNCACHE_ISA
}  // namespace syncache
