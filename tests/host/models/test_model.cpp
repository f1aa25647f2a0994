#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <string_view>

#include "host/models/model.hpp"
#include "tests/support/fake_model.hpp"
#include "tests/support/scratch.hpp"

namespace syncache {
namespace {

TEST(FindModel, ByNameOrWithTheNamesThereAre) {
    EXPECT_EQ(&find_model("fake", test::fake_models()), &test::fake_model());
    EXPECT_EQ(test::message_of<std::invalid_argument>([] { find_model("fak", test::fake_models()); }),
              "model = \"fak\"; allowed: one of fake");
}

TEST(FindParameter, ByNameOrMinusOne) {
    EXPECT_EQ(find_parameter(test::fake_model(), "seed"), 0);
    EXPECT_EQ(find_parameter(test::fake_model(), "patterns_file"), 10);
    EXPECT_EQ(find_parameter(test::fake_model(), "pattern"), -1);
}

// What experiment files, exports and results rely on, for every model there is.
TEST(Models, ParametersAreWellFormed) {
    std::set<std::string_view> model_names;
    for (const Model* const model : models()) {
        EXPECT_TRUE(model_names.insert(model->name()).second) << model->name();
        EXPECT_EQ(&find_model(model->name()), model);
        ASSERT_GE(model->parameters().size(), 2U);
        EXPECT_EQ(model->parameters()[0].name, "seed");
        EXPECT_EQ(model->parameters()[1].name, "precision");
        std::set<std::string_view> names{"zip", "record"};  // not free, as [axes] and [fixed] use them
        for (const Parameter& parameter : model->parameters()) {
            EXPECT_TRUE(names.insert(parameter.name).second) << parameter.name;
            EXPECT_FALSE(parameter.description.empty()) << parameter.name;
            EXPECT_NO_THROW(EXPECT_EQ(checked(parameter, parameter.fallback), parameter.fallback)) << parameter.name;
        }
    }
}

}  // namespace
}  // namespace syncache
