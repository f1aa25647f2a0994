#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/models/model.hpp"

namespace syncache::test {

// A model that trains nothing, with a parameter of each type: for what comes before the training.
class FakeModel : public Model {
  public:
    std::string_view name() const override { return "fake"; }
    std::span<const Parameter> parameters() const override { return parameters_; }
    std::span<const std::string> extra_columns() const override { return {}; }
    std::span<const std::string> recordable() const override { return recordable_; }

    // Reads no file: 42 stands for a number of patterns found in one.
    void complete(std::vector<Value>& values, const std::vector<bool>& is_set,
                  const std::filesystem::path& /*folder*/) const override {
        const auto patterns = static_cast<std::size_t>(find_parameter(*this, "patterns"));
        const auto file = static_cast<std::size_t>(find_parameter(*this, "patterns_file"));
        if (is_set[patterns] && is_set[file]) {
            throw std::invalid_argument("patterns: given besides patterns_file; allowed: one of them");
        }
        if (is_set[file]) {
            values[patterns] = std::int64_t{42};
        }
    }

    Need need(const Trial& /*trial*/) const override { return {}; }
    std::unique_ptr<Trainer> cpu_trainer() const override { throw std::runtime_error("the fake model does not train"); }
    void check(const Trial& /*trial*/, const Tallies& /*tallies*/) const override {}
    std::unique_ptr<Trainer> cuda_trainer(int /*device*/) const override {
        throw std::runtime_error("the fake model does not train");
    }

  private:
    static Parameter number(const char* name, Parameter::Type type, Value fallback, double minimum,
                            double maximum = std::numeric_limits<double>::infinity(), bool above_minimum = false) {
        Parameter parameter{name, type, std::move(fallback), "", ""};
        parameter.minimum = minimum;
        parameter.maximum = maximum;
        parameter.above_minimum = above_minimum;
        return parameter;
    }

    static Parameter choice(const char* name, std::vector<std::string> choices) {
        Parameter parameter{name, Parameter::Type::choice, choices.front(), "", ""};
        parameter.choices = std::move(choices);
        return parameter;
    }

    static constexpr double infinity_ = std::numeric_limits<double>::infinity();
    static constexpr double largest_ = std::numeric_limits<double>::max();
    const std::vector<Parameter> parameters_{
        number("seed", Parameter::Type::integer, std::int64_t{1}, 0),
        choice("precision", {"single", "double"}),
        choice("variant", {"none", "local-local", "local-global"}),
        number("patterns", Parameter::Type::integer, std::int64_t{1000}, 1),
        number("threshold", Parameter::Type::real, 5.0, 0.0),
        number("tau", Parameter::Type::real, infinity_, 1.0),
        number("learning_rate", Parameter::Type::real, 1.0, 0.0, largest_, true),
        number("pattern_coding", Parameter::Type::real, 0.5, 0.0, 1.0),
        Parameter{"shuffled", Parameter::Type::boolean, false, "", ""},
        Parameter{"note", Parameter::Type::text, std::string(), "", ""},
        Parameter{"patterns_file", Parameter::Type::file, std::string(), "", ""},
    };
    const std::vector<std::string> recordable_{"epochs", "traces", "weights"};
};

inline const FakeModel& fake_model() {
    static const FakeModel model;
    return model;
}

// The models an experiment file of these tests can name.
inline std::span<const Model* const> fake_models() {
    static const std::array<const Model*, 1> all{&fake_model()};
    return all;
}

// The fake model's parameters at their defaults.
inline std::vector<Value> fallbacks() {
    std::vector<Value> values;
    for (const Parameter& parameter : fake_model().parameters()) {
        values.push_back(parameter.fallback);
    }
    return values;
}

// The same with one of them set.
inline std::vector<Value> with(std::string_view name, const Value& value) {
    auto values = fallbacks();
    values.at(static_cast<std::size_t>(find_parameter(fake_model(), name))) = value;
    return values;
}

}  // namespace syncache::test
