#include "host/run.hpp"

#include <cstdio>
#include <iostream>
#include <memory>
#include <stdexcept>

#include "tools/syncache/command.hpp"
#include "tools/syncache/run_options.hpp"

namespace syncache::cli {
namespace {

Shard parse_shard(const std::string& text) {
    Shard shard;
    char end = '\0';
    if (std::sscanf(text.c_str(), "%d/%d%c", &shard.index, &shard.count, &end) != 2 || shard.count < 1 ||
        shard.index < 1 || shard.index > shard.count) {
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
        return run_interruptibly([&](StopRequest& stop) { return run_experiment(options, stop, std::cout); });
    };
}

}  // namespace syncache::cli
