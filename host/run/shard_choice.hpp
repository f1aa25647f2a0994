#pragma once

#include <functional>
#include <optional>
#include <string>

#include "host/run/plan.hpp"

namespace syncache {

// A variable of the environment, or nothing where it is not set.
using Environment = std::function<std::optional<std::string>(const std::string&)>;
std::optional<std::string> environment_variable(const std::string& name);

struct ShardChoice {
    Shard shard;
    std::string
        source;  // where it comes from, for people: "SLURM_ARRAY_TASK_ID = 3 of 1 to 8"; "" if it was written out
};

// What --shard means: "i/n"; "auto", which is the task of an array job of Slurm, PBS, Grid Engine, LSF or Kubernetes by
// the variables that these set; or "auto/n", for schedulers that tell the task but not how many there are (PBS,
// Kubernetes). Throws std::invalid_argument "--shard = ...; allowed: ..." where there is no such job, where its tasks
// do not run from first to last without a gap, and where the variables of two schedulers, or `n`, disagree.
ShardChoice choose_shard(const std::string& text, const Environment& environment);

}  // namespace syncache
