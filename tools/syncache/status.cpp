#include "host/status.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "tools/syncache/command.hpp"

namespace syncache::cli {
namespace {

std::string counts(std::int64_t done, std::int64_t planned, std::int64_t missing, std::int64_t not_converged) {
    return fmt::format("{} of {} trials done, {} missing, {} not converged", done, planned, missing, not_converged);
}

// One line for a file of many.
std::string short_text(const ResultsStatus& status) {
    if (!status.problem.empty()) {
        return fmt::format("{}\n", status.problem);
    }
    return fmt::format("{}: {}: {}{}\n", status.file.string(), status.experiment,
                       counts(status.done, status.planned, status.missing(), status.not_converged),
                       status.is_being_written ? ", being written" : "");
}

std::string full_text(const ResultsStatus& status) {
    std::string text = short_text(status);
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
    ResultsStatus sum;
    std::int64_t missing = 0;  // by file: one that holds too many does not make up for another
    bool is_readable = true;
    for (const ResultsStatus& status : all) {
        print(short_text(status));
        sum.done += status.done;
        sum.planned += status.planned;
        sum.not_converged += status.not_converged;
        missing += status.missing();
        is_readable = is_readable && status.problem.empty();
    }
    print(fmt::format("{} files: {}\n", all.size(), counts(sum.done, sum.planned, missing, sum.not_converged)));
    return is_readable ? 0 : 1;
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
