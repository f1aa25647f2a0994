#pragma once

#include <cstddef>

#include "host/experiment.hpp"

namespace syncache {

// All trials of an experiment, made one at a time so that a million of them need no memory.
// Order: [[points]] in the order of the file (each crossed with the axes it does not set itself), or, without points,
// the axes' product, the first axis varying slowest.
class Sweep {
  public:
    explicit Sweep(const Experiment& experiment);  // keeps a reference
    std::size_t size() const { return size_; }

    // Throws std::invalid_argument naming key or file (Model::complete).
    Trial trial(std::size_t index) const;

  private:
    const Experiment* experiment_;
    std::size_t size_ = 0;
};

}  // namespace syncache
