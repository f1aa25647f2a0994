#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>

#include "host/settings/trial.hpp"
#include "tests/support/fake_model.hpp"
#include "tests/support/scratch.hpp"

namespace syncache {
namespace {

using test::fake_model;
using test::fallbacks;
using test::with;

TEST(Trial, GivesValuesByName) {
    const std::filesystem::path folder = "data";
    const Trial trial(fake_model(), with("patterns_file", std::string("a.idx2")), folder);
    EXPECT_EQ(trial.integer("patterns"), 1000);
    EXPECT_EQ(trial.real("threshold"), 5.0);
    EXPECT_EQ(trial.boolean("shuffled"), false);
    EXPECT_EQ(trial.text("variant"), "none");
    EXPECT_EQ(trial.path("patterns_file"), "data/a.idx2");
    EXPECT_THROW(trial.real("no_such"), std::out_of_range);
    EXPECT_THROW(trial.real("patterns"), std::bad_variant_access);
}

TEST(Trial, PathsAbsentAndAbsolute) {
    const std::filesystem::path folder = "data";
    EXPECT_TRUE(Trial(fake_model(), fallbacks(), folder).path("patterns_file").empty());
    EXPECT_EQ(Trial(fake_model(), with("patterns_file", std::string("/a/b")), folder).path("patterns_file"), "/a/b");
}

}  // namespace
}  // namespace syncache
