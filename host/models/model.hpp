#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/models/outcome.hpp"
#include "host/settings/schema.hpp"
#include "host/settings/trial.hpp"

namespace syncache {

// What a trial asks of the machine, for the plan.
struct Need {
    std::string data;          // trials with equal text share read-only data (patterns and Gram matrix, images)
    std::string trajectory;    // trials with equal text share one simulation; empty: none is shared
    double data_bytes = 0.0;   // of the shared data
    double state_bytes = 0.0;  // of one trial in flight
    double data_work = 0.0;    // elementary operations (multiply-adds, roughly) to make the shared data
    double work = 0.0;         // elementary operations to train the trial, expected; a trajectory's work counts once
    double member_work = 0.0;  // of `work`, the part that each further member of a trajectory adds
};

// Called with the trial's place in the batch and its outcome, once for each finished trial, in any order, from one
// thread.
using OutcomeSink = std::function<void(std::size_t, Outcome)>;

// Trains batches of trials of one model on one backend: one CPU thread, or one GPU. Holds the shared data of the last
// batch, so that the next batch on the same data need not make it again. Not thread-safe: each worker has its own.
class Trainer {
  public:
    virtual ~Trainer() = default;

    // Trains every trial. Returns early, with some trials not delivered, once `stop` is true.
    // Throws std::runtime_error (or cuda_error) naming what failed.
    virtual void train(std::span<const Trial> trials, const Tallies& tallies, const std::atomic<bool>& stop,
                       const OutcomeSink& deliver) = 0;
};

// One kind of network: its parameters and how to train it. There is one object of each kind; see `models()`.
class Model : public Schema {
  public:
    // Names of the outcome's columns beyond those that all models have, e.g. an MLP's energies per layer.
    virtual std::span<const std::string> extra_columns() const = 0;

    // The words of `record` that this model understands.
    virtual std::span<const std::string> recordable() const = 0;

    // Values that follow from others or from files (sizes read from `patterns_file`) are filled in, and what
    // `checked` cannot see is refused: sizes that disagree, combinations that mean nothing. Reads only the headers of
    // files. `is_set[i]` tells whether the experiment gives parameter i. Throws std::invalid_argument naming key or
    // file. Relative data paths start in `folder`.
    virtual void complete(std::vector<Value>& values, const std::vector<bool>& is_set,
                          const std::filesystem::path& folder) const = 0;

    // Refuses a trial that cannot record what `tallies` asks for. Throws std::invalid_argument.
    virtual void check(const Trial& trial, const Tallies& tallies) const = 0;

    virtual Need need(const Trial& trial) const = 0;

    // What the trial's own data files hold, for people: a line each, those that warn begin with "warning: ". Called for
    // trials that `check` has let through; none for data that need no words.
    virtual std::vector<std::string> describe_data(const Trial& trial) const;

    virtual std::unique_ptr<Trainer> cpu_trainer() const = 0;

    // Throws std::runtime_error where the build has no CUDA, and cuda_error where the device cannot be had.
    virtual std::unique_ptr<Trainer> cuda_trainer(int device) const = 0;
};

// All models there are: those of this library, then those that were added.
std::span<const Model* const> models();

// Adds a model of somebody else's, which must outlive all use of models(). Not thread-safe: to be called before
// anything else asks for models. Throws std::invalid_argument "model <name>: ..." for a name that a model has already,
// and what check_model refuses.
void add_model(const Model& model);

// Refuses a model whose columns would not be one of each name in exports, or that experiment files could not name: the
// first parameter is the integer `seed`; every fallback is of its parameter's type and range; names of parameters and
// extra columns are distinct, and none that all exports have. Throws std::invalid_argument "model <name>: ...".
void check_model(const Model& model);

// The model of that name among `known`. Throws std::invalid_argument that lists the names there are.
const Model& find_model(std::string_view name, std::span<const Model* const> known = models());

}  // namespace syncache
