#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/models/mlp/settings.hpp"
#include "host/models/outcome.hpp"
#include "kernels/mlp/task.hpp"

namespace syncache {

// What a training records on its way: the traces of chosen synapses, and the weights at checkpoints.
class MlpRecording {
  public:
    MlpRecording(const MlpSettings& settings, const std::vector<int>& sizes, const Tallies& tallies);

    // values: [presentation][traced synapse], of the presentations that follow those added before.
    void add_traces(std::span<const TracedWeight> values);

    bool wants_weights() const { return wants_weights_; }
    // At a checkpoint: [layer][unit][input].
    void add_weights(const std::vector<std::vector<double>>& weights);

    // Adds the table "traces" and the arrays checkpoint_weights_layer<k> of [checkpoint][units][inputs], k from 1.
    void put_into(Outcome& outcome) &&;

    // Bytes that a training of so many presentations takes for it.
    static double bytes(const MlpSettings& settings, const std::vector<int>& sizes, const Tallies& tallies,
                        double presentations);

  private:
    bool wants_traces_, wants_weights_;
    std::vector<std::int64_t> traced_;
    std::vector<int> sizes_;
    std::int64_t presentations_ = 0;  // traced so far
    RecordedTable traces_;
    std::int64_t n_checkpoints_ = 0;
    std::vector<std::vector<double>> weights_;  // [layer][checkpoint, unit, input]
};

}  // namespace syncache
