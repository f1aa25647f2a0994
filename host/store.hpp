#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "host/experiment.hpp"
#include "host/outcome.hpp"

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
// duplicate are one operation. Schema and guarantees are in host/README.md.
// All members throw std::runtime_error (std::invalid_argument for a file that is not ours), naming the file.
class Store {
  public:
    enum class Journal { wal, rollback };  // rollback: for shards and network file systems, where WAL is not safe
    enum class Access { write, read };

    // Opens, or for `write` creates, a results file. Refuses a file of another program, of a newer schema, or (write) one that
    // another process is writing: "<file>: is being written by another run". Nothing is created before the first commit
    // succeeds; a file that cannot be made usable is not left behind.
    Store(const std::filesystem::path& file, Access access, Journal journal = Journal::wal);
    ~Store();
    Store(Store&&) noexcept;

    // Records the start of a run and makes `experiment` the one that exports evaluate. Returns the run's number.
    std::int64_t begin_run(const Experiment& experiment, const RunInfo& info, std::size_t trials_planned);
    // state: "finished", "interrupted", "failed: <why>". Records end time and checksums of data files.
    void end_run(std::int64_t run, const std::string& state, const std::map<std::string, std::string>& checksums);

    // Whether the trial's outcome is there with all that `tallies` asks for; if so its place in the experiment is set to `position`.
    bool is_done(const std::string& trial, const Tallies& tallies, std::int64_t position);

    struct Result {
        std::string trial;           // canonical text
        std::int64_t position = 0;   // place in the sweep: the order of exports
        Outcome outcome;
    };
    // Stores outcomes, all or none of them, in one transaction. An outcome already there is replaced (its dynamics are the same).
    void put(std::int64_t run, std::span<const Result> results);

    sqlite3* handle() const { return database_; }
    const std::filesystem::path& file() const { return file_; }

  private:
    std::filesystem::path file_;
    sqlite3* database_ = nullptr;
};

// Copies every run and trial of `inputs` into `output` (created, or added to). Idempotent. Refuses results of different
// experiments, or of different builds, unless `force`; outcomes of one trial that disagree are an error that names the trial.
// Returns how many trials were new.
std::size_t merge(const std::filesystem::path& output, std::span<const std::filesystem::path> inputs, bool force);

}  // namespace syncache
