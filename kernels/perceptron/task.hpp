#pragma once

#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/caching/accounting.hpp"
#include "kernels/caching/caching.hpp"
#include "kernels/caching/threshold_schedule.hpp"
#include "kernels/common/target.hpp"

// The data of perceptron trainings (model.md, section 2), as plain structures that a CPU thread and a thread block both
// read.
//
// With a cache or without, the learning rate sets only the unit of the weights, since they start at zero: the kernels
// work in units of it (an update adds +-1 per input), with thresholds divided by it; the host multiplies the sums back.
// The l1 rule adds two sizes, the learning rate and the threshold, of which a quotient would round: there weights are
// in their own unit, and an update adds +-`step` per input.
namespace syncache {

// Patterns shared by trials. A signed pattern is z_p = d_p x_p with the bias input, always 1, last: z_p in
// {-1,+1}^(N+1); the output is right when w.z_p > 0, or a margin, and an update with pattern q adds z_q to the weights.
struct PatternView {
    const std::int8_t* signed_patterns;  // [pattern][row_stride], of which N+1 are used
    const std::int16_t* gram;            // [pattern][gram_stride]: z_q.z_p
    const std::int8_t* targets;          // [pattern]: d_p = +-1
    const std::int32_t* signed_sums;     // [pattern]: sum of z_pi over the N inputs, without the bias
    std::int32_t inputs;                 // N
    std::int32_t row_stride;
    std::int32_t gram_stride;
};

// The arithmetic of a training's weights and fields. Whole numbers are exact: for no decay, no offset and no l1.
enum class NumberType { integer, single_precision, double_precision };

enum class Rule : std::int32_t {
    caching,         // s += z; consolidated by the member's policy
    l1_regularised,  // no cache: l += step * z - threshold * sign(l), sign(0) = -1
};

// Neighbouring inputs with a threshold of their own.
struct Pathway {
    std::int32_t end;  // the first input after them; they begin where the pathway before ends
    double factor;     // their threshold is that of the network times this
};

// One variant and threshold. Without decay any number of members share one trajectory; with decay there is one.
template <class Number>
struct Member {
    Policy policy;
    ThresholdSchedule schedule;
    double first_threshold;   // in the kernel's unit of weights, as the schedule's end is
    Number threshold;         // of the present update
    double error_rate;        // running, after the last update's presentation; unused for a constant threshold
    Number* transient;        // [N+1], s; unused for Policy::immediate
    Number* persistent;       // [N+1], l
    const Pathway* pathways;  // [pathway], which hold all inputs; null: all synapses have the same threshold
    std::int32_t n_pathways;
    Number* synapse_thresholds;  // [N+1], with pathways: of the present update
};

// What a member's training adds up, in the kernel's unit of weights. Only the team's leader touches it.
struct MemberSums {
    double pending;           // sum of |s| now
    double persistent_total;  // sum of |l| now
    double maintenance_sum;
    double persistent_sum;
    double transient_change[2];  // all changes; increases only
};

// The same for each price: [member][price].
struct PricedSums {
    double uncached;
    double minimal;
    double consolidation;
};

// Rows of doubles that a training records. When `count` ends above `capacity`, the rows beyond it were dropped, and the
// training has to be repeated with more room.
struct Recorder {
    double* rows;  // [capacity][columns]
    std::int64_t capacity;
    std::int64_t count;
};
inline constexpr int epoch_columns = 4;  // epoch, updates, maintenance_sum, consolidation
// presentation, synapse, transient, weight, sum of |s| over all synapses, consolidation so far
inline constexpr int trace_columns = 6;
// How often transient weights were in each bin of their distribution, in an epoch. The middle bin is around 0; the
// first and the last have no outer end.
inline constexpr int distribution_bins = 101;
// Rows that there is room for at first, four times as many when a training is repeated; of the longer rows of
// distributions fewer by a factor.
inline constexpr std::int64_t first_capacity = 4096, epochs_per_distribution = 16;

// How a trajectory ended.
struct Ending {
    std::int32_t converged;
    std::int32_t stopped;  // by request, before the end: nothing else is valid
    std::int64_t epochs;
    std::int64_t presentations;
    std::int64_t updates;
};

// A request to stop, from another thread (CPU) or from the host through mapped memory (GPU).
#ifdef __CUDACC__
using StopFlag = const volatile bool*;
#else
using StopFlag = const std::atomic<bool>*;
#endif
static_assert(sizeof(std::atomic<bool>) == sizeof(bool));

// One trajectory to train, and where its state and results lie.
template <class Number>
struct Task {
    PatternView view;
    Rule rule;
    std::int32_t n_patterns;
    std::int32_t max_epochs;
    double step;    // what an update adds per unit of input: 1, or with the l1 rule the learning rate
    double offset;  // m: the inputs are x - m
    double decay;   // factor of s in each presentation; 1 = none
    double margin;  // what w.z_p must exceed: kappa sqrt(N), in the kernel's unit of weights
    std::int32_t n_members;
    std::int32_t has_pathways;  // whether a member has
    std::int32_t n_prices;
    const Price* prices;            // prices[0] is exponent 1, both signs
    std::int32_t potentiation;      // whether a price counts increases only
    std::int32_t eager_persistent;  // keep l of Policy::immediate up to date: its sum or its trace is asked for
    std::int32_t n_traced;
    const std::int32_t* traced;  // [n_traced]: the synapses that are traced
    StopFlag stop;               // looked at after each epoch
    // State, laid out by `StateLayout`.
    std::int32_t* counts;      // [pattern]: updates made with it
    Number* persistent_field;  // [pattern]
    Number* transient_field;   // [pattern], with decay
    Number* powers;            // [2 patterns + 1]: decay^k, with decay
    Member<Number>* members;   // [member]
    // Results.
    MemberSums* sums;                  // [member]
    PricedSums* priced;                // [member][price]
    Recorder* epoch_records;           // [member] or null
    Recorder* trace_records;           // [member] or null
    Recorder* distribution_records;    // [member] or null
    unsigned long long* distribution;  // [member][distribution_bins], of this epoch, or null
    double distribution_width;         // of a bin, in the kernel's unit of weights
    Ending* ending;
};

// What the size of a trajectory's state depends on.
struct StateShape {
    int inputs, n_patterns, n_members;
    bool gram, decays, pathways;
    std::size_t number_size;
};

// Bytes of one trajectory's state, as offsets; every array starts at a multiple of 64. A member's arrays are s, l and,
// with pathways, the synapses' thresholds.
struct StateLayout {
    std::size_t counts, persistent_field, transient_field, powers, member_arrays, array_stride, member_stride, total;
};

inline namespace SYNCACHE_ISA {

// A threshold or margin as a kernel's number: what is whole exceeds it just when it exceeds its whole part.
template <class Number>
SYNCACHE_HD Number kernel_threshold(double threshold) {
    if constexpr (std::is_integral_v<Number>) {
        return static_cast<Number>(std::fmin(std::floor(threshold), 2147483647.0));
    } else {
        return static_cast<Number>(threshold);
    }
}

// Whether the fields of all patterns follow from the Gram matrix; otherwise outputs are computed pattern by pattern.
SYNCACHE_HD bool uses_gram(Rule rule, Policy policy, double decay) {
    return rule == Rule::caching && !(policy == Policy::local_local && decay != 1.0);
}

// A member before its training.
template <class Number>
SYNCACHE_HD Member<Number> new_member(Policy policy, double threshold, const ThresholdSchedule& schedule) {
    return {policy,  schedule, threshold, kernel_threshold<Number>(threshold), 1.0, nullptr, nullptr,
            nullptr, 0,        nullptr};
}

SYNCACHE_HD StateLayout state_layout(const StateShape& shape) {
    const auto padded = [](std::size_t bytes) { return (bytes + 63) / 64 * 64; };
    const auto [inputs, n_patterns, n_members, gram, decays, pathways, number_size] = shape;
    const std::size_t patterns = static_cast<std::size_t>(n_patterns);
    StateLayout layout{};
    layout.counts = 0;
    layout.persistent_field = padded(4 * patterns);
    layout.transient_field = layout.persistent_field + (gram ? padded(number_size * patterns) : 0);
    layout.powers = layout.transient_field + (gram && decays ? padded(number_size * patterns) : 0);
    layout.member_arrays = layout.powers + (decays ? padded(number_size * (2 * patterns + 1)) : 0);
    layout.array_stride = padded(number_size * (static_cast<std::size_t>(inputs) + 1));
    layout.member_stride = (pathways ? 3 : 2) * layout.array_stride;
    layout.total = layout.member_arrays + layout.member_stride * static_cast<std::size_t>(n_members);
    return layout;
}

}  // namespace SYNCACHE_ISA
}  // namespace syncache
