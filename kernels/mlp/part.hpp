#pragma once

#include "kernels/mlp/part_layout.hpp"
#include "kernels/mlp/train.hpp"

// Into parts of a network and out of them; between, each part trains like a whole network. What a unit adds up it adds
// up in the same order as in a whole network. In a presentation the parts tell each other the first layer's activities,
// and nothing else unless a layer or the network consolidates together.
namespace syncache::inline SYNCACHE_ISA {

// Calls move(array of the part, array of the whole, rows) for everything that a layer keeps from one presentation to
// the next: rows of a number for each unit.
template <class Number, class Move>
SYNCACHE_TEAM_CODE void for_kept_arrays(const MlpLayer<Number>& part, const MlpLayer<Number>& whole, bool fades,
                                        int n_prices, Move move) {
    move(part.fixed, whole.fixed, whole.inputs);
    if (fades) {
        move(part.fading, whole.fading, whole.inputs);
    }
    const LayerAccount &ours = part.account, &all = whole.account;
    move(ours.uncached, all.uncached, n_prices);
    move(ours.consolidation, all.consolidation, n_prices);
    move(ours.maintenance, all.maintenance, 1);
    if (all.persistent != nullptr) {
        move(ours.persistent, all.persistent, 1);
    }
    move(ours.transient_change[0], all.transient_change[0], 1);
    move(ours.transient_change[1], all.transient_change[1], 1);
    move(ours.n_changes, all.n_changes, 1);
    move(ours.n_consolidated, all.n_consolidated, 1);
    move(ours.pending, all.pending, 1);
    move(ours.n_moving, all.n_moving, 1);
    if (ours.by_synapse != nullptr) {
        move(ours.by_synapse, all.by_synapse, whole.inputs);
    }
}

// Copies a network's state into a part that was just laid out.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void take_part(Team& team, const MlpTask<Number>& part, const MlpTask<Number>& whole) {
    for (int k = 0; k < whole.n_layers; ++k) {
        const int units = part.layers[k].units, first = part.layers[k].first_unit, all = whole.layers[k].stride;
        for_kept_arrays(part.layers[k], whole.layers[k], whole.rule != MlpRule::plain, whole.n_prices,
                        [&](auto* to, const auto* from, int n_rows) {
                            team.for_each(n_rows * units,
                                          [=](int i) { to[i] = from[i / units * all + first + i % units]; });
                        });
        Number* at_once = part.layers[k].at_once;
        team.for_each(units, [=](int j) { at_once[j] = Number{}; });
    }
}

// Copies a part's state back; the first part's those of the layers that all parts have.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void give_part_back(Team& team, const MlpTask<Number>& part, const MlpTask<Number>& whole,
                                       int index) {
    for (int k = 0; k < (index == 0 ? whole.n_layers : 1); ++k) {
        const int units = part.layers[k].units, first = part.layers[k].first_unit, all = whole.layers[k].stride;
        for_kept_arrays(part.layers[k], whole.layers[k], whole.rule != MlpRule::plain, whole.n_prices,
                        [&](const auto* from, auto* to, int n_rows) {
                            team.for_each(n_rows * units,
                                          [=](int i) { to[i / units * all + first + i % units] = from[i]; });
                        });
    }
}

// How far a part's training came, which is how far the network's did. For one thread.
template <class Number>
SYNCACHE_HD void give_progress_back(const MlpTask<Number>& part, MlpTask<Number>& whole) {
    whole.scale = part.scale;
    whole.error_rate = part.error_rate;
    whole.presentations = part.presentations;
    whole.stopped = part.stopped;
}

}  // namespace syncache::inline SYNCACHE_ISA
