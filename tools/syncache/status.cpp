#include "host/store/status.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
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

std::string full_text(const ResultsStatus& status) {
    std::string text = short_text(status);
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

}  // namespace

Action add_status(CLI::App& app) {
    const auto results = std::make_shared<std::string>();
    app.add_option("results", *results, "Results file, or a folder of them (*.sqlite)")->required();
    return [results] {
        if (std::filesystem::is_directory(*results)) {
            return print_folder(*results);
        }
        print(full_text(read_status(*results)));
        return 0;
    };
}

}  // namespace syncache::cli
