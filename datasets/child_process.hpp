#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace syncache {

// Takes a piece of what a program writes; false: enough, the program is to be ended.
using OutputSink = std::function<bool(std::span<const std::byte>)>;

// How a program ended.
struct ChildResult {
    int exit_code = 0;    // 128 + signal where a signal ended it
    bool enough = false;  // the sink had enough
    std::string error;    // what it wrote to standard error, one line, without its own name before it
};

// Runs a program found on the path, without a shell, its standard input empty, and hands its standard output to the
// sink. Throws std::runtime_error if it cannot be started, and what the sink throws, after the program has ended.
ChildResult run_child(const std::vector<std::string>& command, const OutputSink& sink);

}  // namespace syncache
