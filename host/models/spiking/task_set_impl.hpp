#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "host/models/outcome.hpp"
#include "host/models/spiking/inputs_impl.hpp"
#include "host/models/spiking/settings.hpp"
#include "host/models/spiking/tables.hpp"
#include "kernels/spiking/task.hpp"

// From trials of the spiking neuron to the kernels' tasks and back to outcomes; the same for the CPU and the GPU, which
// differ only in where the memory lies.
namespace syncache::spiking {

// Trials that share one trajectory, and what it needs.
template <class Number>
struct Job {
    std::vector<std::size_t> trials;  // places in the batch
    std::shared_ptr<const ConstantTables<Number>> tables;
    std::shared_ptr<const Inputs> inputs;
};

// Three blocks of memory, each at a multiple of 64 bytes.
struct Blocks {
    std::byte* shared = nullptr;  // read only: tables, patterns, recordings, prices; and the members
    std::byte* state = nullptr;
    std::byte* results = nullptr;
};
struct BlockSizes {
    std::size_t shared = 0, state = 0, results = 0;
};

// The tasks of some jobs in one set of blocks.
template <class Number>
class TaskSet {
  public:
    // Keeps references.
    TaskSet(const std::vector<Settings>& settings, const std::vector<Job<Number>>& jobs, const Tallies& tallies);

    BlockSizes sizes() const { return sizes_; }

    // Fills `image`, the content of the shared block, and the tasks. `blocks` are addresses where the kernel will find
    // them: for the CPU image == blocks.shared.
    void bind(const Blocks& blocks, std::byte* image);
    std::vector<Task<Number>>& tasks() { return tasks_; }

    // After training: `results` is the results block (or a copy of it) of blocks bound at `blocks.results`.
    Outcome outcome(std::size_t job, std::size_t member, const std::byte* results) const;

  private:
    class Places;
    void place(Places& places);
    Task<Number> place_job(Places& places, const Job<Number>& job, const Constants<Number>* constants,
                           const Pattern* patterns, const Recording& recording) const;

    const std::vector<Settings>& settings_;
    const std::vector<Job<Number>>& jobs_;
    const Tallies& tallies_;
    std::vector<Price> prices_;  // the plain one first, then those asked for that differ from it
    Blocks blocks_;
    BlockSizes sizes_;
    std::vector<Task<Number>> tasks_;
};

extern template class TaskSet<float>;
extern template class TaskSet<double>;

// Whether a training counts as successful (model.md, section 4): the responses g_A.x of all patterns of one target,
// either of the two, lie within `success_within` standard deviations of their mean and at least `success_apart` of the
// other target's deviations from its mean (deviations of the population). A single pattern always is, patterns of a
// single target never.
bool is_successful(const Settings& settings, const std::vector<Pattern>& patterns,
                   const std::vector<double>& conductances);

}  // namespace syncache::spiking
