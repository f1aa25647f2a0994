#include "host/models/model.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/models/mlp/model.hpp"
#include "host/models/perceptron/model.hpp"
#include "host/models/spiking/model.hpp"
#include "host/settings/suggestion.hpp"

namespace syncache {
namespace {

std::vector<const Model*>& registry() {
    // One line a model: `&perceptron_model(),` with the function declared in the model's own header.
    static std::vector<const Model*> all{&perceptron_model(), &mlp_model(), &spiking_model()};
    return all;
}

// Columns of result tables, and keys of experiment files beside the parameters.
constexpr std::string_view taken_names[] = {"trial",
                                            "source",
                                            "setting",
                                            "zip",
                                            "record",
                                            "maintenance_cost",
                                            "transient_change_cost",
                                            "persistent_cost",
                                            "exponent",
                                            "potentiation_only",
                                            "converged",
                                            "epochs",
                                            "presentations",
                                            "updates",
                                            "uncached",
                                            "minimal",
                                            "consolidation",
                                            "maintenance_sum",
                                            "transient_change_sum",
                                            "persistent_sum",
                                            "maintenance",
                                            "transient_change",
                                            "persistent",
                                            "total",
                                            "inefficiency"};

// As a key of TOML and a column of SQL and CSV without quotes.
bool is_name(std::string_view name) {
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
    return !name.empty() && name[0] >= 'a' && name[0] <= 'z' && std::ranges::all_of(name, fits);
}

[[noreturn]] void refuse(const Model& model, std::string_view problem) {
    throw std::invalid_argument(fmt::format("model {}: {}", model.name(), problem));
}

void check_fallback(const Model& model, const Parameter& parameter) {
    if (parameter.only_if_set && parameter.fallback == Value(std::string())) {
        return;
    }
    Value value;
    try {
        value = checked(parameter, parameter.fallback);
    } catch (const std::invalid_argument& error) {
        refuse(model, fmt::format("default of {}", error.what()));
    }
    if (value != parameter.fallback) {
        refuse(model, fmt::format("{}: its default is not of its type", parameter.name));
    }
}

class OneByOne : public Trainer {
  public:
    using TrainOne = std::function<Outcome(const Trial&, const Tallies&, const std::atomic<bool>&)>;

    explicit OneByOne(TrainOne train) : train_(std::move(train)) {}

    void train(std::span<const Trial> trials, const Tallies& tallies, const std::atomic<bool>& stop,
               const OutcomeSink& deliver) override {
        for (std::size_t i = 0; i < trials.size() && !stop; ++i) {
            Outcome outcome = train_(trials[i], tallies, stop);
            if (!stop) {  // one that was given up half way is no outcome
                deliver(i, std::move(outcome));
            }
        }
    }

  private:
    TrainOne train_;
};

}  // namespace

std::unique_ptr<Trainer> one_by_one(
    std::function<Outcome(const Trial&, const Tallies&, const std::atomic<bool>& stop)> train) {
    return std::make_unique<OneByOne>(std::move(train));
}

std::span<const Model* const> models() { return registry(); }

void add_model(const Model& model) {
    if (std::ranges::find(registry(), model.name(), &Model::name) != registry().end()) {
        refuse(model, "a model of that name is there already");
    }
    check_model(model);
    registry().push_back(&model);
}

void check_model(const Model& model) {
    const auto parameters = model.parameters();
    if (!is_name(model.name())) {
        refuse(model, "its name; allowed: a letter, then letters, digits, _ and -, in lower case");
    }
    if (parameters.empty() || parameters[0].name != "seed" || parameters[0].type != Parameter::Type::integer) {
        refuse(model, "its first parameter; allowed: the integer seed");
    }
    std::set<std::string_view> names(std::begin(taken_names), std::end(taken_names));
    const auto take = [&](std::string_view name) {
        if (!is_name(name) || !names.insert(name).second) {
            refuse(model, fmt::format("{}: no name for a parameter or column, or one that is taken", name));
        }
    };
    for (const Parameter& parameter : parameters) {
        take(parameter.name);
        check_fallback(model, parameter);
    }
    for (const std::string& column : model.extra_columns()) {
        take(column);
    }
    for (const std::string& word : model.recordable()) {
        if (!is_name(word)) {
            refuse(model, fmt::format("{}: no name for a word of record", word));
        }
    }
}

double Theory::transient_share(const Trial& /*trial*/, const TrainingProgress& /*progress*/, double /*low*/,
                               double /*high*/) const {
    return std::numeric_limits<double>::quiet_NaN();
}

std::unique_ptr<Trainer> Model::cuda_trainer(int /*device*/) const {
    throw std::logic_error(fmt::format("model {}: has no trainer for GPUs", name()));
}

std::optional<Value> left_out_value(std::string_view model, std::string_view parameter) {
    for (const Model* const known : models()) {
        for (const Parameter& p : known->parameters()) {
            if (known->name() == model && p.name == parameter && p.only_if_set && p.fallback != Value(std::string())) {
                return p.fallback;
            }
        }
    }
    return std::nullopt;
}

const Model& find_model(std::string_view name, std::span<const Model* const> known) {
    const auto found = std::ranges::find(known, name, &Model::name);
    if (found == known.end()) {
        std::vector<std::string> names;
        std::ranges::transform(known, std::back_inserter(names),
                               [](const Model* model) { return std::string(model->name()); });
        throw std::invalid_argument(fmt::format("model = \"{}\"; {}allowed: one of {}", name, did_you_mean(name, names),
                                                fmt::join(names, ", ")));
    }
    return **found;
}

std::vector<std::string> Model::describe_data(const Trial& /*trial*/) const { return {}; }

}  // namespace syncache
