#include "host/run.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <optional>

#include "host/build_info.hpp"
#include "host/progress.hpp"
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
    Storing(Store& store, std::int64_t run, const Sweep& sweep, FileChecksums& checksums)
        : store_(store), run_(run), sweep_(sweep), checksums_(checksums) {}

    void operator()(std::span<const std::size_t> places, std::vector<Outcome> outcomes) {
        std::vector<Store::Result> results;
        results.reserve(places.size());
        for (std::size_t i = 0; i < places.size(); ++i) {
            results.push_back({canonical_text(sweep_.trial(places[i]), checksums_),
                               static_cast<std::int64_t>(places[i]), std::move(outcomes[i])});
        }
        store_.put(run_, results);
    }

  private:
    Store& store_;
    std::int64_t run_;
    const Sweep& sweep_;
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

Plan plan_of(Preparation& prepared, const Sweep& sweep, const RunOptions& options, Store* store) {
    PlanOptions plan_options;
    plan_options.shard = options.shard;
    plan_options.most_trials_per_batch = options.most_trials_per_batch;
    return make_plan(sweep, prepared.tallies, plan_options, [&](std::size_t place, const Trial& trial) {
        return store != nullptr && store->is_done(canonical_text(trial, prepared.checksums), prepared.tallies,
                                                  static_cast<std::int64_t>(place));
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

RunEnd train_and_store(Preparation& prepared, const RunOptions& options, const std::atomic<bool>& stop) {
    const Sweep sweep(prepared.experiment);
    const std::filesystem::path path = results_path(options);
    // Whatever is wrong with any trial is said before a results file exists.
    const Plan whole = plan_of(prepared, sweep, options, nullptr);
    Store store(path, Store::Access::write, options.shard.count > 1 ? Store::Journal::rollback : Store::Journal::wal);
    const RunInfo info{commit_text(),         build_text(),
                       prepared.backend.name, prepared.backend.device,
                       host_name(),           fmt::format("{}/{}", options.shard.index, options.shard.count)};
    const std::int64_t run = store.begin_run(prepared.experiment, info, whole.n_trials);
    try {
        const Plan plan = plan_of(prepared, sweep, options, &store);
        if (!options.quiet) {
            fmt::print(stderr, "{}: {} trials, {} already done; on {} ({})\n", prepared.experiment.name, plan.n_trials,
                       plan.n_done, prepared.backend.name, prepared.backend.device);
        }
        Done done;
        {
            const Progress progress(plan.n_trials - plan.n_done, plan.work, done, options.quiet);
            train_all(plan, sweep, prepared.tallies, prepared.backend.workers,
                      Storing(store, run, sweep, prepared.checksums), stop, done);
        }
        const bool complete = done.trials == plan.n_trials - plan.n_done;
        if (!options.quiet) {
            fmt::print(stderr, "{}: {} trained, {} not; peak memory {}\n", complete ? "finished" : "interrupted",
                       done.trials, plan.n_trials - plan.n_done - done.trials, bytes_text(peak_resident_bytes()));
        }
        store.end_run(run, complete ? "finished" : "interrupted", prepared.checksums.all());
        return complete ? RunEnd::finished : RunEnd::interrupted;
    } catch (const std::exception& error) {
        try {
            store.end_run(run, std::string("failed: ") + error.what(), prepared.checksums.all());
        } catch (const std::exception&) {
            // The first failure (a full disk, say) is the one to report.
        }
        throw;
    }
}

}  // namespace

RunEnd run_experiment(const RunOptions& options, const std::atomic<bool>& stop, std::ostream& out) {
    Preparation prepared(options);
    if (options.dry_run) {
        dry_run(prepared, options, out);
        return RunEnd::finished;
    }
    return train_and_store(prepared, options, stop);
}

}  // namespace syncache
