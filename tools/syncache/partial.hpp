#pragma once

#include <CLI/CLI.hpp>

#include "host/store/store.hpp"

// What the commands that evaluate results say of a file that lacks trials.
namespace syncache::cli {

// Adds --complete.
void add_complete(CLI::App& app, bool& complete);

// Warns on standard error, with numbers, if the file lacks trials of its experiment; with `complete` throws
// std::runtime_error instead.
void check_complete(const Store& store, bool complete);

}  // namespace syncache::cli
