#pragma once

#include <cstdint>

#include "kernels/caching/caching.hpp"

// Thresholds that change while a network learns (model.md, "Thresholds that change"); an extension of the paper.
namespace syncache {

enum class Schedule : std::int32_t {
    constant,
    exponential,  // from the threshold to another value, with the presentations
    error_rate,   // in proportion to the running error rate
};

// theta(t), t the number of presentations before this one, T the time constant in presentations. No initialisers: it
// lies in shared memory, where CUDA allows no constructor that does something.
struct ThresholdSchedule {
    Schedule kind;
    double end;     // exponential: the value that it comes to
    double factor;  // exp(-1/T), which the host computes, so that it is the same number everywhere
};
inline constexpr ThresholdSchedule constant_threshold{Schedule::constant, 0.0, 1.0};

inline namespace SYNCACHE_ISA {

// The threshold of the presentation after `before` others, error_rate being the running error rate after those.
SYNCACHE_HD double threshold_at(const ThresholdSchedule& schedule, double threshold, std::int64_t before,
                                double error_rate) {
    if (schedule.kind == Schedule::exponential) {
        return schedule.end + (threshold - schedule.end) * decay_over(schedule.factor, before).power;
    }
    return schedule.kind == Schedule::error_rate ? threshold * error_rate : threshold;
}

// The running error rate e, 1 before the first presentation: after n presentations without an error, and after one with
// it, e <- f e + (1 - f) * (1 for an error, 0 for none).
SYNCACHE_HD double after_right(const ThresholdSchedule& schedule, double error_rate, std::int64_t n) {
    return error_rate * decay_over(schedule.factor, n).power;
}
SYNCACHE_HD double after_error(const ThresholdSchedule& schedule, double error_rate) {
    return error_rate * schedule.factor + (1.0 - schedule.factor);
}

}  // namespace SYNCACHE_ISA
}  // namespace syncache
