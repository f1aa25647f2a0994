#pragma once

#include "kernels/common/team.hpp"
#include "kernels/mlp/logistic.hpp"
#include "kernels/mlp/pack.hpp"
#include "kernels/mlp/task.hpp"

// What units make of their fields, and its derivative (docs/model.md, sections 3 and 11).
namespace syncache::inline SYNCACHE_ISA {

inline constexpr double leaky_slope = 0.1;    // of leaky_relu below 0
inline constexpr double largest_field = 200;  // of a softmax output; larger ones count as that

// exp(x) for x <= 0; what is too small for a number is the smallest normal one, or nearly.
template <class Number>
SYNCACHE_HD Number decaying_exponential(Number x) {
    constexpr Number limit = sizeof(Number) == 4 ? Number{87} : Number{708};
    return exponential(x < -limit ? -limit : x);
}

// A NaN stays one.
template <class Number>
SYNCACHE_HD Number activity_of(Activation kind, Number field) {
    switch (kind) {
        case Activation::relu:
            return field < Number{} ? Number{} : field;
        case Activation::leaky_relu:
            return field < Number{} ? static_cast<Number>(leaky_slope) * field : field;
        case Activation::elu:
            return field < Number{} ? decaying_exponential(field) - Number{1} : field;
        case Activation::logistic:
            break;
    }
    return logistic(field);
}

// Of a unit with this activity: the derivative of the activity by the field.
template <class Number>
SYNCACHE_HD Pack<Number> slope_at(Activation kind, const Pack<Number>& activity) {
    const Pack<Number> zero = splat(Number{}), one = splat(Number{1});
    switch (kind) {
        case Activation::relu:
            return where(exceeds(activity, zero), one, zero);
        case Activation::leaky_relu:
            return where(exceeds(activity, zero), one, splat(static_cast<Number>(leaky_slope)));
        case Activation::elu:
            return where(exceeds(activity, zero), one, activity + one);
        case Activation::logistic:
            break;
    }
    return activity * (one - activity);
}

// Fields of hidden units to activities, in place. first: place in the layer of the first of the n units. The bias unit
// is unit 0.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void activate_hidden(Team& team, const MlpTask<Number>& task, Number* units, int n, int first) {
    const Activation kind = task.activation;
    team.for_each(n, [=](int j) { units[j] = activity_of(kind, units[j]); });
    if (task.bias_unit != 0 && first == 0) {
        team.for_each(1, [=](int) { units[0] = Number{1}; });
    }
}

// A field as softmax takes it.
template <class Number>
SYNCACHE_HD Number cut_field(Number field) {
    constexpr auto limit = static_cast<Number>(largest_field);
    return field > limit ? limit : field;
}

// Fields of the n output units, [stride], to activities, in place. room: [stride].
template <class Team, class Number>
SYNCACHE_TEAM_CODE void activate_outputs(Team& team, Output kind, Number* outputs, Number* room, int n, int stride) {
    if (kind == Output::linear) {
        return;
    }
    if (kind == Output::logistic) {
        team.for_each(stride, [=](int k) { outputs[k] = logistic(outputs[k]); });
        return;
    }
    Number largest = cut_field(outputs[0]);
    for (int k = 1; k < n; ++k) {
        const Number field = cut_field(outputs[k]);
        largest = field > largest ? field : largest;
    }
    team.for_each(n, [=](int k) { room[k] = decaying_exponential(cut_field(outputs[k]) - largest); });
    const auto sum = team.template sum<double>(n, [=](int k) { return static_cast<double>(room[k]); });
    team.for_each(n, [=](int k) { outputs[k] = static_cast<Number>(static_cast<double>(room[k]) / sum); });
}

}  // namespace syncache::inline SYNCACHE_ISA
