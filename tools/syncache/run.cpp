#include "host/run/run.hpp"

#include <fmt/format.h>

#include <memory>
#include <sstream>
#include <string>

#include "host/run/message.hpp"
#include "host/run/shard_choice.hpp"
#include "tools/syncache/command.hpp"
#include "tools/syncache/run_options.hpp"

namespace syncache::cli {

Action add_run(CLI::App& app) {
    struct Words : RunWords {
        std::string shard = "1/1";
    };
    const auto words = std::make_shared<Words>();
    add_run_options(app, *words);
    app.add_option("--shard", words->shard,
                   "Train part i of n of the sweep, as i/n; auto: the task of an array job that this is; auto/n: of n")
        ->capture_default_str();
    app.add_flag("--dry-run", words->run.dry_run, "Print the plan: trials, batches, memory, predicted time");
    return [words] {
        RunOptions options = words->options();
        const ShardChoice choice = choose_shard(words->shard, environment_variable);
        options.shard = choice.shard;
        if (!choice.source.empty()) {
            tell("shard {}/{}: {}\n", choice.shard.index, choice.shard.count, choice.source);
        }
        std::ostringstream plan;
        const int code = run_interruptibly([&](StopRequest& stop) { return run_experiment(options, stop, plan); });
        print(plan.str());
        return code;
    };
}

}  // namespace syncache::cli
