#include "host/store/status.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "host/models/model.hpp"
#include "host/store/completeness.hpp"
#include "host/store/file_lock_impl.hpp"
#include "host/store/sql.hpp"
#include "host/store/store.hpp"

namespace syncache {
namespace {

std::vector<RunStatus> read_runs(sqlite3* database, bool is_being_written) {
    std::vector<RunStatus> runs;
    sql::Statement rows(
        database,
        "SELECT id, identity, coalesce(state, ''), started, coalesce(ended, ''), \"commit\", build, backend, device, "
        "host, shard, planned, failed FROM runs ORDER BY id");
    while (rows.step()) {
        RunStatus run;
        run.number = rows.integer(0);
        int column = 1;
        for (std::string* text : {&run.identity, &run.state, &run.started, &run.ended, &run.commit, &run.build,
                                  &run.backend, &run.device, &run.host, &run.shard}) {
            *text = rows.text(column++);
        }
        run.planned = rows.integer(column++);
        run.failed = rows.integer(column);
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

// A number of trials: of what somebody else has written, not below 0, and so small that sums fit in 64 bits.
std::int64_t number_in(const sql::Statement& row, int column) {
    constexpr std::int64_t most = std::int64_t{1} << 40;
    return std::clamp<std::int64_t>(row.integer(column), 0, most);
}

// What the shards of the latest run's division were to train, each by its latest run.
void read_planned(sqlite3* database, ResultsStatus& status) {
    std::map<std::string, std::pair<std::int64_t, std::int64_t>> latest_of;  // shard -> planned, failed
    sql::Statement rows(
        database,
        "SELECT shard, planned, failed FROM runs WHERE experiment = (SELECT experiment FROM current_experiment) "
        "ORDER BY id DESC");
    std::string latest;
    while (rows.step()) {
        const std::string shard(rows.text(0));
        if (latest.empty()) {
            latest = shard;
        }
        if (division(shard) == division(latest)) {
            latest_of.emplace(shard, std::pair(number_in(rows, 1), number_in(rows, 2)));
        }
    }
    for (const auto& [shard, trials] : latest_of) {
        status.planned += trials.first;
        status.failed += trials.second;
        status.shards.push_back(shard);
    }
}

// What is no UTF-8 is replaced.
std::string dumped(const nlohmann::ordered_json& value) {
    return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

// "8" of "3/8"; 0 of what is no shard, or of more than there are anywhere.
int shards_of(std::string_view shard) {
    const std::string_view number = division(shard).substr(shard.find('/') != shard.npos ? 1 : 0);
    int n = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), n);
    constexpr int most_shards = 1'000'000;
    return error == std::errc() && end == number.data() + number.size() && n <= most_shards ? n : 0;
}

// The settings of a canonical text that are not the model's defaults; all of a model that is not ours.
std::string unusual_settings(const std::string& model_name, const std::string& canonical) {
    const auto known = std::ranges::find(models(), model_name, &Model::name);
    std::string text;
    const auto settings = nlohmann::ordered_json::parse(canonical, nullptr, false);
    if (!settings.is_object()) {
        return canonical;
    }
    for (const auto& [name, value] : settings.items()) {
        const std::string written = value.is_string()    ? value.get<std::string>()
                                    : value.is_boolean() ? to_text(value.get<bool>())
                                                         : dumped(value);
        const int index = known == models().end() ? -1 : find_parameter(**known, name);
        if (name == "model" ||
            (index >= 0 && written == to_text((*known)->parameters()[static_cast<std::size_t>(index)].fallback))) {
            continue;
        }
        text += fmt::format("{}{}={}", text.empty() ? "" : " ", name, written);
    }
    return text;
}

std::optional<SlowestTrial> read_slowest(sqlite3* database, const std::string& model) {
    sql::Statement slowest(database,
                           "SELECT seconds, parameters FROM trials WHERE position IS NOT NULL AND seconds IS NOT NULL "
                           "ORDER BY seconds DESC LIMIT 1");
    if (!slowest.step()) {
        return std::nullopt;
    }
    return SlowestTrial{slowest.real(0), unusual_settings(model, std::string(slowest.text(1)))};
}

// The trials that the run going on has stored in each second since its start.
double rate_of(sqlite3* database, const RunStatus& run) {
    sql::Statement query(
        database,
        "SELECT count(*) / ((julianday('now') - julianday(started)) * 86400.0) FROM trials, runs WHERE "
        "runs.id = ?1 AND trials.run = ?1 AND trials.position IS NOT NULL");
    query.bind(run.number).step();
    const double rate = query.real(0);
    return std::isfinite(rate) && rate > 0.0 ? rate : 0.0;
}

std::set<std::string> runs_of(const ResultsStatus& status) {
    std::set<std::string> runs;
    std::ranges::transform(status.runs, std::inserter(runs, runs.end()), &RunStatus::identity);
    return runs;
}

// No merged file beside shards, and none whose runs are all in another as well: a copy, or what is merged from it.
std::vector<const ResultsStatus*> files_that_count(const std::vector<ResultsStatus>& all) {
    const auto is_merged = [](const ResultsStatus& status) { return status.shards.size() > 1; };
    const bool has_shards = std::ranges::any_of(
        all, [](const ResultsStatus& status) { return status.shards.size() == 1 && status.shards[0] != "1/1"; });
    std::vector<const ResultsStatus*> files;
    std::vector<std::set<std::string>> runs;
    for (const ResultsStatus& status : all) {
        if (!has_shards || !is_merged(status)) {
            files.push_back(&status);
            runs.push_back(runs_of(status));
        }
    }
    const auto is_in_another = [&](std::size_t i) {
        for (std::size_t k = 0; k < files.size(); ++k) {
            if (runs[k] == runs[i] ? k < i
                                   : std::ranges::includes(runs[k], runs[i])) {  // of equal ones the first counts
                return true;
            }
        }
        return false;
    };
    std::vector<const ResultsStatus*> counting;
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (runs[i].empty() || !is_in_another(i)) {  // a file that cannot be read has no runs
            counting.push_back(files[i]);
        }
    }
    return counting;
}

}  // namespace

std::optional<double> ResultsStatus::seconds_left() const {
    return rate > 0.0 ? std::optional(static_cast<double>(missing()) / rate) : std::nullopt;
}

std::int64_t planned_by_runs(const Store& store) {
    ResultsStatus status;
    read_planned(store.handle(), status);
    return status.planned;
}

ResultsStatus read_status(const std::filesystem::path& file) {
    const Store store(file, Store::Access::read);
    sqlite3* database = store.handle();
    ResultsStatus status;
    status.file = file;
    status.is_being_written = FileLock::is_held(file);
    sql::Transaction snapshot(database, sql::Transaction::Kind::read);
    sql::Statement experiment(
        database, "SELECT name, model FROM experiments WHERE id = (SELECT experiment FROM current_experiment)");
    if (!experiment.step()) {  // as a kill leaves it between the file's creation and its run's beginning
        throw std::invalid_argument(fmt::format("{}: holds no run yet", file.string()));
    }
    status.experiment = experiment.text(0);
    status.model = experiment.text(1);
    sql::Statement counts(
        database,
        "SELECT count(position), count(*) FILTER (WHERE position IS NOT NULL AND NOT converged), count(*) "
        "FROM trials");
    counts.step();
    status.done = counts.integer(0);
    status.not_converged = counts.integer(1);
    status.elsewhere = counts.integer(2) - status.done;
    status.whole = completeness(store).planned;
    read_planned(database, status);
    if (status.shards.size() <= 1 && (status.shards.empty() || status.shards[0] == "1/1")) {
        status.planned = std::max(status.planned, status.whole);
    }
    status.planned = std::max(status.planned, status.done);
    status.whole = std::max(status.whole, status.planned);
    status.slowest = read_slowest(database, status.model);
    status.runs = read_runs(database, status.is_being_written);
    if (!status.runs.empty() && status.runs.back().state == "running") {
        status.rate = rate_of(database, status.runs.back());
    }
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

StatusSum sum_up(const std::vector<ResultsStatus>& all) {
    StatusSum sum;
    std::set<std::pair<std::string, std::string>> present, wanted;  // experiment, shard
    for (const ResultsStatus* file : files_that_count(all)) {
        const ResultsStatus& status = *file;
        ++sum.n_files;
        sum.planned += status.planned;
        sum.done += status.done;
        sum.missing += status.missing();
        sum.failed += status.failed;
        sum.not_converged += status.not_converged;
        if (status.slowest && (!sum.slowest || status.slowest->seconds > sum.slowest->seconds)) {
            sum.slowest = status.slowest;
            sum.slowest_file = status.file;
        }
        for (const std::string& shard : status.shards) {
            present.emplace(status.experiment, shard);
            const int n = shards_of(shard);
            for (int i = 1; i <= n; ++i) {
                wanted.emplace(status.experiment, fmt::format("{}/{}", i, n));
            }
        }
    }
    for (const auto& shard : wanted) {
        if (!present.contains(shard)) {
            sum.absent_shards.push_back(shard.second);
        }
    }
    return sum;
}

}  // namespace syncache
