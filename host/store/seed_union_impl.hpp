#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/experiment/experiment.hpp"

namespace syncache {

// Experiments that differ in their seeds alone, as one with the seeds of all: what a merge makes of them.
class SeedUnion {
  public:
    // `texts`: as runs recorded them (Experiment::text), at least one. The first one's order of axes, and of seeds,
    // comes first. None if one differs in more than its seeds, has seeds in zipped axes or points, or cannot be read.
    static std::optional<SeedUnion> of(const std::vector<std::string>& texts);

    // The first one itself where the others add no seed.
    const Experiment& experiment() const { return *experiment_; }

    // The place in experiment() of the trial that has `position` in the experiment of that text, one of those given.
    // Trials added behind an experiment's own stay behind all.
    std::int64_t place(const std::string& text, std::int64_t position) const;

  private:
    std::shared_ptr<const Experiment> experiment_;
    std::int64_t size_ = 0;
    std::map<std::string, std::vector<std::int64_t>> places_;  // text -> [position]
};

}  // namespace syncache
