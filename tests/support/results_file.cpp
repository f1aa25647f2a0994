#include "tests/support/results_file.hpp"

#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <limits>
#include <memory>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "host/results/results.hpp"

namespace syncache::test {
namespace {

class ToyModel final : public Model {
  public:
    std::string_view name() const override { return "toy"; }
    std::span<const Parameter> parameters() const override { return parameters_; }
    std::span<const std::string> extra_columns() const override { return extras_; }
    std::span<const std::string> recordable() const override { return {}; }
    void complete(std::vector<Value>&, const std::vector<bool>&, const std::filesystem::path&) const override {}
    void check(const Trial&, const Tallies&) const override {}
    Need need(const Trial&) const override { return {}; }
    std::unique_ptr<Trainer> cpu_trainer() const override { throw std::logic_error("a toy learns nothing"); }
    std::unique_ptr<Trainer> cuda_trainer(int /*device*/) const override {
        throw std::logic_error("a toy learns nothing");
    }

  private:
    using Type = Parameter::Type;
    static Parameter parameter(const std::string& name, Type type) {
        Parameter p;
        p.name = name;
        p.type = type;
        return p;
    }
    std::vector<Parameter> parameters_{parameter("seed", Type::integer), parameter("precision", Type::choice),
                                       parameter("tau", Type::real), parameter("learns", Type::boolean),
                                       parameter("patterns_file", Type::file)};
    std::vector<std::string> extras_{"extra_energy"};
};

}  // namespace

ScratchFolder::ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "syncache-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) {
        throw std::runtime_error("no scratch folder: " + name);
    }
    path_ = name;
}

ScratchFolder::~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

const Model& toy_model() {
    static const ToyModel model;
    return model;
}

Experiment toy_experiment(const std::string& text, const std::vector<double>& maintenance_costs) {
    Experiment experiment;
    experiment.name = "toy";
    experiment.model = &toy_model();
    experiment.text = text;
    for (const double cost : maintenance_costs) {
        AccountingSetting setting;
        setting.maintenance_cost = cost;
        experiment.accounting.push_back(setting);
    }
    return experiment;
}

RunInfo toy_run(const std::string& commit, const std::string& shard) {
    return {.commit = commit, .build = "gcc", .backend = "cpu", .device = "abacus", .host = "desk", .shard = shard};
}

std::string toy_trial(int seed) {
    return fmt::format(R"({{"model":"toy","seed":{},"precision":"double","tau":"inf","learns":true,)"
                       R"("patterns_file":"a,b.idx2@0123456789abcdef"}})",
                       seed);
}

Store::Result toy_result(int seed) {
    Outcome outcome;
    outcome.converged = seed != 7;
    outcome.epochs = seed;
    outcome.presentations = 10 * seed;
    outcome.updates = 3 * seed;
    outcome.maintenance_sum = 0.1 * seed;
    outcome.persistent_sum = std::numeric_limits<double>::quiet_NaN();
    outcome.sums = {{Pricing{}, 4.0 * seed, 2.0 * seed, 3.0 * seed, 1.0 * seed}};
    outcome.extras = {1.0 / 3.0};
    return {toy_trial(seed), seed, outcome};
}

void write_toy_results(const std::filesystem::path& file, const std::vector<int>& seeds, const RunInfo& info,
                       const Experiment& experiment) {
    Store store(file, Store::Access::write);
    const auto run = store.begin_run(experiment, info, seeds.size());
    std::vector<Store::Result> results;
    for (const int seed : seeds) {
        results.push_back(toy_result(seed));
    }
    store.put(run, results);
    store.end_run(run, "finished", {});
}

std::vector<std::string> names_in(const ScratchFolder& folder) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
        names.push_back(entry.path().filename());
    }
    return names;
}

std::string csv(Store& store, const std::string& table) {
    std::ostringstream out;
    make_result_tables(store);
    export_table(store, {.table = table}, out);
    return out.str();
}

std::string csv(const std::filesystem::path& file, const std::string& table) {
    Store store(file, Store::Access::read);
    return csv(store, table);
}

}  // namespace syncache::test
