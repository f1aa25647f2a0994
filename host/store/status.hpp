#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "host/store/store.hpp"

namespace syncache {

// A run as its results file tells of it. Times: UTC, ISO 8601; `ended` empty where no end is recorded.
struct RunStatus {
    std::int64_t number = 0;
    std::string identity;  // the same in every file that the run was merged or copied into
    std::string state;  // "running", "finished", "interrupted", "failed: <why>", or "killed": it ended without a word
    std::string started, ended;
    std::string commit, build, backend, device, host, shard;
    std::int64_t planned = 0;
    std::int64_t failed = 0;  // trials that memory did not suffice for
};

// The trial whose training took longest.
struct SlowestTrial {
    double seconds = 0.0;
    std::string settings;  // "patterns=1999 seed=3": where it differs from its model's defaults
};

// How far a results file is with its current experiment.
struct ResultsStatus {
    std::filesystem::path file;
    std::string problem;  // why the file could not be read; the rest is empty then
    std::string experiment, model;
    bool is_being_written = false;
    std::int64_t planned = 0;             // of the latest run; of all shards of its kind, where the file holds several
    std::int64_t whole = 0;               // of the whole experiment, all shards (Completeness::planned)
    std::int64_t done = 0;                // trials stored
    std::int64_t not_converged = 0;       // of these
    std::int64_t failed = 0;              // trials that the latest runs could not train; they are missing, too
    std::int64_t elsewhere = 0;           // trials kept from other experiments, not counted above
    std::optional<SlowestTrial> slowest;  // of those whose time is known
    std::vector<std::string> shards;      // of the latest run's division: the file's, or several in a merged one
    std::vector<RunStatus> runs;

    double rate = 0.0;  // trials a second of the run that is going on, so far; 0: none, or unknown

    std::int64_t missing() const { return planned > done ? planned - done : 0; }
    std::int64_t elsewhere_in_shards() const { return whole > planned ? whole - planned : 0; }
    // Seconds until nothing is missing if the rate stays; none without a rate. Costly trials come first, so that a run
    // tends to be done earlier.
    std::optional<double> seconds_left() const;
};

// The sum over files. Shards that were merged into one of the files count once, as do copies; missing trials of one
// file are not made up for by another.
struct StatusSum {
    std::int64_t planned = 0, done = 0, missing = 0, failed = 0, not_converged = 0;
    int n_files = 0;
    std::optional<SlowestTrial> slowest;
    std::filesystem::path slowest_file;
    std::vector<std::string> absent_shards;  // "3/8", of which no file tells
};
StatusSum sum_up(const std::vector<ResultsStatus>& all);

// What the latest runs of the current experiment's shards were to train.
std::int64_t planned_by_runs(const Store& store);

// Reads the status of a results file, also while it is being written.
// Throws like Store for a file that cannot be read, and std::invalid_argument for one in which no run has begun.
ResultsStatus read_status(const std::filesystem::path& file);

// The status of every *.sqlite in a folder, by name; one that cannot be read tells why in `problem`.
// Throws std::invalid_argument if there is none.
std::vector<ResultsStatus> read_folder_status(const std::filesystem::path& folder);

}  // namespace syncache
