#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
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
    bool is_bound = false;     // `work` is the most that the trial may take; most end much earlier
    double scatter = 1.0;      // of some thirty such trials the longest may take so many times `work`; at least 1
};

// How far a training is.
struct TrainingProgress {
    double updates = 0.0;        // K
    double presentations = 0.0;  // T
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

// A trainer for models that share nothing between trials. It calls train(trial, tallies, stop) for one trial after the
// other; what that returns once `stop` is true counts as given up and is not delivered.
std::unique_ptr<Trainer> one_by_one(
    std::function<Outcome(const Trial&, const Tallies&, const std::atomic<bool>& stop)> train);

// Closed forms of a model: what `syncache theory` prints of a trial at a price list.
class Theory {
  public:
    virtual ~Theory() = default;

    // Names of the predicted numbers. Energies have the names that they have in exports.
    virtual std::span<const std::string> columns() const = 0;

    // Those of them that also make sense for a single epoch of a training: of its recorded table `epochs`, which then
    // has the columns epoch, updates and patterns (presentations in the epoch).
    virtual std::span<const std::string> epoch_columns() const { return {}; }

    // The expected course of a training, before it is made.
    virtual TrainingProgress expected(const Trial& trial) const = 0;

    // The numbers that columns() names, NaN where the theory says nothing. progress: expected, or measured.
    virtual std::vector<double> predict(const Trial& trial, const AccountingSetting& prices,
                                        const TrainingProgress& progress) const = 0;

    // Share of the time that a transient weight spends between low and high while learning goes on as in `progress`;
    // NaN where the theory says nothing.
    virtual double transient_share(const Trial& trial, const TrainingProgress& progress, double low, double high) const;
};

// A function of numbers that SQL queries of claims may call. It is given from `least` to `most` arguments, none of them
// NULL; a NaN becomes NULL.
struct ClaimFunction {
    const char* name;
    int least, most;
    double (*value)(std::span<const double> arguments);
};

// One kind of network: its parameters and how to train it. There is one object of each kind; see `models()`.
class Model : public Schema {
  public:
    // What it is, in a sentence or two of Markdown, for lists and manuals.
    virtual std::string_view description() const { return {}; }

    // Names of the outcome's columns beyond those that all models have, e.g. an MLP's energies per layer.
    virtual std::span<const std::string> extra_columns() const { return {}; }

    // The words of `record` that this model understands.
    virtual std::span<const std::string> recordable() const { return {}; }

    // Values that follow from others or from files (sizes read from `patterns_file`) are filled in, and what
    // `checked` cannot see is refused: sizes that disagree, combinations that mean nothing. Reads only the headers of
    // files. `is_set[i]` tells whether the experiment gives parameter i. Throws std::invalid_argument naming key or
    // file. Relative data paths start in `folder`.
    virtual void complete(std::vector<Value>& /*values*/, const std::vector<bool>& /*is_set*/,
                          const std::filesystem::path& /*folder*/) const {}

    // Refuses a trial that cannot record what `tallies` asks for. Throws std::invalid_argument.
    virtual void check(const Trial& /*trial*/, const Tallies& /*tallies*/) const {}

    // Names of parameters that have no effect on what the trial does, whatever their values; a sweep of them repeats
    // trials.
    virtual std::span<const std::string_view> without_effect(const Trial& /*trial*/) const { return {}; }

    virtual Need need(const Trial& trial) const = 0;

    // What recording takes on top of that: state_bytes, work and member_work.
    virtual Need need_of_records(const Trial& /*trial*/, const Tallies& /*tallies*/) const { return {}; }

    // What the trial's own data files hold, for people: a line each, those that warn begin with "warning: ". Called for
    // trials that `check` has let through; none for data that need no words.
    virtual std::vector<std::string> describe_data(const Trial& trial) const;

    virtual std::unique_ptr<Trainer> cpu_trainer() const = 0;

    // Whether there is a trainer for GPUs. Without one, `--backend auto` leaves GPUs idle.
    virtual bool has_cuda_trainer() const { return false; }

    // Throws std::runtime_error where the build has no CUDA, cuda_error where the device cannot be had, and
    // std::logic_error without has_cuda_trainer().
    virtual std::unique_ptr<Trainer> cuda_trainer(int device) const;

    // The model's closed forms, or nullptr.
    virtual const Theory* theory() const { return nullptr; }

    // Functions that the claims of its experiments may call.
    virtual std::span<const ClaimFunction> claim_functions() const { return {}; }
};

// All models there are: those of this library, then those that were added.
std::span<const Model* const> models();

// Adds a model of somebody else's, which must outlive all use of models(). Not thread-safe: to be called before
// anything else asks for models. Throws std::invalid_argument "model <name>: ..." for a name that a model has already,
// and what check_model refuses.
void add_model(const Model& model);

// Refuses a model whose columns would not be one of each name in exports, or that experiment files could not name: the
// first parameter is the integer `seed`; every fallback is of its parameter's type and range; names of parameters and
// extra columns are distinct, none that all exports have; words of record are names. Throws std::invalid_argument.
void check_model(const Model& model);

// The model of that name among `known`. Throws std::invalid_argument that lists the names there are.
const Model& find_model(std::string_view name, std::span<const Model* const> known = models());

// What a trial of that model has for a parameter that its text leaves out (Parameter::only_if_set): the default.
// Nothing for a model or parameter that is not known, and where the default is no value.
std::optional<Value> left_out_value(std::string_view model, std::string_view parameter);

}  // namespace syncache
