#include "host/run/run.hpp"

#include <charconv>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>

#include "tools/syncache/command.hpp"
#include "tools/syncache/run_options.hpp"

namespace syncache::cli {
namespace {

Shard parse_shard(const std::string& text) {
    Shard shard;
    const char* const end = text.data() + text.size();
    const auto [slash, index_error] = std::from_chars(text.data(), end, shard.index);
    const auto [rest, count_error] = std::from_chars(slash == end ? end : slash + 1, end, shard.count);
    const bool are_numbers = index_error == std::errc() && count_error == std::errc() && *slash == '/' && rest == end;
    if (!are_numbers || shard.index < 1 || shard.index > shard.count) {
        throw std::invalid_argument("--shard = " + text + "; allowed: i/n with 1 <= i <= n");
    }
    return shard;
}

}  // namespace

Action add_run(CLI::App& app) {
    struct Words : RunWords {
        std::string shard = "1/1";
    };
    const auto words = std::make_shared<Words>();
    add_run_options(app, *words);
    app.add_option("--shard", words->shard, "Train part i of n of the sweep, as i/n")->capture_default_str();
    app.add_flag("--dry-run", words->run.dry_run, "Print the plan: trials, batches, memory, predicted time");
    return [words] {
        RunOptions options = words->options();
        options.shard = parse_shard(words->shard);
        std::ostringstream plan;
        const int code = run_interruptibly([&](StopRequest& stop) { return run_experiment(options, stop, plan); });
        print(plan.str());
        return code;
    };
}

}  // namespace syncache::cli
