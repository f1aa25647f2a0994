#pragma once

#include <cstddef>
#include <cstdint>
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
            return constant(z + i);
        } else {
            return static_cast<Number>(constant(z + i)) - (i < inputs ? shift : Number{});
        }
    }
};

template <class Number>
SYNCACHE_HD SignedInputs<Number> signed_inputs(const Task<Number>& task, int pattern) {
    const PatternView& view = task.view;
    return {
        row_begin(view.signed_patterns + static_cast<std::size_t>(pattern) * static_cast<std::size_t>(view.row_stride)),
        view.inputs, static_cast<Number>(task.offset * view.targets[pattern])};
}

// decay^k for k = 0 ... 2P, which covers every gap between two updates.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void make_powers(Team& team, const Task<Number>& task) {
    Number* powers = task.powers;
    const double decay = task.decay;
    team.for_each(2 * task.n_patterns + 1, [=](int k) { powers[k] = static_cast<Number>(decay_over(decay, k).power); });
}

// The field of a pattern before learning. Fields are kept less the margin, so that a search compares with 0 whatever
// the margin is.
template <class Number>
SYNCACHE_HD Number initial_field(const Task<Number>& task) {
    return Number{} - kernel_threshold<Number>(task.margin);
}

// Whether a pattern is not right, from its field's two parts; those of s decayed by `power`. A NaN is not right.
template <bool decays, class Number>
SYNCACHE_HD bool is_error(Number persistent, Number transient, Number power) {
    if constexpr (decays) {
        return !(persistent + power * transient > Number{});
    } else {
        return !(persistent > Number{});
    }
}

// What an update with pattern q adds to the fields: z_q.z_p for every p. With an offset m, that of the shifted inputs
// follows from the Gram matrix of the +-1 patterns by two rank-one terms.
template <class Number>
class FieldUpdate {
  public:
    SYNCACHE_HD FieldUpdate(const Task<Number>& task, int q)
        : targets_(task.view.targets),
          sums_(task.view.signed_sums),
          shifted_(!std::is_integral_v<Number> && task.offset != 0.0) {
        if (shifted_) {
            const double m = task.offset;
            by_target_ = static_cast<Number>(m * m * task.view.inputs * targets_[q] - m * sums_[q]);
            by_sum_ = static_cast<Number>(-m * targets_[q]);
        }
    }

    SYNCACHE_HD bool shifted() const { return shifted_; }
    SYNCACHE_HD Number plain(std::int16_t product) const { return static_cast<Number>(product); }
    SYNCACHE_HD Number shifted(std::int16_t product, int p) const {
        return static_cast<Number>(product) + static_cast<Number>(constant(targets_ + p)) * by_target_ +
               static_cast<Number>(constant(sums_ + p)) * by_sum_;
    }

  private:
    const std::int8_t* targets_;
    const std::int32_t* sums_;
    bool shifted_;
    Number by_target_{}, by_sum_{};
};

// The field after an update, `faded` since the last one.
template <bool decays, class Number>
SYNCACHE_HD Number updated_field(Number field, Number faded, Number product) {
    return (decays ? field * faded : field) + product;
}

SYNCACHE_HD const std::int16_t* gram_row(const PatternView& view, int q) {
    return row_begin(view.gram + static_cast<std::size_t>(q) * static_cast<std::size_t>(view.gram_stride));
}

// Fields kept up to date for all patterns by rows of the Gram matrix: w.z_p - margin = h_p^l + decay^k h_p^s. Nothing
// is computed between errors; an update costs P operations.
template <class Number, bool decays>
struct GramFields {
    const Task<Number>& task;

    struct Term {
        Number field, product;
    };

    template <class Team>
    SYNCACHE_TEAM_CODE void start(Team& team) {
        Number* persistent = task.persistent_field;
        Number* transient = task.transient_field;
        const Number initial = initial_field(task);
        team.for_each(task.n_patterns, [=](int p) {
            persistent[p] = initial;
            if constexpr (decays) {
                transient[p] = Number{};
            }
        });
        if constexpr (decays) {
            make_powers(team, task);
        }
    }

    // The first pattern p in [begin, P) that is not right; pattern `begin` sees s decayed `steps` times since the last
    // update.
    template <class Team>
    SYNCACHE_TEAM_CODE int first_error(Team& team, int begin, int steps) {
        const Number* persistent = task.persistent_field;
        const Number* transient = task.transient_field;
        const Number* powers = task.powers;
        const int shift = steps - begin;
        return team.first_index(begin, task.n_patterns, [=](int p) {
            if constexpr (decays) {
                return is_error<true>(persistent[p], transient[p], powers[p + shift]);
            } else {
                return is_error<false>(persistent[p], Number{}, Number{});
            }
        });
    }

    // An update with pattern q begins: its row will be asked for.
    template <class Team>
    SYNCACHE_TEAM_CODE void fetch(Team&, int) {}

    template <class Team>
    SYNCACHE_TEAM_CODE void update(Team& team, int q, int steps) {
        Number* field = decays ? task.transient_field : task.persistent_field;
        const Number faded = decays ? task.powers[steps] : Number{1};
        const std::int16_t* gram = gram_row(task.view, q);
        const FieldUpdate<Number> change(task, q);
        const auto store = [=](int p, Term term) { field[p] = updated_field<decays>(term.field, faded, term.product); };
        if (!change.shifted()) {
            const auto term = [=](int p) {
                // hot loop: field-update
                const Number product = change.plain(constant(gram + p));
                return Term{field[p], product};
            };
            team.for_each(task.n_patterns, term, store);
            return;
        }
        const auto term = [=](int p) { return Term{field[p], change.shifted(constant(gram + p), p)}; };
        team.for_each(task.n_patterns, term, store);
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
        const Number margin = kernel_threshold<Number>(t.margin);
        for (int p = begin; p < t.n_patterns; ++p, ++steps) {
            const SignedInputs<Number> z = signed_inputs(t, p);
            const Number fade = t.decay != 1.0 ? t.powers[steps] : Number{1};
            const Number output = team.template sum<Number>(
                t.view.inputs + 1, [=](int i) { return (persistent[i] + fade * transient[i]) * z(i); });
            if (!(output > margin)) {
                return p;
            }
        }
        return t.n_patterns;
    }

    template <class Team>
    SYNCACHE_TEAM_CODE void fetch(Team&, int) {}

    template <class Team>
    SYNCACHE_TEAM_CODE void update(Team&, int, int) {}

    template <class Team>
    SYNCACHE_TEAM_CODE void consolidate(Team&) {}
};

}  // namespace syncache::inline SYNCACHE_ISA
