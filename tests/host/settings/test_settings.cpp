#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "host/settings/settings.hpp"

namespace syncache {
namespace {

// A member for each kind of parameter.
struct AllSettings : Settings {
    using Settings::Settings;
    std::int64_t seed = integer("seed", 1, 0, 9, "first");
    double threshold = real("threshold", 0.5, 0.0, 2.0, "weight", "second");
    double rate = real_above("rate", 0.25, 0.0, 1.0, "hertz", "third");
    bool single = choice("precision", "double", {"single", "double"}, "fourth") == "single";
    std::filesystem::path patterns = file("patterns", "fifth");
    std::vector<std::filesystem::path> weights = files("weights", "sixth");
    std::string hidden = integers("hidden", "100", 1, 200, "seventh");
    std::string factors = reals_above("factors", "1", 0.0, 3.0, "eighth");
};

class AllSchema : public Schema {
  public:
    std::string_view name() const override { return "all"; }
    std::span<const Parameter> parameters() const override { return parameters_; }

  private:
    std::vector<Parameter> parameters_ = parameters_of<AllSettings>();
};

TEST(Settings, DeclareParametersInTheOrderOfMembers) {
    using Type = Parameter::Type;
    const std::vector<Parameter> list = parameters_of<AllSettings>();
    std::vector<std::string> names;
    std::vector<Type> types;
    for (const Parameter& parameter : list) {
        names.push_back(parameter.name);
        types.push_back(parameter.type);
    }
    EXPECT_EQ(names, (std::vector<std::string>{"seed", "threshold", "rate", "precision", "patterns", "weights",
                                               "hidden", "factors"}));
    EXPECT_EQ(types, (std::vector<Type>{Type::integer, Type::real, Type::real, Type::choice, Type::file, Type::files,
                                        Type::integers, Type::reals}));
    EXPECT_EQ(allowed_text(list[0]), "an integer >= 0 and <= 9");
    EXPECT_EQ(allowed_text(list[1]), "a number >= 0 and <= 2");
    EXPECT_EQ(list[1].unit, "weight");
    EXPECT_EQ(list[1].description, "second");
    EXPECT_EQ(allowed_text(list[2]), "a number > 0 and <= 1");
    EXPECT_EQ(list[3].choices, (std::vector<std::string>{"single", "double"}));
    EXPECT_THROW(checked(list[6], std::string("201")), std::invalid_argument);
    EXPECT_THROW(checked(list[7], std::string("0")), std::invalid_argument);
}

TEST(Settings, HaveTheDeclaredDefaults) {
    const AllSettings s;
    EXPECT_EQ(s.seed, 1);
    EXPECT_EQ(s.threshold, 0.5);
    EXPECT_EQ(s.rate, 0.25);
    EXPECT_FALSE(s.single);
    EXPECT_TRUE(s.patterns.empty());
    EXPECT_TRUE(s.weights.empty());
    EXPECT_EQ(s.hidden, "100");
    EXPECT_EQ(s.factors, "1");
    const std::vector<Parameter> list = parameters_of<AllSettings>();
    EXPECT_EQ(list[0].fallback, Value(s.seed));
    EXPECT_EQ(list[2].fallback, Value(s.rate));
    EXPECT_EQ(list[3].fallback, Value(std::string("double")));
    EXPECT_EQ(list[4].fallback, Value(std::string()));
    EXPECT_EQ(list[6].fallback, Value(s.hidden));
}

TEST(Settings, ReadATrial) {
    const AllSchema schema;
    const std::filesystem::path folder = "/data";
    const std::vector<Value> values{std::int64_t{7},
                                    1.5,
                                    0.75,
                                    std::string("single"),
                                    std::string("p.idx2"),
                                    std::string("a,b"),
                                    std::string("20,10"),
                                    std::string("2,0.5")};
    const Trial trial(schema, values, folder);
    const AllSettings s(trial);
    EXPECT_EQ(s.seed, 7);
    EXPECT_EQ(s.threshold, 1.5);
    EXPECT_EQ(s.rate, 0.75);
    EXPECT_TRUE(s.single);
    EXPECT_EQ(s.patterns, "/data/p.idx2");
    EXPECT_EQ(s.weights, (std::vector<std::filesystem::path>{"/data/a", "/data/b"}));
    EXPECT_EQ(s.hidden, "20,10");
    EXPECT_EQ(s.factors, "2,0.5");
}

}  // namespace
}  // namespace syncache
