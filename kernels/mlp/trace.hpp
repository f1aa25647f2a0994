#pragma once

#include <cstdint>

#include "kernels/common/team.hpp"
#include "kernels/mlp/pack.hpp"
#include "kernels/mlp/task.hpp"

// The course of chosen synapses (model.md, section 3).
namespace syncache::inline SYNCACHE_ISA {

// What the synapses are after a presentation's changes. row: of the presentation, within this call of `train`. Of a
// part of a network each records its own units; later layers, which all parts have alike, are the first one's.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void record_traces(Team& team, const MlpTask<Number>& task, std::int64_t row, double scale) {
    const bool is_first_part = task.layers[0].first_unit == 0;
    const double to_rest =
        task.coupling * scale * task.decay;  // with momentum `fixed` is where the weight comes to rest
    team.for_each(task.n_traced, [=, &task](int k) {
        const TracedSynapse at = task.traced[k];
        const MlpLayer<Number>& layer = task.layers[at.layer];
        const int unit = at.unit - layer.first_unit;
        if (unit < 0 || unit >= layer.units || (at.layer > 0 && !is_first_part)) {
            return;
        }
        const int synapse = synapse_index(layer, at.input, unit, pack_width);
        const double fixed = static_cast<double>(layer.fixed[synapse]);
        const double fading = task.rule == MlpRule::plain ? 0.0 : static_cast<double>(layer.fading[synapse]);
        const bool caching = task.rule == MlpRule::caching;
        task.traces[row * task.n_traced + k] =
            TracedWeight{caching ? scale * fading : 0.0, caching ? fixed : fixed + to_rest * fading};
    });
}

}  // namespace syncache::inline SYNCACHE_ISA
