#include "host/models/mlp/recording.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace syncache {
namespace {

constexpr std::size_t n_trace_columns = 5;

}  // namespace

MlpRecording::MlpRecording(const MlpSettings& settings, const std::vector<int>& sizes, const Tallies& tallies)
    : wants_traces_(tallies.records("traces")),
      wants_weights_(tallies.records("checkpoint_weights")),
      traced_(settings.traced),
      sizes_(sizes),
      traces_{"traces", {"presentation", "synapse", "transient", "persistent", "weight"}, {}},
      weights_(sizes.size() - 1) {}

void MlpRecording::add_traces(std::span<const TracedWeight> values) {
    for (std::size_t at = 0; at < values.size(); ++presentations_) {
        for (const std::int64_t synapse : traced_) {
            const auto [transient, persistent] = values[at++];
            traces_.rows.insert(traces_.rows.end(), {static_cast<double>(presentations_), static_cast<double>(synapse),
                                                     transient, persistent, transient + persistent});
        }
    }
}

void MlpRecording::add_weights(const std::vector<std::vector<double>>& weights) {
    for (std::size_t k = 0; k < weights.size(); ++k) {
        weights_[k].insert(weights_[k].end(), weights[k].begin(), weights[k].end());
    }
    ++n_checkpoints_;
}

void MlpRecording::put_into(Outcome& outcome) && {
    if (wants_traces_) {
        outcome.tables.push_back(std::move(traces_));
    }
    for (std::size_t k = 0; wants_weights_ && k < weights_.size(); ++k) {
        outcome.weights.push_back({fmt::format("checkpoint_weights_layer{}", k + 1),
                                   {n_checkpoints_, sizes_[k + 1], sizes_[k]},
                                   std::move(weights_[k])});
    }
}

double MlpRecording::bytes(const MlpSettings& settings, const std::vector<int>& sizes, const Tallies& tallies,
                           double presentations) {
    const double traces = tallies.records("traces") ? presentations * static_cast<double>(settings.traced.size()) *
                                                          n_trace_columns * sizeof(double)
                                                    : 0.0;
    const double checkpoints = presentations / static_cast<double>(settings.checkpoint_every);
    const double weights = tallies.records("checkpoint_weights")
                               ? checkpoints * static_cast<double>(number_of_synapses(sizes)) * sizeof(double)
                               : 0.0;
    return traces + weights;
}

}  // namespace syncache
