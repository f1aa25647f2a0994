#include "host/store/status.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tools/syncache/command.hpp"

namespace syncache::cli {
namespace {

std::string counts(std::int64_t done, std::int64_t planned, std::int64_t missing, std::int64_t failed,
                   std::int64_t not_converged) {
    return fmt::format("{} of {} trials done, {} missing, {} failed, {} not converged", done, planned, missing, failed,
                       not_converged);
}

// How a file's last run ended, where it did not end well.
std::string ending(const ResultsStatus& status) {
    if (status.is_being_written) {
        return ", being written";
    }
    const std::string state = status.runs.empty() ? "finished" : status.runs.back().state;
    return state == "finished" ? "" : fmt::format(", {}", state);
}

// One line for a file of many.
std::string short_text(const ResultsStatus& status) {
    if (!status.problem.empty()) {
        return fmt::format("{}\n", status.problem);
    }
    return fmt::format("{}: {}: {}{}\n", status.file.string(), status.experiment,
                       counts(status.done, status.planned, status.missing(), status.failed, status.not_converged),
                       ending(status));
}

std::string duration(double seconds) {
    if (seconds < 100.0) {
        return fmt::format("{:.0f} s", seconds);
    }
    return seconds < 6000.0 ? fmt::format("{:.0f} min", seconds / 60.0) : fmt::format("{:.1f} h", seconds / 3600.0);
}

std::string full_text(const ResultsStatus& status) {
    std::string text = short_text(status);
    if (const auto left = status.seconds_left()) {
        // Costly trials come first.
        text += fmt::format("  rate: {:.3g} trials/s; at most about {} left\n", status.rate, duration(*left));
    }
    if (status.elsewhere_in_shards() > 0) {
        text += fmt::format("  part of an experiment of {} trials: {} are of other shards\n", status.whole,
                            status.elsewhere_in_shards());
    }
    if (status.slowest) {
        text += fmt::format("  slowest: {:.3g} s: {}\n", status.slowest->seconds, status.slowest->settings);
    }
    if (const auto absent = sum_up({status}).absent_shards; status.shards.size() > 1 && !absent.empty()) {
        text += fmt::format("  nothing yet of shards {}\n", fmt::join(absent, ", "));
    }
    if (status.elsewhere > 0) {
        text += fmt::format("  {} more trials are kept from other experiments\n", status.elsewhere);
    }
    for (const RunStatus& run : status.runs) {
        text += fmt::format("  run {}: {}, {} to {}, shard {}, commit {}, {} on {} ({})\n", run.number, run.state,
                            run.started, run.ended.empty() ? "?" : run.ended, run.shard, run.commit, run.backend,
                            run.host, run.device);
    }
    return text;
}

using Json = nlohmann::ordered_json;

Json json_of(const RunStatus& run) {
    return {{"run", run.number},      {"state", run.state},
            {"started", run.started}, {"ended", run.ended.empty() ? Json() : Json(run.ended)},
            {"shard", run.shard},     {"planned", run.planned},
            {"failed", run.failed},   {"commit", run.commit},
            {"build", run.build},     {"backend", run.backend},
            {"device", run.device},   {"host", run.host}};
}

Json json_of(const std::optional<SlowestTrial>& slowest) {
    return slowest ? Json{{"seconds", slowest->seconds}, {"settings", slowest->settings}} : Json();
}

Json json_of(const ResultsStatus& status) {
    if (!status.problem.empty()) {
        return {{"file", status.file.string()}, {"problem", status.problem}};
    }
    const auto left = status.seconds_left();
    Json json{{"file", status.file.string()},
              {"experiment", status.experiment},
              {"model", status.model},
              {"being_written", status.is_being_written},
              {"planned", status.planned},
              {"done", status.done},
              {"missing", status.missing()},
              {"failed", status.failed},
              {"not_converged", status.not_converged},
              {"planned_in_all_shards", status.whole},
              {"kept_from_other_experiments", status.elsewhere},
              {"trials_per_second", status.rate > 0.0 ? Json(status.rate) : Json()},
              {"seconds_left", left ? Json(*left) : Json()},
              {"slowest", json_of(status.slowest)},
              {"shards", status.shards},
              {"runs", Json::array()}};
    for (const RunStatus& run : status.runs) {
        json["runs"].push_back(json_of(run));
    }
    return json;
}

Json json_of_folder(const std::string& folder) {
    const std::vector<ResultsStatus> all = read_folder_status(folder);
    const StatusSum sum = sum_up(all);
    Json files = Json::array();
    for (const ResultsStatus& status : all) {
        files.push_back(json_of(status));
    }
    return {{"files", files},
            {"sum",
             {{"files", sum.n_files},
              {"planned", sum.planned},
              {"done", sum.done},
              {"missing", sum.missing},
              {"failed", sum.failed},
              {"not_converged", sum.not_converged},
              {"slowest", json_of(sum.slowest)},
              {"absent_shards", sum.absent_shards}}}};
}

int print_folder(const std::string& folder) {
    const std::vector<ResultsStatus> all = read_folder_status(folder);
    for (const ResultsStatus& status : all) {
        print(short_text(status));
    }
    const StatusSum sum = sum_up(all);
    print(fmt::format("{} files: {}\n", sum.n_files,
                      counts(sum.done, sum.planned, sum.missing, sum.failed, sum.not_converged)));
    if (!sum.absent_shards.empty()) {
        print(fmt::format("nothing yet of shards {}\n", fmt::join(sum.absent_shards, ", ")));
    }
    if (sum.slowest) {
        print(fmt::format("slowest: {:.3g} s, in {}: {}\n", sum.slowest->seconds, sum.slowest_file.string(),
                          sum.slowest->settings));
    }
    return std::ranges::all_of(all, [](const ResultsStatus& status) { return status.problem.empty(); }) ? 0 : 1;
}

struct Options {
    std::string results;
    double seconds = 2.0;
    bool json = false, is_watching = false;
};

int print_once(const Options& options) {
    const bool is_folder = std::filesystem::is_directory(options.results);
    if (options.json) {
        const Json json = is_folder ? json_of_folder(options.results) : json_of(read_status(options.results));
        print(json.dump(options.is_watching ? -1 : 2, ' ', false, Json::error_handler_t::replace) + "\n");
        return 0;
    }
    if (is_folder) {
        return print_folder(options.results);
    }
    print(full_text(read_status(options.results)));
    return 0;
}

bool is_being_written(const std::string& results) {
    if (!std::filesystem::is_directory(results)) {
        return read_status(results).is_being_written;
    }
    return std::ranges::any_of(read_folder_status(results), &ResultsStatus::is_being_written);
}

int watch(const Options& options) {
    constexpr const char* clear = "\033[H\033[J";
    const bool is_screen = isatty(STDOUT_FILENO) != 0 && !options.json;
    while (true) {
        const bool goes_on = is_being_written(options.results);  // asked before, so that the end is shown
        print(is_screen ? clear : "");
        const int code = print_once(options);
        if (!goes_on) {
            return code;
        }
        std::this_thread::sleep_for(std::chrono::duration<double>(options.seconds));
    }
}

}  // namespace

Action add_status(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    app.add_option("results", options->results, "Results file, or a folder of them (*.sqlite)")->required();
    app.add_flag("--json", options->json, "All of it as JSON; with --watch an object a line");
    auto* watch_flag = app.add_flag("--watch", options->is_watching, "Again and again, until nothing is being written");
    app.add_option("--every", options->seconds, "Seconds between looks of --watch")
        ->needs(watch_flag)
        ->check(CLI::Range(0.1, 86400.0))
        ->capture_default_str();
    return [options] { return options->is_watching ? watch(*options) : print_once(*options); };
}

}  // namespace syncache::cli
