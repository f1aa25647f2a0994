#include "host/status.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string_view>

#include "host/file_lock.hpp"
#include "host/sql.hpp"
#include "host/store.hpp"

namespace syncache {
namespace {

std::vector<RunStatus> read_runs(sqlite3* database, bool is_being_written) {
    std::vector<RunStatus> runs;
    sql::Statement rows(
        database,
        "SELECT id, coalesce(state, ''), started, coalesce(ended, ''), \"commit\", build, backend, device, "
        "host, shard, planned FROM runs ORDER BY id");
    while (rows.step()) {
        RunStatus run;
        run.number = rows.integer(0);
        int column = 1;
        for (std::string* text : {&run.state, &run.started, &run.ended, &run.commit, &run.build, &run.backend,
                                  &run.device, &run.host, &run.shard}) {
            *text = rows.text(column++);
        }
        run.planned = rows.integer(10);
        runs.push_back(std::move(run));
    }
    for (RunStatus& run : runs) {
        if (run.state.empty()) {
            run.state = is_being_written && &run == &runs.back() ? "running" : "killed";
        }
    }
    return runs;
}

// "/4" of "3/4": shards of one division have it in common.
std::string_view division(std::string_view shard) { return shard.substr(std::min(shard.find('/'), shard.size())); }

// The sum over the shards of the latest run's division, each by its latest run.
std::int64_t planned_trials(sqlite3* database) {
    std::map<std::string, std::int64_t> planned;
    sql::Statement rows(
        database,
        "SELECT shard, planned FROM runs WHERE experiment = (SELECT experiment FROM current_experiment) "
        "ORDER BY id DESC");
    std::string latest;
    while (rows.step()) {
        const std::string shard(rows.text(0));
        if (latest.empty()) {
            latest = shard;
        }
        if (division(shard) == division(latest)) {
            planned.emplace(shard, rows.integer(1));
        }
    }
    std::int64_t sum = 0;
    for (const auto& [shard, trials] : planned) {
        sum += trials;
    }
    return sum;
}

}  // namespace

ResultsStatus read_status(const std::filesystem::path& file) {
    const Store store(file, Store::Access::read);
    sqlite3* database = store.handle();
    ResultsStatus status;
    status.file = file;
    status.is_being_written = FileLock::is_held(file);
    sql::Transaction snapshot(database, sql::Transaction::Kind::read);
    sql::Statement experiment(
        database, "SELECT name, model FROM experiments WHERE id = (SELECT experiment FROM current_experiment)");
    if (experiment.step()) {
        status.experiment = experiment.text(0);
        status.model = experiment.text(1);
    }
    sql::Statement counts(
        database,
        "SELECT count(position), count(*) FILTER (WHERE position IS NOT NULL AND NOT converged), count(*) "
        "FROM trials");
    counts.step();
    status.done = counts.integer(0);
    status.not_converged = counts.integer(1);
    status.elsewhere = counts.integer(2) - status.done;
    status.planned = planned_trials(database);
    status.runs = read_runs(database, status.is_being_written);
    return status;
}

std::vector<ResultsStatus> read_folder_status(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() == ".sqlite") {
            files.push_back(entry.path());
        }
    }
    if (files.empty()) {
        throw std::invalid_argument(fmt::format("{}: holds no results files (*.sqlite)", folder.string()));
    }
    std::sort(files.begin(), files.end());
    std::vector<ResultsStatus> all;
    for (const auto& file : files) {
        try {
            all.push_back(read_status(file));
        } catch (const std::exception& error) {
            ResultsStatus unreadable;
            unreadable.file = file;
            unreadable.problem = error.what();
            all.push_back(std::move(unreadable));
        }
    }
    return all;
}

}  // namespace syncache
