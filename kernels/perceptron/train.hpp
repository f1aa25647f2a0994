#pragma once

#include <cstdint>
#include <type_traits>

#include "kernels/perceptron/distribution.hpp"
#include "kernels/perceptron/learn.hpp"

// A whole perceptron training, from zero weights to the account (model.md, section 2).
namespace syncache::inline SYNCACHE_ISA {

template <class Team, class Number>
SYNCACHE_TEAM_CODE void start(Team& team, const Task<Number>& task) {
    std::int32_t* counts = task.counts;
    team.for_each(task.n_patterns, [=](int p) { counts[p] = 0; });
    clear_distribution(team, task);
    for (int m = 0; m < task.n_members; ++m) {
        Number* transient = task.members[m].transient;
        Number* persistent = task.members[m].persistent;
        team.for_each(task.view.inputs + 1, [=](int i) {
            transient[i] = Number{};
            persistent[i] = Number{};
        });
        if (task.members[m].pathways != nullptr) {
            set_synapse_thresholds(team, task, m, task.members[m].first_threshold);
        }
        if (team.leader()) {
            task.members[m].error_rate = 1.0;
            task.sums[m] = MemberSums{};
            for (int k = 0; k < task.n_prices; ++k) {
                task.priced[m * task.n_prices + k] = PricedSums{};
            }
        }
    }
}

// Adds the maintenance of n presentations without an update: s decays, then |s| is paid for (closed form).
template <class Team, class Number>
SYNCACHE_TEAM_CODE void settle(const Team& team, const Task<Number>& task, std::int64_t n) {
    if (!team.leader() || n == 0) {
        return;
    }
    const Decay decay = decay_over(task.decay, n);
    for (int m = 0; m < task.n_members; ++m) {
        MemberSums& sums = task.sums[m];
        sums.maintenance_sum += sums.pending * (task.decay * decay.sum);
        sums.pending *= decay.power;
        sums.persistent_sum += sums.persistent_total * static_cast<double>(n);
    }
}

// The thresholds of the update in presentation `now`, `steps` presentations after the last update's; those between were
// right. The team sees them after its next collective.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void set_thresholds(Team& team, const Task<Number>& task, std::int64_t now, std::int64_t steps) {
    if (!team.leader() && task.has_pathways == 0) {
        return;
    }
    for (int m = 0; m < task.n_members; ++m) {
        Member<Number>& member = task.members[m];
        if (member.schedule.kind == Schedule::constant) {
            continue;
        }
        double theta = 0.0;
        if (team.leader()) {
            const double before = after_right(member.schedule, member.error_rate, steps - 1);
            theta = threshold_at(member.schedule, member.first_threshold, now, before);
            member.threshold = kernel_threshold<Number>(theta);
            member.error_rate = after_error(member.schedule, before);
        }
        if (member.pathways != nullptr) {
            set_synapse_thresholds(team, task, m, team.broadcast(theta));
        }
    }
}

template <int columns>
SYNCACHE_HD void record(Recorder& recorder, const double (&values)[columns]) {
    if (recorder.count < recorder.capacity) {
        for (int column = 0; column < columns; ++column) {
            recorder.rows[recorder.count * columns + column] = values[column];
        }
    }
    ++recorder.count;
}

// One row per traced synapse, after the update of that presentation.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void record_traces(Team& team, const Task<Number>& task, std::int64_t presentation) {
    team.for_each(1, [](int) {});  // the weights of all threads are in place
    if (!team.leader()) {
        return;
    }
    for (int m = 0; m < task.n_members; ++m) {
        for (int k = 0; k < task.n_traced; ++k) {
            const std::int32_t i = task.traced[k];
            const double transient = static_cast<double>(task.members[m].transient[i]);
            const double persistent = static_cast<double>(task.members[m].persistent[i]);
            const double values[trace_columns] = {static_cast<double>(presentation),
                                                  static_cast<double>(i),
                                                  transient,
                                                  transient + persistent,
                                                  task.sums[m].pending,
                                                  task.priced[m * task.n_prices].consolidation};
            record(task.trace_records[m], values);
        }
    }
}

// Only the leader calls this. Consolidation without a cache follows from the counts at the end, unless epochs or traces
// are recorded.
template <class Number>
SYNCACHE_HD void count_update(const Task<Number>& task, int q) {
    ++task.counts[q];
    const bool recorded = task.epoch_records != nullptr || task.trace_records != nullptr;
    for (int m = 0; recorded && task.rule == Rule::caching && m < task.n_members; ++m) {
        if (task.members[m].policy == Policy::immediate) {
            task.priced[m * task.n_prices].consolidation += cost_of_pattern(task, q, Price{1.0, 0});
        }
    }
}

// Cumulative sums at the end of an epoch; the host takes differences. `updates` counts this epoch's only.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void record_epoch(const Team& team, const Task<Number>& task, std::int64_t epoch,
                                     std::int64_t updates) {
    if (task.epoch_records == nullptr || !team.leader()) {
        return;
    }
    for (int m = 0; m < task.n_members; ++m) {
        const double values[epoch_columns] = {static_cast<double>(epoch), static_cast<double>(updates),
                                              task.sums[m].maintenance_sum,
                                              task.priced[m * task.n_prices].consolidation};
        record(task.epoch_records[m], values);
    }
}

// Final weights of Policy::immediate from the counts: w = sum of n_q z_q.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void weights_from_counts(Team& team, const Task<Number>& task, int m) {
    Number* persistent = task.members[m].persistent;
    for (int q = 0; q < task.n_patterns; ++q) {
        const Number count = static_cast<Number>(task.counts[q]);
        if (count == Number{}) {
            continue;
        }
        const SignedInputs<Number> z = signed_inputs(task, q);
        team.for_each(task.view.inputs + 1, [=](int i) { persistent[i] += count * z(i); });
    }
}

// The final consolidation of what is left in s, decayed by `fade` since the last update, and the sums that need the
// whole training.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void finish(Team& team, const Task<Number>& task, Number fade) {
    team.for_each(1, [](int) {});  // the leader's counts are seen by all
    for (int m = 0; m < task.n_members; ++m) {
        const bool immediate = task.members[m].policy == Policy::immediate && task.rule == Rule::caching;
        if (immediate && task.eager_persistent == 0) {
            weights_from_counts(team, task, m);
        }
        Number* transient = task.members[m].transient;
        Number* persistent = task.members[m].persistent;
        for (int k = 0; k < task.n_prices; ++k) {
            const Price price = task.prices[k];
            const std::int32_t* counts = task.counts;
            const double uncached = team.template sum<double>(task.n_patterns, [=, &task](int q) {
                return counts[q] == 0 ? 0.0 : counts[q] * cost_of_pattern(task, q, price);
            });
            const auto last = team.template sums<2, double>(task.view.inputs + 1, [=](int i) {
                const double s = static_cast<double>(transient[i] * fade);
                return Sums<2, double>{
                    {cost_of_change(s, price), cost_of_change(s + static_cast<double>(persistent[i]), price)}};
            });
            if (team.leader()) {
                PricedSums& sums = task.priced[m * task.n_prices + k];
                sums.uncached = uncached;
                sums.consolidation = immediate ? uncached : sums.consolidation + last.value[0];
                sums.minimal = last.value[1];
            }
        }
        team.for_each(task.view.inputs + 1, [=](int i) {
            persistent[i] += transient[i] * fade;
            transient[i] = Number{};
        });
    }
}

// All members learn pattern q. Returns whether all of a member's s was consolidated, which the fields need to know only
// with decay, and then there is one member.
template <class Team, class Number>
SYNCACHE_TEAM_CODE bool learn(Team& team, const Task<Number>& task, int q, Number fade) {
    if (task.rule == Rule::l1_regularised) {
        learn_l1(team, task, q);
        return false;
    }
    bool all_moved = false;
    for (int m = 0; m < task.n_members; ++m) {
        if (task.members[m].policy != Policy::immediate) {
            all_moved |= learn_transient(team, task, m, q, fade);
        } else if (task.eager_persistent != 0) {
            learn_immediate(team, task, m, q);
        }
    }
    return all_moved;
}

// Number: std::int32_t (exact; no decay, no offset, no l1), float or double. Fields: GramFields, RegisterFields or
// DirectFields.
template <class Fields, class Team, class Number>
SYNCACHE_TEAM_CODE void train_with(Team& team, const Task<Number>& task) {
    Fields fields(task);
    start(team, task);
    // s decays only with decay, and only then does a fade multiply it; integers never decay.
    const bool decays = task.decay != 1.0;
    // Members' s is decayed lazily: `steps` presentations lie behind the last update's, that of index `last`.
    std::int64_t last = -1, settled = -1, n_updates = 0;
    fields.start(team);
    Ending ending{};
    for (std::int64_t epoch = 0; epoch < task.max_epochs; ++epoch) {
        const std::int64_t first = epoch * task.n_patterns;
        const std::int64_t updates_before = n_updates;
        for (int q = 0;; ++q) {
            q = fields.first_error(team, q, static_cast<int>(first + q - last));
            if (q == task.n_patterns) {
                break;
            }
            fields.fetch(team, q);  // on its way while the account is kept and the synapses learn
            const std::int64_t now = first + q;
            const int steps = static_cast<int>(now - last);
            tally_distribution(team, task, settled - last + 1, steps);
            settle(team, task, now - settled);
            settled = now;
            set_thresholds(team, task, now, steps);
            const Number fade = decays ? task.powers[steps] : Number{1};
            const bool all_moved = learn(team, task, q, fade);
            fields.update(team, q, steps);
            if (all_moved) {
                fields.consolidate(team);
            }
            if (team.leader()) {
                count_update(task, q);
            }
            if (task.trace_records != nullptr) {
                record_traces(team, task, now);
            }
            last = now;
            ++n_updates;
        }
        const std::int64_t end = first + task.n_patterns;
        tally_distribution(team, task, settled - last + 1, end - 1 - last);
        settle(team, task, end - 1 - settled);
        settled = end - 1;
        record_distribution(team, task);
        record_epoch(team, task, epoch, n_updates - updates_before);
        ending = Ending{n_updates == updates_before, 0, epoch + (n_updates == updates_before ? 0 : 1), end, n_updates};
        if (ending.converged != 0) {
            break;
        }
        if (team.broadcast(team.leader() && static_cast<bool>(*task.stop))) {
            ending.stopped = 1;
            break;
        }
    }
    if (ending.stopped == 0) {
        finish(team, task, decays ? task.powers[settled - last] : Number{1});
    }
    if (team.leader()) {
        *task.ending = ending;
    }
}

// Where the fields of all patterns are kept: in the task's memory.
struct FieldsInMemory {
    static constexpr bool in_memory = true;
    // Blocks that a multiprocessor must hold, which leaves a thread the registers for the batches that it loads.
    // Unasked, the compiler gives it fewer and spills.
    template <class Number>
    static constexpr int least_blocks = std::is_integral_v<Number> ? 5 : 4;
    template <class Number, bool decays>
    using Gram = GramFields<Number, decays>;
};

// Place: FieldsInMemory, or a FieldsInRegisters, which has no trainings without fields (uses_gram).
template <class Place = FieldsInMemory, class Team, class Number>
SYNCACHE_TEAM_CODE void train(Team& team, const Task<Number>& task) {
    if constexpr (std::is_integral_v<Number>) {
        train_with<typename Place::template Gram<Number, false>>(team, task);
    } else if (task.decay != 1.0 && (!Place::in_memory || uses_gram(task.rule, task.members[0].policy, task.decay))) {
        train_with<typename Place::template Gram<Number, true>>(team, task);
    } else if (!Place::in_memory || uses_gram(task.rule, task.members[0].policy, task.decay)) {
        train_with<typename Place::template Gram<Number, false>>(team, task);
    } else if constexpr (Place::in_memory) {
        train_with<DirectFields<Number>>(team, task);
    }
}

}  // namespace syncache::inline SYNCACHE_ISA
