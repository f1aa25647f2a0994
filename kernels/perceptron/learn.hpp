#pragma once

#include <cstddef>

#include "kernels/common/team.hpp"
#include "kernels/perceptron/fields.hpp"
#include "kernels/perceptron/pathways.hpp"
#include "kernels/perceptron/task.hpp"

// What one update does to one member's synapses, and what it costs (model.md, section 2, step 3).
namespace syncache::inline SYNCACHE_ISA {

// A part of a synapse's weight before an update, and what the update adds to it.
template <class Number>
struct SynapseChange {
    Number weight, change;
};

// The change of pattern q's inputs, summed over the synapses under a price: sum of cost(step d_q x_qi).
template <class Number>
SYNCACHE_HD double cost_of_pattern(const Task<Number>& task, int q, const Price& price) {
    const double target = task.view.targets[q];
    const double n_up = 0.5 * (task.view.inputs + target * task.view.signed_sums[q]);  // inputs with x = +1
    const double n_down = task.view.inputs - n_up;
    const double change = task.step * target;
    return n_up * cost_of_change(change * (1.0 - task.offset), price) +
           n_down * cost_of_change(change * (-1.0 - task.offset), price) + cost_of_change(change, price);
}

// Moves what takes part from s to l and charges it. threshold: of a synapse, by its index. Returns whether all of s
// moved.
template <class Team, class Number, class Threshold>
SYNCACHE_TEAM_CODE bool consolidate(Team& team, const Task<Number>& task, int m, SignedInputs<Number> z,
                                    Threshold threshold) {
    const Policy policy = task.members[m].policy;
    Number* transient = task.members[m].transient;
    Number* persistent = task.members[m].persistent;
    const int n = task.view.inputs + 1;
    PricedSums* priced = task.priced + static_cast<std::size_t>(m) * static_cast<std::size_t>(task.n_prices);
    for (int k = 1; k < task.n_prices; ++k) {  // price 0 is the plain sum, which the move below gives
        const Price price = task.prices[k];
        const double cost = team.template sum<double>(n, [=](int i) {
            return takes_part(policy, transient[i], threshold(i)) ? cost_of_change(transient[i], price) : 0.0;
        });
        if (team.leader()) {
            priced[k].consolidation += cost;
        }
    }
    // A change that is consolidated at once, in its own presentation, is no transient change.
    double kept_increases = 0.0;
    if (task.potentiation != 0 && policy == Policy::local_local) {
        const Price increases{1.0, 1};
        kept_increases = team.template sum<double>(n, [=](int i) {
            return takes_part(policy, transient[i], threshold(i)) ? 0.0 : cost_of_change(z(i), increases);
        });
    }
    struct Synapse {
        Number transient, persistent;
    };
    const auto read = [=](int i) { return Synapse{transient[i], persistent[i]}; };
    const auto moved = team.template sums<4, Number>(n, read, [=](int i, Synapse synapse) {
        const Number s = synapse.transient;
        const bool moves = takes_part(policy, s, threshold(i));
        const Number l = synapse.persistent + (moves ? s : Number{});
        persistent[i] = l;
        transient[i] = moves ? Number{} : s;
        const Number change = magnitude(z(i));
        return Sums<4, Number>{{moves ? magnitude(s) : Number{}, moves ? Number{} : magnitude(s),
                                moves ? Number{} : change, magnitude(l)}};
    });
    if (team.leader()) {
        MemberSums& sums = task.sums[m];
        priced[0].consolidation += static_cast<double>(moved.value[0]);
        sums.pending = static_cast<double>(moved.value[1]);
        sums.transient_change[0] += static_cast<double>(moved.value[2]);
        sums.transient_change[1] += kept_increases;
        sums.persistent_total = static_cast<double>(moved.value[3]);
    }
    return policy != Policy::local_local;
}

// Adds pattern q to the member's transient weights, decayed by `fade` since the last update, and consolidates where the
// policy says so. Returns whether all of s was consolidated.
template <class Team, class Number>
SYNCACHE_TEAM_CODE bool learn_transient(Team& team, const Task<Number>& task, int m, int q, Number fade) {
    const SignedInputs<Number> z = signed_inputs(task, q);
    Number* transient = task.members[m].transient;
    const auto read = [=](int i) {
        // hot loop: learn-transient
        const Number change = z(i);
        return SynapseChange<Number>{transient[i], change};
    };
    const auto after =
        team.template sum_and_max<Number>(task.view.inputs + 1, read, [=](int i, SynapseChange<Number> synapse) {
            const Number s = synapse.weight * fade + synapse.change;
            transient[i] = s;
            return magnitude(s);
        });
    const Member<Number>& member = task.members[m];  // whose threshold the leader has set before that sum
    if (member.pathways != nullptr) {
        if (any_exceeds(team, task, m)) {
            return consolidate(team, task, m, z, SynapseThresholds<Number>{member.synapse_thresholds});
        }
    } else if (triggers(member.policy, after.max, after.sum, member.threshold)) {
        return consolidate(team, task, m, z, CommonThreshold<Number>{member.threshold});
    }
    if (team.leader()) {
        MemberSums& sums = task.sums[m];
        sums.pending = static_cast<double>(after.sum);
        sums.transient_change[0] += cost_of_pattern(task, q, Price{1.0, 0});
        sums.transient_change[1] += task.potentiation != 0 ? cost_of_pattern(task, q, Price{1.0, 1}) : 0.0;
    }
    return false;
}

// Policy::immediate: l += z. Its consolidation follows from the counts of updates at the end.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void learn_immediate(Team& team, const Task<Number>& task, int m, int q) {
    const SignedInputs<Number> z = signed_inputs(task, q);
    Number* persistent = task.members[m].persistent;
    const auto read = [=](int i) { return SynapseChange<Number>{persistent[i], z(i)}; };
    const Number total =
        team.template sum<Number>(task.view.inputs + 1, read, [=](int i, SynapseChange<Number> synapse) {
            const Number l = synapse.weight + synapse.change;
            persistent[i] = l;
            return magnitude(l);
        });
    if (team.leader()) {
        task.sums[m].persistent_total = static_cast<double>(total);
    }
}

// Rule::l1_regularised: l += step * z - threshold * sign(l), sign(0) = -1; the whole change is paid.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void learn_l1(Team& team, const Task<Number>& task, int q) {
    const SignedInputs<Number> z = signed_inputs(task, q);
    const Number step = static_cast<Number>(task.step);
    const Number threshold = task.members[0].threshold;
    Number* persistent = task.members[0].persistent;
    const auto change_of = [=](int i) { return step * z(i) - (persistent[i] > Number{} ? threshold : -threshold); };
    for (int k = 1; k < task.n_prices; ++k) {
        const Price price = task.prices[k];
        const double cost =
            team.template sum<double>(task.view.inputs + 1, [=](int i) { return cost_of_change(change_of(i), price); });
        if (team.leader()) {
            task.priced[k].consolidation += cost;
        }
    }
    const auto read = [=](int i) { return SynapseChange<Number>{persistent[i], change_of(i)}; };
    const auto after =
        team.template sums<2, Number>(task.view.inputs + 1, read, [=](int i, SynapseChange<Number> synapse) {
            const Number change = synapse.change;
            const Number l = synapse.weight + change;
            persistent[i] = l;
            return Sums<2, Number>{{magnitude(change), magnitude(l)}};
        });
    if (team.leader()) {
        task.priced[0].consolidation += static_cast<double>(after.value[0]);
        task.sums[0].persistent_total = static_cast<double>(after.value[1]);
    }
}

}  // namespace syncache::inline SYNCACHE_ISA
