#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "host/experiment/experiment.hpp"
#include "host/models/outcome.hpp"

struct sqlite3;

namespace syncache {

// What a run records of itself.
struct RunInfo {
    std::string commit;   // with "-modified" where the tree was not clean
    std::string build;    // compiler, flags, CUDA version
    std::string backend;  // "cpu", "cuda", "cpu+cuda"
    std::string device;   // processor's or GPU's name, as the system gives it
    std::string host;     // machine's name
    std::string shard;    // "1/1", or "i/n"
};

// A results file: SQLite, one writer. A trial is keyed by its canonical text, so resuming, merging and meeting a
// duplicate are one operation. Schema and guarantees are in host/README.md. Not thread-safe.
// All members throw std::runtime_error (std::invalid_argument for a file that is not ours), naming the file.
class Store {
  public:
    enum class Journal { wal, rollback };  // rollback: for shards and network file systems, where WAL is not safe
    enum class Access { write, read };

    // Opens, or for `write` creates, a results file (an empty file counts as none). Refuses a file of another program,
    // of another schema, or (write) one that another process is writing: "<file>: is being written by another run". A
    // file that cannot be made usable is not left behind.
    Store(const std::filesystem::path& file, Access access, Journal journal = Journal::wal);
    ~Store();
    Store(Store&&) noexcept;

    // Whether there is a results file to read. Throws like opening one.
    static bool is_there(const std::filesystem::path& file);

    // Records the start of a run and makes `experiment` the one that exports evaluate: trials stored for another
    // experiment stay in the file, but out of exports, until is_done or put gives them a place in this one.
    // `trials_planned`: the trials of this run's shard, those already done included. Returns the run's number.
    std::int64_t begin_run(const Experiment& experiment, const RunInfo& info, std::size_t trials_planned);
    // state: "finished", "interrupted", "failed: <why>". Records end time and checksums of data files. n_failed: trials
    // that could not be trained.
    void end_run(std::int64_t run, const std::string& state, const std::map<std::string, std::string>& checksums,
                 std::size_t n_failed = 0);

    // After begin_run, or in a file open for reading (a dry run).
    // Whether the trial's outcome is there with all that `tallies` asks for; if so its place in the experiment is set
    // to `position` (in the file with the next put or end_run, so that asking for a million trials stays cheap).
    bool is_done(const std::string& trial, const Tallies& tallies, std::int64_t position);

    // Seconds that the training of a stored trial took (NaN: unknown); none for a trial that is not stored.
    std::optional<double> seconds_of(const std::string& trial) const;

    // Whether the experiment is the one that exports evaluate.
    bool is_current(const Experiment& experiment) const;
    // Whether every trial that is_done has found is in its place already.
    bool is_in_place() const;

    struct Result {
        std::string trial;          // canonical text
        std::int64_t position = 0;  // place in the sweep: the order of exports
        Outcome outcome;
        double seconds = std::numeric_limits<double>::quiet_NaN();  // that its training took, where it is known
    };

    // Whether there are outcomes at all: if not, nothing can be done already.
    bool is_empty() const;

    // Stores outcomes, all or none of them, in one transaction. Of an outcome already there, with the same dynamics,
    // the pricings and records that this one lacks are kept; one with other dynamics is replaced.
    void put(std::int64_t run, std::span<const Result> results);

    // Copies what the write-ahead log holds into the file itself, if that was last done ten seconds ago: to be called
    // now and then during a run.
    void checkpoint(std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now());

    sqlite3* handle() const;
    const std::filesystem::path& file() const { return file_; }

  private:
    struct Impl;
    std::filesystem::path file_;
    std::unique_ptr<Impl> impl_;
};

// Copies a results file, also one that is being written, as it is at one moment, into one file that needs nothing
// beside it. `output` must not exist. Throws std::invalid_argument naming the file.
void copy_results(const std::filesystem::path& input, const std::filesystem::path& output);

struct MergeOptions {
    bool other_experiments = false;  // also those that differ in more than their seeds
    bool other_builds = false;       // also results of different commits, compilers and flags
};

// Copies every run and trial of `inputs` into `output` (created, or added to), all or nothing. Idempotent. Experiments
// that differ in their seeds alone become one with the seeds of all, in whose order exports then are. Refuses results
// of other experiments and of other builds unless allowed, and of different models always; the first experiment stays
// the one that exports evaluate, trials of others follow its own. Outcomes of one trial that disagree (counts at all,
// energies by more than 1e-9 of their size) are an error that names the trial. Returns how many trials were new.
std::size_t merge(const std::filesystem::path& output, std::span<const std::filesystem::path> inputs,
                  const MergeOptions& options = {});

}  // namespace syncache
