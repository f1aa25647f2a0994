#include "host/run/run.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <optional>
#include <ostream>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/experiment/trial_identity.hpp"
#include "host/run/memory_impl.hpp"
#include "host/run/message.hpp"
#include "host/run/progress.hpp"
#include "host/run/storing_impl.hpp"
#include "host/store/build_info.hpp"
#include "host/store/lack.hpp"
#include "host/store/sql.hpp"
#include "host/store/store.hpp"

namespace syncache {
namespace {

std::filesystem::path results_path(const RunOptions& options) {
    if (!options.results.empty() || options.given) {
        return options.results;
    }
    std::filesystem::path path = options.experiment;
    path.replace_extension();
    if (options.shard.count > 1) {
        path += fmt::format(".shard-{}-of-{}", options.shard.index, options.shard.count);
    }
    path += ".sqlite";
    return path;
}

std::string host_name() {
    std::array<char, 256> name{};
    return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

// What a run holds besides data and trials, and a dry run not: code, threads, the results file's pages, of which it
// keeps up to 64 MiB, and outcomes that wait to be stored or are being stored, each with as much again and half as much
// more for the heap. Measured.
double storing_bytes(const Plan& plan, const Experiment& experiment) {
    constexpr double page_bytes = 450.0, most_pages = 67.1e6;
    constexpr double outcome_bytes = 2000.0, most_outcomes = 5.0 * StoringThread::most_waiting_bytes;
    const auto trials = static_cast<double>(plan.n_trials);
    const double outcomes = experiment.record.empty() ? std::min(most_outcomes, outcome_bytes * trials) : most_outcomes;
    return 4e6 + std::min(most_pages, page_bytes * trials) + outcomes;
}

// What workers may hold together: what the user allows, or most of what the machine has left.
// Throws std::invalid_argument where that does not suffice for the largest trial.
MemoryBudget memory_budget(const RunOptions& options, const Experiment& experiment, const Plan& plan) {
    constexpr double part_of_available = 0.9;
    if (options.memory_bytes == 0) {
        return MemoryBudget(static_cast<std::size_t>(part_of_available * available_bytes()));
    }
    const double kept = resident_bytes() + storing_bytes(plan, experiment);
    const auto allowed = static_cast<double>(options.memory_bytes);
    if (allowed < kept + plan.largest_bytes) {
        throw std::invalid_argument(
            fmt::format("--memory = {}; allowed: at least {}, of which {} for the largest trial", bytes_text(allowed),
                        bytes_text(kept + plan.largest_bytes), bytes_text(plan.largest_bytes)));
    }
    return MemoryBudget(static_cast<std::size_t>(allowed - kept));
}

// How far a results file is with this experiment; tools/slurm/submit reads it.
const char* state_of_results(const Store* store, const Experiment& experiment, const Plan& plan) {
    if (store == nullptr) {
        return "none yet";
    }
    if (!store->is_current(experiment)) {
        return "of another experiment";
    }
    return plan.n_done == plan.n_trials && store->is_in_place() ? "complete" : "incomplete";
}

void print_plan(const RunPlan& plan, std::ostream& out) {
    fmt::print(out, "results: {} ({})\n", plan.results.string(), plan.state);
    if (plan.lack) {
        fmt::print(out, "retrain: {}; wants --retrain\n", text_of(*plan.lack));
    }
    fmt::print(out, "trials:  {} ({} done, {} to train)\n", plan.trials, plan.done, plan.trials - plan.done);
    fmt::print(out, "batches: {}\n", plan.batches);
    fmt::print(out, "backend: {} ({})\n", plan.backend, plan.device);
    for (const std::string& device : plan.left_out) {
        fmt::print(out, "without: {}\n", device);
    }
    for (const std::string& warning : plan.warnings) {
        fmt::print(out, "warning: {}\n", warning);
    }
    fmt::print(
        out, "memory:  {} at the peak: {} for each set of shared data ({} sets in all), {} for each trial in flight\n",
        bytes_text(plan.peak_bytes), bytes_text(plan.data_bytes), plan.data_sets, bytes_text(plan.trial_bytes));
    fmt::print(out, "time:    {} {:.2g} s on {} CPU thread{}\n", plan.is_bound ? "at most" : "about", plan.seconds,
               plan.threads, plan.threads == 1 ? "" : "s");
    constexpr double worth_saying = 2.0;
    if (plan.scatter > worth_saying) {
        fmt::print(
            out, "         some trials, near their convergence limit, may take {:.1g} times what is expected of them\n",
            plan.scatter);
    }
}

struct Preparation {
    Experiment experiment;
    Tallies tallies;
    FileChecksums checksums;
    Backend backend;

    explicit Preparation(const RunOptions& options)
        : experiment(options.given ? *options.given : read_experiment(options.experiment, options.overrides)),
          tallies(experiment.tallies()),
          backend(make_backend(*experiment.model, options.backend)) {}
};

// The shard's trials as batches; those that the store holds already are left out.
Plan plan_of(Preparation& prepared, const Sweep& sweep, const Survey& survey, const RunOptions& options, Store* store,
             std::int64_t first_position = 0) {
    PlanOptions plan_options;
    plan_options.most_trials_per_batch = options.most_trials_per_batch;
    if (store == nullptr || store->is_empty()) {
        return survey.plan(plan_options, [](std::size_t) { return false; });
    }
    return survey.plan(plan_options, [&](std::size_t place) {
        return store->is_done(canonical_text(sweep.trial(place), prepared.checksums), prepared.tallies,
                              first_position + static_cast<std::int64_t>(place));
    });
}

void warn(const RunOptions& options, const std::string& warning) {
    if (options.on_warning) {
        options.on_warning(warning);
    } else {
        tell("warning: {}\n", warning);
    }
}

// Says what the data files hold, and warns of them and of repeated trials, whatever form progress has: a wrong range is
// found before training.
void say_data(const Sweep& sweep, const Survey& survey, const RunOptions& options) {
    constexpr std::size_t most_data_sets = 8;
    for (const std::uint32_t place : survey.places_of_data(most_data_sets)) {
        const Trial trial = sweep.trial(place);
        for (const std::string& line : sweep.model().describe_data(trial)) {
            constexpr std::string_view mark = "warning: ";
            if (line.starts_with(mark)) {
                warn(options, line.substr(mark.size()));
            } else if (options.progress == ProgressForm::text) {
                tell("{}\n", line);
            }
        }
    }
    if (const std::string repeats = survey.repeats().text(); !repeats.empty()) {
        warn(options, repeats);
    }
}

// The stored trials of the survey that would have to be trained again for prices or records that they lack.
std::optional<Lack> trials_to_retrain(Preparation& prepared, const Sweep& sweep, const Survey& survey, Store& store) {
    auto lack = find_lack(store, prepared.tallies, false);
    if (!lack) {
        return std::nullopt;
    }
    lack->trials = 0;
    lack->seconds = 0.0;
    survey.plan({}, [&](std::size_t place) {
        const std::string trial = canonical_text(sweep.trial(place), prepared.checksums);
        if (const auto seconds = store.seconds_of(trial);
            seconds && !store.is_done(trial, prepared.tallies, static_cast<std::int64_t>(place))) {
            ++lack->trials;
            lack->seconds += *seconds;
        }
        return true;
    });
    return lack->trials > 0 ? lack : std::nullopt;
}

// What every run of a sweep into a results file needs.
struct Running {
    Preparation& prepared;
    const RunOptions& options;
    StopRequest& stop;
    Store& store;
};

// How the training of a plan has ended.
struct Trained {
    bool is_complete = false;
    Failures failures;
};

// Trials of this experiment that earlier runs added at its end.
std::int64_t n_added(const Store& store, const Experiment& experiment, std::int64_t n_trials) {
    if (!store.is_current(experiment)) {
        return 0;
    }
    sql::Statement query(store.handle(), "SELECT count(*) FROM trials WHERE position >= ?");
    query.bind(n_trials).step();
    return query.integer(0);
}

void say_end(const Trained& trained, std::size_t n_trained, std::size_t n_to_train) {
    if (n_to_train == 0) {
        tell("finished: nothing to do, all trials are there\n");
        return;
    }
    const bool failed = trained.failures.count > 0;
    const char* end = failed ? "failed" : trained.is_complete ? "finished" : "interrupted";
    tell("{}: {} trained, {} not{}; peak memory {}\n", end, n_trained, n_to_train - n_trained,
         failed || trained.is_complete ? "" : " (the same command goes on)", bytes_text(peak_resident_bytes()));
}

// Trains and stores the survey's trials, and says so.
Trained train_plan(const Running& running, std::int64_t run, const Sweep& sweep, const Survey& survey,
                   std::int64_t first_position) {
    Preparation& prepared = running.prepared;
    const RunOptions& options = running.options;
    const Plan plan = plan_of(prepared, sweep, survey, options, &running.store, first_position);
    const std::size_t n_to_train = plan.n_trials - plan.n_done;
    if (options.progress == ProgressForm::text) {
        tell("{}: {} trials, {} already done; on {} ({})\n", prepared.experiment.name, plan.n_trials, plan.n_done,
             prepared.backend.name, prepared.backend.device);
        for (const std::string& device : prepared.backend.left_out) {
            tell("without {}\n", device);
        }
    }
    MemoryBudget memory = memory_budget(options, prepared.experiment, plan);
    const Results results{[&](std::size_t place, Outcome outcome, double seconds) {
                              return Store::Result{canonical_text(sweep.trial(place), prepared.checksums),
                                                   first_position + static_cast<std::int64_t>(place),
                                                   std::move(outcome), seconds};
                          },
                          [&](std::span<const Store::Result> finished) {
                              if (finished.empty()) {
                                  running.store.checkpoint();
                              } else {
                                  running.store.put(run, finished);
                              }
                          }};
    Done done(prepared.backend.workers.size());
    Trained trained;
    {
        const Progress progress(n_to_train, plan.work, done, running.stop, options.progress, options.on_progress);
        trained.failures =
            train_all(plan, sweep, prepared.tallies, prepared.backend.workers, results, memory, running.stop, done);
    }
    trained.is_complete = done.trials == n_to_train;
    if (options.progress == ProgressForm::text) {
        say_end(trained, done.trials, n_to_train);
    }
    return trained;
}

// One run, recorded as such: its trials have the places from `first_position` on in the experiment's results, which are
// then to be `n_planned` in all.
RunEnd train_sweep(const Running& running, const Sweep& sweep, const Survey& survey, std::int64_t first_position,
                   std::size_t n_planned) {
    Preparation& prepared = running.prepared;
    const Shard& shard = running.options.shard;
    const RunInfo info{commit_text(),           build_text(), prepared.backend.name,
                       prepared.backend.device, host_name(),  fmt::format("{}/{}", shard.index, shard.count)};
    const std::int64_t run = running.store.begin_run(prepared.experiment, info, n_planned);
    std::size_t n_failed = 0;
    try {
        const Trained trained = train_plan(running, run, sweep, survey, first_position);
        n_failed = trained.failures.count;
        if (n_failed > 0) {
            throw std::runtime_error(fmt::format("{} trial{} could not be trained: {}", n_failed,
                                                 n_failed == 1 ? "" : "s", trained.failures.first));
        }
        running.store.end_run(run, trained.is_complete ? "finished" : "interrupted", prepared.checksums.all());
        return trained.is_complete ? RunEnd::finished : RunEnd::interrupted;
    } catch (const std::exception& error) {
        try {
            running.store.end_run(run, std::string("failed: ") + error.what(), prepared.checksums.all(), n_failed);
        } catch (const std::exception&) {
            // The first failure (a full disk, say) is the one to report.
        }
        throw;
    }
}

// A results file given by mistake would evaluate another experiment from now on.
void refuse_other_experiment(const std::filesystem::path& file, const Experiment& experiment) {
    if (!Store::is_there(file)) {
        return;
    }
    const Store store(file, Store::Access::read);
    sql::Statement found(store.handle(),
                         "SELECT name, model FROM experiments WHERE id = (SELECT experiment FROM current_experiment)");
    if (found.step() && (found.text(0) != experiment.name || found.text(1) != experiment.model->name())) {
        throw std::invalid_argument(fmt::format(
            "{}: holds the experiment \"{}\" ({}), not \"{}\" ({}); allowed: another file, or --add, which keeps the "
            "trials of both and evaluates the latter",
            file.string(), found.text(0), found.text(1), experiment.name, experiment.model->name()));
    }
}

RunEnd train_and_store(Preparation& prepared, const RunOptions& options, StopRequest& stop,
                       const AskForMore& ask_for_more) {
    const Sweep sweep(prepared.experiment);
    // Whatever is wrong with any trial is said before a results file exists.
    const Survey survey(sweep, prepared.tallies, options.shard);
    memory_budget(options, prepared.experiment, plan_of(prepared, sweep, survey, options, nullptr));
    if (!options.add) {
        refuse_other_experiment(results_path(options), prepared.experiment);
    }
    if (!options.retrain && Store::is_there(results_path(options))) {
        Store stored(results_path(options), Store::Access::read);
        if (const auto lack = trials_to_retrain(prepared, sweep, survey, stored)) {
            throw std::invalid_argument(
                fmt::format("{}: {}; --retrain does it", results_path(options).string(), text_of(*lack)));
        }
    }
    say_data(sweep, survey, options);
    for (const std::string& warning : prepared.backend.warnings) {
        warn(options, warning);  // whatever form progress has, as those of the data
    }
    Store store(results_path(options), Store::Access::write,
                options.shard.count > 1 ? Store::Journal::rollback : Store::Journal::wal);
    const Running running{prepared, options, stop, store};
    const auto n_swept = static_cast<std::int64_t>(sweep.size());
    std::size_t n_planned = survey.n_trials() + static_cast<std::size_t>(n_added(store, prepared.experiment, n_swept));
    RunEnd end = train_sweep(running, sweep, survey, 0, n_planned);
    while (end == RunEnd::finished && ask_for_more) {
        const std::optional<Experiment> more = ask_for_more(store, prepared.experiment);
        if (!more) {
            break;
        }
        const Sweep further(*more);
        const std::int64_t first =
            std::max(n_swept, sql::query_integer(store.handle(), "SELECT coalesce(max(position), -1) + 1 FROM trials"));
        n_planned += further.size();
        end = train_sweep(running, further, Survey(further, prepared.tallies, options.shard), first, n_planned);
    }
    return end;
}

}  // namespace

RunPlan plan_run(const RunOptions& options) {
    Preparation prepared(options);
    const Sweep sweep(prepared.experiment);
    const Survey survey(sweep, prepared.tallies, options.shard);
    RunPlan run;
    run.results = results_path(options);
    std::optional<Store> store;
    if (!run.results.empty() && Store::is_there(run.results)) {
        store.emplace(run.results, Store::Access::read);
    }
    const Plan plan = plan_of(prepared, sweep, survey, options, store ? &*store : nullptr);
    const MemoryBudget memory = memory_budget(options, prepared.experiment, plan);
    say_data(sweep, survey, options);
    run.state = state_of_results(store ? &*store : nullptr, prepared.experiment, plan);
    run.lack = store ? trials_to_retrain(prepared, sweep, survey, *store) : std::nullopt;
    run.trials = plan.n_trials;
    run.done = plan.n_done;
    run.batches = plan.batches.size();
    run.data_sets = plan.n_data_sets;
    run.data_bytes = plan.largest_data;
    run.trial_bytes = plan.largest_state;
    run.threads = std::max(1, prepared.backend.n_cpu_workers);
    run.peak_bytes = resident_bytes() + storing_bytes(plan, prepared.experiment) +
                     std::min(predicted_bytes(plan, run.threads), static_cast<double>(memory.total()));
    run.seconds = predicted_seconds(plan.work) / run.threads;
    run.is_bound = plan.is_bound;
    run.scatter = plan.scatter;
    run.backend = prepared.backend.name;
    run.device = prepared.backend.device;
    run.left_out = prepared.backend.left_out;
    run.warnings = prepared.backend.warnings;
    return run;
}

RunEnd run_experiment(const RunOptions& options, StopRequest& stop, std::ostream& out, const AskForMore& ask_for_more) {
    if (options.dry_run) {
        print_plan(plan_run(options), out);
        return RunEnd::finished;
    }
    Preparation prepared(options);
    return train_and_store(prepared, options, stop, ask_for_more);
}

}  // namespace syncache
