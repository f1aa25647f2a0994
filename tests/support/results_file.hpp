#pragma once

#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include "host/experiment/experiment.hpp"
#include "host/store/store.hpp"
#include "tests/support/program.hpp"

// Results without simulations: what the tests of the store, exports and verdicts put in and take out.
namespace syncache::test {

// A folder of its own, removed with everything in it at the end of the test.
class ScratchFolder {
  public:
    ScratchFolder();
    ~ScratchFolder();
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

  private:
    std::filesystem::path path_;
};

// A model with a parameter of each type (seed, precision, tau, learns, patterns_file) and one extra column
// (extra_energy); it cannot be trained.
const Model& toy_model();

// An experiment on the toy model with one accounting setting for each maintenance cost; `text` tells experiments apart.
Experiment toy_experiment(const std::string& text = "toy", const std::vector<double>& maintenance_costs = {0.0});

RunInfo toy_run(const std::string& commit = "abc", const std::string& shard = "1/1");

// Canonical text of the toy model's trial with that seed.
std::string toy_trial(int seed);

// A result of that trial at place `seed`, whose numbers follow from the seed (seed 7 is not converged).
Store::Result toy_result(int seed);

// A results file with those seeds in one finished run.
void write_toy_results(const std::filesystem::path& file, const std::vector<int>& seeds,
                       const RunInfo& info = toy_run(), const Experiment& experiment = toy_experiment());

// Names of the files in it.
std::vector<std::string> names_in(const ScratchFolder& folder);

// The whole of an exported table.
std::string csv(Store& store, const std::string& table = "outcomes");
std::string csv(const std::filesystem::path& file, const std::string& table = "outcomes");

// What the function throws, as text; "" if it throws nothing.
template <class Function>
std::string message_of(Function&& function) {
    try {
        function();
    } catch (const std::exception& error) {
        return error.what();
    }
    return "";
}

}  // namespace syncache::test
