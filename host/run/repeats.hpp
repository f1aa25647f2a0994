#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "host/experiment/sweep.hpp"

namespace syncache {

// Finds trials of a sweep that train the same network as another one, since they differ only in parameters that have no
// effect in them (Model::without_effect): thresholds swept with variant none, say. Such a sweep is valid, but hardly
// what was meant.
class Repeats {
  public:
    explicit Repeats(const Experiment& experiment);

    // Each trial of the sweep once.
    void add(const Trial& trial);

    std::size_t count() const { return count_; }

    // "8 of 18 trials repeat others: they differ in threshold alone, which has no effect with variant = "none""; empty
    // if none repeats.
    std::string text() const;

  private:
    std::vector<int> swept_;                  // parameters that axes or points set
    std::unordered_set<std::uint64_t> seen_;  // hashes of what has an effect
    std::size_t count_ = 0, n_trials_ = 0;
    std::vector<int> idle_;  // swept parameters without effect in the first trial that repeats
    std::string where_;
    const Model* model_;
};

}  // namespace syncache
