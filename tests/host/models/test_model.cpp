#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "host/models/model.hpp"
#include "tests/support/fake_model.hpp"
#include "tests/support/given_model.hpp"
#include "tests/support/scratch.hpp"

namespace syncache {
namespace {

using test::GivenModel;

TEST(FindModel, ByNameOrWithTheNamesThereAre) {
    EXPECT_EQ(&find_model("fake", test::fake_models()), &test::fake_model());
    EXPECT_EQ(test::message_of<std::invalid_argument>([] { find_model("fak", test::fake_models()); }),
              "model = \"fak\"; did you mean fake? allowed: one of fake");
    EXPECT_EQ(test::message_of<std::invalid_argument>([] { find_model("spiking", test::fake_models()); }),
              "model = \"spiking\"; allowed: one of fake");
}

TEST(FindParameter, ByNameOrMinusOne) {
    EXPECT_EQ(find_parameter(test::fake_model(), "seed"), 0);
    EXPECT_EQ(find_parameter(test::fake_model(), "patterns_file"), 10);
    EXPECT_EQ(find_parameter(test::fake_model(), "pattern"), -1);
}

// What experiment files, exports and results rely on, for every model there is.
TEST(Models, AreWellFormed) {
    for (const Model* const model : models()) {
        EXPECT_NO_THROW(check_model(*model)) << model->name();
        EXPECT_EQ(&find_model(model->name()), model);
        for (const Parameter& parameter : model->parameters()) {
            EXPECT_FALSE(parameter.description.empty()) << parameter.name;
        }
    }
}

std::string refusal(const GivenModel& model) {
    return test::message_of<std::invalid_argument>([&] { check_model(model); });
}

Parameter number(const char* name, Value fallback) {
    const bool is_integer = std::holds_alternative<std::int64_t>(fallback);
    return {name, is_integer ? Parameter::Type::integer : Parameter::Type::real, std::move(fallback), "", ""};
}

TEST(CheckModel, RefusesWhatWouldMakeAmbiguousTables) {
    const Parameter seed = number("seed", std::int64_t{1});
    EXPECT_NO_THROW(check_model(GivenModel({seed, number("gain", 1.0)}, {"depth"})));
    EXPECT_EQ(refusal(GivenModel({}, {})), "model given: its first parameter; allowed: the integer seed");
    EXPECT_EQ(refusal(GivenModel({number("seed", 1.0)}, {})),
              "model given: its first parameter; allowed: the integer seed");
    EXPECT_EQ(refusal(GivenModel({number("gain", 1.0), seed}, {})),
              "model given: its first parameter; allowed: the integer seed");
    EXPECT_EQ(refusal(GivenModel({seed}, {}, "My model")),
              "model My model: its name; allowed: a letter, then letters, digits, _ and -, in lower case");
    for (const char* name : {"seed", "total", "zip", "record", "exponent", "two words", "Gain", "1st", ""}) {
        const std::string problem =
            fmt::format("model given: {}: no name for a parameter or column, or one that is taken", name);
        EXPECT_EQ(refusal(GivenModel({seed, number(name, 1.0)}, {})), problem);
        EXPECT_EQ(refusal(GivenModel({seed}, {name})), problem);
    }
    EXPECT_EQ(refusal(GivenModel({seed, number("gain", 1.0)}, {"gain"})),
              "model given: gain: no name for a parameter or column, or one that is taken");
}

// Seeds of the trials that it was given to train; the trial of seed 3 wants to stop.
struct Training {
    std::vector<std::int64_t> begun;
    std::vector<std::pair<std::size_t, std::int64_t>> delivered;  // place, epochs

    void train(const std::vector<std::int64_t>& seeds) {
        const GivenModel model({number("seed", std::int64_t{1})}, {});
        const std::filesystem::path folder = ".";
        std::vector<Trial> trials;
        for (const std::int64_t seed : seeds) {
            trials.emplace_back(model, std::vector<Value>{seed}, folder);
        }
        std::atomic<bool> stop = false;
        const auto trainer = one_by_one([&](const Trial& trial, const Tallies& tallies, const std::atomic<bool>&) {
            begun.push_back(trial.integer("seed"));
            stop = begun.back() == 3;
            Outcome outcome = empty_outcome(tallies);
            outcome.epochs = 10 * begun.back();
            return outcome;
        });
        trainer->train(trials, Tallies{}, stop, [&](std::size_t place, const Outcome& outcome) {
            EXPECT_EQ(outcome.sums.size(), 1u);
            delivered.emplace_back(place, outcome.epochs);
        });
    }
};

TEST(OneByOne, DeliversEachTrialInItsPlace) {
    Training training;
    training.train({5, 4, 7});
    EXPECT_EQ(training.begun, (std::vector<std::int64_t>{5, 4, 7}));
    EXPECT_EQ(training.delivered, (std::vector<std::pair<std::size_t, std::int64_t>>{{0, 50}, {1, 40}, {2, 70}}));
}

TEST(OneByOne, GivesUpTheTrialInHandAndBeginsNoOther) {
    Training training;
    training.train({5, 3, 7});
    EXPECT_EQ(training.begun, (std::vector<std::int64_t>{5, 3}));
    EXPECT_EQ(training.delivered, (std::vector<std::pair<std::size_t, std::int64_t>>{{0, 50}}));
}

// They stand in SQL, and name tables.
TEST(CheckModel, RefusesWordsOfRecordThatAreNoNames) {
    class Recording : public GivenModel {
      public:
        Recording() : GivenModel({syncache::number("seed", std::int64_t{1})}, {}) {}
        std::span<const std::string> recordable() const override { return words_; }

      private:
        std::vector<std::string> words_{"epochs", "it's"};
    };
    EXPECT_EQ(refusal(Recording()), "model given: it's: no name for a word of record");
}

TEST(CheckModel, RefusesDefaultsThatNoExperimentCouldSet) {
    const Parameter seed = number("seed", std::int64_t{1});
    Parameter gain = number("gain", 1.0);
    gain.minimum = 2.0;
    EXPECT_EQ(refusal(GivenModel({seed, gain}, {})), "model given: default of gain = 1.0; allowed: a number >= 2");
    gain.fallback = std::int64_t{3};
    EXPECT_EQ(refusal(GivenModel({seed, gain}, {})), "model given: gain: its default is not of its type");
}

TEST(AddModel, RefusesANameThatIsTaken) {
    const GivenModel model({number("seed", std::int64_t{1})}, {}, "mlp");
    EXPECT_EQ(test::message_of<std::invalid_argument>([&] { add_model(model); }),
              "model mlp: a model of that name is there already");
}

}  // namespace
}  // namespace syncache
