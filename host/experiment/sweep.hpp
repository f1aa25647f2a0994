#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "host/experiment/experiment.hpp"

namespace syncache {

// All trials of an experiment, made one at a time so that a million of them need no memory.
// Order: [[points]] in the order of the file (each crossed with the axes it does not set itself), or, without points,
// the axes' product, the first axis varying slowest.
class Sweep {
  public:
    // Keeps a reference. Throws std::invalid_argument where there are more trials than 64 bits can number.
    explicit Sweep(const Experiment& experiment);
    std::size_t size() const { return size_; }

    const Experiment& experiment() const { return *experiment_; }

    // The experiment's.
    const Model& model() const { return *experiment_->model; }

    // Whether a trial may occur twice: points may overlap, axes never do.
    bool may_repeat() const { return points_->size() > 1; }

    // Throws std::invalid_argument naming key or file (Model::complete), std::out_of_range for an index beyond size().
    // Thread-safe. The trial refers to the experiment's folder.
    Trial trial(std::size_t index) const;

    // What the experiment sets for that trial, each parameter once, before the model completes it. Throws
    // std::out_of_range. Thread-safe.
    std::vector<std::pair<int, Value>> settings(std::size_t index) const;

  private:
    // Calls set(parameter, value) for what the experiment's fixed settings leave open or replace, in order.
    template <class Set>
    void for_each_setting(std::size_t index, const Set& set) const;

    const Experiment* experiment_;
    const std::vector<Point>* points_;  // the experiment's, or one that sets nothing
    std::vector<std::size_t> first_;    // index of each point's first trial
    std::size_t size_ = 0;
    std::vector<Value> values_;  // [parameter], before axes and points
    std::vector<bool> is_set_;
};

}  // namespace syncache
