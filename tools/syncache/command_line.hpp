#pragma once

#include <functional>
#include <initializer_list>

#include "host/models/model.hpp"

namespace syncache {

// The program `syncache` as a function, with the models of somebody else's besides its own (docs/own_model.md):
//     int main(int argc, char** argv) { return syncache::command_line(argc, argv, {own_model()}); }
// The models must outlive the program's threads, as static objects do. Writes messages to standard error. Returns the
// exit code: 0; 1 failed; 2 wrong usage, or a model that add_model refuses; 130 interrupted. Throws nothing. To be
// called once, from the main thread: it sets the handlers of SIGPIPE, SIGINT, SIGTERM and SIGUSR1.
int command_line(int argc, char** argv, std::initializer_list<std::reference_wrapper<const Model>> own_models = {});

}  // namespace syncache
