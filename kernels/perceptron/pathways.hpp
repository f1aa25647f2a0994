#pragma once

#include <cfloat>
#include <cmath>

#include "kernels/common/team.hpp"
#include "kernels/perceptron/task.hpp"

// Thresholds that differ between pathways, groups of inputs (model.md, section 8); an extension of the paper.
namespace syncache::inline SYNCACHE_ISA {

// The threshold of a pathway, theta being the network's: a product within rounding of a whole number is that number, so
// that 0.29 times 100 updates is 29 as it is meant.
template <class Number>
SYNCACHE_HD Number pathway_threshold(double factor, double theta) {
    const double product = factor * theta;
    const double whole = std::round(product);
    const bool is_whole = std::fabs(product - whole) <= 4.0 * DBL_EPSILON * whole;
    return kernel_threshold<Number>(is_whole ? whole : product);
}

// Gives each synapse of a member with pathways the threshold of its pathway; the bias, which is in none, theta itself.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void set_synapse_thresholds(Team& team, const Task<Number>& task, int m, double theta) {
    const Member<Number>& member = task.members[m];
    Number* thresholds = member.synapse_thresholds;
    int begin = 0;
    for (int k = 0; k < member.n_pathways; ++k) {
        const Pathway pathway = member.pathways[k];
        const Number threshold = pathway_threshold<Number>(pathway.factor, theta);
        Number* of_pathway = thresholds + begin;
        team.for_each(pathway.end - begin, [=](int i) { of_pathway[i] = threshold; });
        begin = pathway.end;
    }
    const Number of_bias = kernel_threshold<Number>(theta);
    const int bias = task.view.inputs;
    team.for_each(1, [=](int) { thresholds[bias] = of_bias; });
}

// Thresholds as the loops over synapses read them: one for all, or each synapse's.
template <class Number>
struct CommonThreshold {
    Number threshold;
    SYNCACHE_HD Number operator()(int) const { return threshold; }
};
template <class Number>
struct SynapseThresholds {
    const Number* thresholds;
    SYNCACHE_HD Number operator()(int i) const { return thresholds[i]; }
};

// Whether a synapse of a member with pathways exceeds its own threshold.
template <class Team, class Number>
SYNCACHE_TEAM_CODE bool any_exceeds(Team& team, const Task<Number>& task, int m) {
    const Number* transient = task.members[m].transient;
    const Number* thresholds = task.members[m].synapse_thresholds;
    const int n = task.view.inputs + 1;
    return team.first_index(0, n, [=](int i) { return magnitude(transient[i]) > thresholds[i]; }) < n;
}

}  // namespace syncache::inline SYNCACHE_ISA
