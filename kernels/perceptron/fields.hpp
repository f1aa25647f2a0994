#pragma once

#include <type_traits>

#include "kernels/common/team.hpp"
#include "kernels/perceptron/task.hpp"

// The outputs w.z_p of all patterns: how the next error is found (model.md, "How to make it fast").
namespace syncache::inline SYNCACHE_ISA {

// The signed inputs d_p x_pi of one pattern, i = 0 ... N (N is the bias), less the offset m: an update adds them to the
// weights.
template <class Number>
struct SignedInputs {
    const std::int8_t* z;
    int inputs;
    Number shift;  // m d_p

    SYNCACHE_HD Number operator()(int i) const {
        if constexpr (std::is_integral_v<Number>) {
            return z[i];
        } else {
            return static_cast<Number>(z[i]) - (i < inputs ? shift : Number{});
        }
    }
};

template <class Number>
SYNCACHE_HD SignedInputs<Number> signed_inputs(const Task<Number>& task, int pattern) {
    const PatternView& view = task.view;
    return {view.signed_patterns + static_cast<std::size_t>(pattern) * static_cast<std::size_t>(view.row_stride),
            view.inputs, static_cast<Number>(task.offset * view.targets[pattern])};
}

// decay^k for k = 0 ... 2P, which covers every gap between two updates.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void make_powers(Team& team, const Task<Number>& task) {
    Number* powers = task.powers;
    const double decay = task.decay;
    team.for_each(2 * task.n_patterns + 1, [=](int k) { powers[k] = static_cast<Number>(decay_over(decay, k).power); });
}

// Fields kept up to date for all patterns by rows of the Gram matrix: h_p = h_p^l + decay^k h_p^s. Nothing is computed
// between errors; an update costs P operations. With an offset m, z_q.z_p of the shifted inputs follows from the Gram
// matrix of the +-1 patterns by two rank-one terms.
template <class Number, bool decays>
struct GramFields {
    const Task<Number>& task;

    template <class Team>
    SYNCACHE_TEAM_CODE void start(Team& team) {
        Number* persistent = task.persistent_field;
        Number* transient = task.transient_field;
        team.for_each(task.n_patterns, [=](int p) {
            persistent[p] = Number{};
            if constexpr (decays) {
                transient[p] = Number{};
            }
        });
        if constexpr (decays) {
            make_powers(team, task);
        }
    }

    // The first pattern p in [begin, P) that is not right; pattern `begin` sees s decayed `steps` times since the last
    // update. A NaN is not right.
    template <class Team>
    SYNCACHE_TEAM_CODE int first_error(Team& team, int begin, int steps) {
        const Number* persistent = task.persistent_field;
        const Number* transient = task.transient_field;
        const Number* powers = task.powers;
        const int shift = steps - begin;
        return team.first_index(begin, task.n_patterns, [=](int p) {
            if constexpr (decays) {
                return !(persistent[p] + powers[p + shift] * transient[p] > Number{});
            } else {
                return !(persistent[p] > Number{});
            }
        });
    }

    template <class Team>
    SYNCACHE_TEAM_CODE void update(Team& team, int q, int steps) {
        Number* field = decays ? task.transient_field : task.persistent_field;
        const Number faded = decays ? task.powers[steps] : Number{1};
        const std::int16_t* gram =
            task.view.gram + static_cast<std::size_t>(q) * static_cast<std::size_t>(task.view.gram_stride);
        if (std::is_integral_v<Number> || task.offset == 0.0) {
            team.for_each(task.n_patterns, [=](int p) {
                field[p] = (decays ? field[p] * faded : field[p]) + static_cast<Number>(gram[p]);
            });
            return;
        }
        const std::int8_t* targets = task.view.targets;
        const std::int32_t* sums = task.view.signed_sums;
        const double m = task.offset;
        const Number by_target =
            static_cast<Number>(m * m * task.view.inputs * targets[q] - m * task.view.signed_sums[q]);
        const Number by_sum = static_cast<Number>(-m * targets[q]);
        team.for_each(task.n_patterns, [=](int p) {
            const Number product = static_cast<Number>(gram[p]) + static_cast<Number>(targets[p]) * by_target +
                                   static_cast<Number>(sums[p]) * by_sum;
            field[p] = (decays ? field[p] * faded : field[p]) + product;
        });
    }

    // All of s has moved into l.
    template <class Team>
    SYNCACHE_TEAM_CODE void consolidate(Team& team) {
        if constexpr (decays) {
            Number* persistent = task.persistent_field;
            Number* transient = task.transient_field;
            team.for_each(task.n_patterns, [=](int p) {
                persistent[p] += transient[p];
                transient[p] = Number{};
            });
        }
    }
};

// No fields: each output is a sum over the weights. For local-local with decay, where every update moves other synapses
// from s to l, and for the l1 rule, where every update changes each weight by its own amount.
template <class Number>
struct DirectFields {
    const Task<Number>& task;

    template <class Team>
    SYNCACHE_TEAM_CODE void start(Team& team) {
        if (task.decay != 1.0) {
            make_powers(team, task);
        }
    }

    template <class Team>
    SYNCACHE_TEAM_CODE int first_error(Team& team, int begin, int steps) {
        const Task<Number>& t = task;
        const Number* transient = t.members[0].transient;
        const Number* persistent = t.members[0].persistent;
        for (int p = begin; p < t.n_patterns; ++p, ++steps) {
            const SignedInputs<Number> z = signed_inputs(t, p);
            const Number fade = t.decay != 1.0 ? t.powers[steps] : Number{1};
            const Number output = team.template sum<Number>(
                t.view.inputs + 1, [=](int i) { return (persistent[i] + fade * transient[i]) * z(i); });
            if (!(output > Number{})) {
                return p;
            }
        }
        return t.n_patterns;
    }

    template <class Team>
    SYNCACHE_TEAM_CODE void update(Team&, int, int) {}

    template <class Team>
    SYNCACHE_TEAM_CODE void consolidate(Team&) {}
};

}  // namespace syncache::inline SYNCACHE_ISA
