// The module syncache._core: the library as functions of plain values. The package syncache gives them their form.

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <tuple>
#include <vector>

#include "host/settings/suggestion.hpp"
#include "host/store/build_info.hpp"
#include "python/src/bindings.hpp"
#include "tools/syncache/command_line.hpp"

namespace syncache::python {
namespace {

// The program's words, its own name first.
int run_command_line(std::vector<std::string> words) {
    std::vector<char*> arguments;
    for (std::string& word : words) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    return command_line(static_cast<int>(words.size()), arguments.data());
}

}  // namespace
}  // namespace syncache::python

NB_MODULE(_core, module) {
    namespace nb = nanobind;
    using namespace syncache::python;
    module.def(
        "build", [] { return std::tuple(syncache::version_text(), syncache::commit_text(), syncache::build_text()); },
        "Version, commit, and compiler of the library.");
    module.def(
        "command_line", run_command_line, nb::arg("words"), nb::call_guard<nb::gil_scoped_release>(),
        "Runs the program syncache; returns its exit code. Once in a process, since it sets handlers of signals.");
    module.def(
        "nearest",
        [](const std::string& word, const std::vector<std::string>& names) {
            return syncache::did_you_mean(word, names);
        },
        nb::arg("word"), nb::arg("names"), "\"did you mean <name>? \", or \"\" where no name is near.");
    add_models(module);
    add_experiments(module);
    add_running(module);
    add_tables(module);
}
