#include "host/run.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <optional>

#include "host/build_info.hpp"
#include "host/progress.hpp"
#include "host/sql.hpp"
#include "host/store.hpp"

namespace syncache {
namespace {

std::filesystem::path results_path(const RunOptions& options) {
    if (!options.results.empty()) {
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

// What a run holds besides data and trials, and a dry run not: code, the results file's pages, threads. Measured.
constexpr double storing_bytes = 4e6;

// Bytes that this process holds in memory now (resident set).
double resident_bytes() {
    std::ifstream file("/proc/self/statm");
    double pages = 0.0, resident = 0.0;
    file >> pages >> resident;
    return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

// The most that it has held so far.
double peak_resident_bytes() {
    std::ifstream file("/proc/self/status");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("VmHWM:")) {
            return 1024.0 * std::stod(line.substr(6));
        }
    }
    return 0.0;
}

std::string bytes_text(double bytes) {
    return bytes < 1e6   ? fmt::format("{:.1f} kB", bytes / 1e3)
           : bytes < 1e9 ? fmt::format("{:.1f} MB", bytes / 1e6)
                         : fmt::format("{:.2f} GB", bytes / 1e9);
}

void print_plan(const Plan& plan, const Backend& backend, std::ostream& out) {
    const int workers = std::max(1, backend.n_cpu_workers);
    fmt::print(out, "trials:  {} ({} done, {} to train)\n", plan.n_trials, plan.n_done, plan.n_trials - plan.n_done);
    fmt::print(out, "batches: {}\n", plan.batches.size());
    fmt::print(out, "backend: {} ({})\n", backend.name, backend.device);
    fmt::print(
        out, "memory:  {} at the peak: {} for each set of shared data ({} sets in all), {} for each trial in flight\n",
        bytes_text(resident_bytes() + storing_bytes + predicted_bytes(plan, workers)), bytes_text(plan.largest_data),
        plan.n_data_sets, bytes_text(plan.largest_state));
    const double seconds = predicted_seconds(plan.work) / workers;
    fmt::print(out, "time:    about {:.2g} s on {} CPU thread{}\n", seconds, workers, workers == 1 ? "" : "s");
}

// Stores batches as they are finished.
class Storing {
  public:
    Storing(Store& store, std::int64_t run, const Sweep& sweep, std::int64_t first_position, FileChecksums& checksums)
        : store_(store), run_(run), sweep_(sweep), first_position_(first_position), checksums_(checksums) {}

    void operator()(std::span<const std::size_t> places, std::vector<Outcome> outcomes) {
        std::vector<Store::Result> results;
        results.reserve(places.size());
        for (std::size_t i = 0; i < places.size(); ++i) {
            results.push_back({canonical_text(sweep_.trial(places[i]), checksums_),
                               first_position_ + static_cast<std::int64_t>(places[i]), std::move(outcomes[i])});
        }
        store_.put(run_, results);
    }

  private:
    Store& store_;
    std::int64_t run_;
    const Sweep& sweep_;
    std::int64_t first_position_;
    FileChecksums& checksums_;
};

struct Preparation {
    Experiment experiment;
    Tallies tallies;
    FileChecksums checksums;
    Backend backend;

    explicit Preparation(const RunOptions& options)
        : experiment(read_experiment(options.experiment, options.overrides)),
          tallies(experiment.tallies()),
          backend(make_backend(*experiment.model, options.backend)) {}
};

Plan plan_of(Preparation& prepared, const Sweep& sweep, const RunOptions& options, Store* store,
             std::int64_t first_position = 0) {
    PlanOptions plan_options;
    plan_options.shard = options.shard;
    plan_options.most_trials_per_batch = options.most_trials_per_batch;
    return make_plan(sweep, prepared.tallies, plan_options, [&](std::size_t place, const Trial& trial) {
        return store != nullptr && store->is_done(canonical_text(trial, prepared.checksums), prepared.tallies,
                                                  first_position + static_cast<std::int64_t>(place));
    });
}

void dry_run(Preparation& prepared, const RunOptions& options, std::ostream& out) {
    const Sweep sweep(prepared.experiment);
    const std::filesystem::path path = results_path(options);
    std::optional<Store> store;
    if (std::filesystem::exists(path)) {
        store.emplace(path, Store::Access::read);
    }
    print_plan(plan_of(prepared, sweep, options, store ? &*store : nullptr), prepared.backend, out);
}

// What every run of a sweep into a results file needs.
struct Running {
    Preparation& prepared;
    const RunOptions& options;
    const std::atomic<bool>& stop;
    Store& store;
};

// Trials of this experiment that earlier runs added at its end.
std::int64_t n_added(const Store& store, const Experiment& experiment, std::int64_t n_trials) {
    sql::Statement query(store.handle(),
                         "SELECT count(*) FROM trials WHERE position >= ? AND ? = (SELECT text FROM experiments WHERE "
                         "id = (SELECT experiment FROM current_experiment))");
    query.bind(n_trials, experiment.text).step();
    return query.integer(0);
}

// Trains and stores the plan's trials, and says so.
RunEnd train_plan(const Running& running, std::int64_t run, const Sweep& sweep, std::int64_t first_position) {
    Preparation& prepared = running.prepared;
    const RunOptions& options = running.options;
    const Plan plan = plan_of(prepared, sweep, options, &running.store, first_position);
    const std::size_t n_to_train = plan.n_trials - plan.n_done;
    if (!options.quiet) {
        fmt::print(stderr, "{}: {} trials, {} already done; on {} ({})\n", prepared.experiment.name, plan.n_trials,
                   plan.n_done, prepared.backend.name, prepared.backend.device);
    }
    Done done;
    {
        const Progress progress(n_to_train, plan.work, done, options.quiet);
        train_all(plan, sweep, prepared.tallies, prepared.backend.workers,
                  Storing(running.store, run, sweep, first_position, prepared.checksums), running.stop, done);
    }
    const bool complete = done.trials == n_to_train;
    if (!options.quiet) {
        fmt::print(stderr, "{}: {} trained, {} not; peak memory {}\n", complete ? "finished" : "interrupted",
                   done.trials, n_to_train - done.trials, bytes_text(peak_resident_bytes()));
    }
    return complete ? RunEnd::finished : RunEnd::interrupted;
}

// One run, recorded as such: its trials have the places from `first_position` on in the experiment's results, which are
// then to be `n_planned` in all.
RunEnd train_sweep(const Running& running, const Sweep& sweep, std::int64_t first_position, std::size_t n_planned) {
    Preparation& prepared = running.prepared;
    const Shard& shard = running.options.shard;
    const RunInfo info{commit_text(),           build_text(), prepared.backend.name,
                       prepared.backend.device, host_name(),  fmt::format("{}/{}", shard.index, shard.count)};
    const std::int64_t run = running.store.begin_run(prepared.experiment, info, n_planned);
    try {
        const RunEnd end = train_plan(running, run, sweep, first_position);
        running.store.end_run(run, end == RunEnd::finished ? "finished" : "interrupted", prepared.checksums.all());
        return end;
    } catch (const std::exception& error) {
        try {
            running.store.end_run(run, std::string("failed: ") + error.what(), prepared.checksums.all());
        } catch (const std::exception&) {
            // The first failure (a full disk, say) is the one to report.
        }
        throw;
    }
}

RunEnd train_and_store(Preparation& prepared, const RunOptions& options, const std::atomic<bool>& stop,
                       const AskForMore& ask_for_more) {
    const Sweep sweep(prepared.experiment);
    // Whatever is wrong with any trial is said before a results file exists.
    const Plan whole = plan_of(prepared, sweep, options, nullptr);
    Store store(results_path(options), Store::Access::write,
                options.shard.count > 1 ? Store::Journal::rollback : Store::Journal::wal);
    const Running running{prepared, options, stop, store};
    const auto n_swept = static_cast<std::int64_t>(sweep.size());
    std::size_t n_planned = whole.n_trials + static_cast<std::size_t>(n_added(store, prepared.experiment, n_swept));
    RunEnd end = train_sweep(running, sweep, 0, n_planned);
    while (end == RunEnd::finished && ask_for_more) {
        const std::optional<Experiment> more = ask_for_more(store, prepared.experiment);
        if (!more) {
            break;
        }
        const Sweep further(*more);
        const std::int64_t first =
            std::max(n_swept, sql::query_integer(store.handle(), "SELECT coalesce(max(position), -1) + 1 FROM trials"));
        n_planned += further.size();
        end = train_sweep(running, further, first, n_planned);
    }
    return end;
}

}  // namespace

RunEnd run_experiment(const RunOptions& options, const std::atomic<bool>& stop, std::ostream& out,
                      const AskForMore& ask_for_more) {
    Preparation prepared(options);
    if (options.dry_run) {
        dry_run(prepared, options, out);
        return RunEnd::finished;
    }
    return train_and_store(prepared, options, stop, ask_for_more);
}

}  // namespace syncache
