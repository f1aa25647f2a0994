#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <stdexcept>
#include <string>

#include "host/run/shard_choice.hpp"
#include "tests/support/scratch.hpp"

namespace syncache {
namespace {

using Variables = std::map<std::string, std::string>;

Environment environment_of(const Variables& variables) {
    return [variables](const std::string& name) {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
}

// "i/n" and where it comes from.
std::string chosen(const std::string& text, const Variables& variables = {}) {
    const ShardChoice choice = choose_shard(text, environment_of(variables));
    return std::to_string(choice.shard.index) + "/" + std::to_string(choice.shard.count) +
           (choice.source.empty() ? "" : ": " + choice.source);
}

std::string refusal(const std::string& text, const Variables& variables = {}) {
    return test::message_of<std::invalid_argument>([&] { chosen(text, variables); });
}

TEST(ShardChoice, WrittenOut) {
    EXPECT_EQ(chosen("3/8"), "3/8");
    EXPECT_EQ(chosen("1/1", {{"SGE_TASK_ID", "5"}}), "1/1");
    for (const char* text : {"3/2", "0/2", "1/4294967297", "1", "1/", "1/2x", "1 2", "", "auto/0", "auto/", "autos"}) {
        EXPECT_EQ(refusal(text), "--shard = " + std::string(text) + "; allowed: i/n with 1 <= i <= n, auto, auto/n");
    }
}

TEST(ShardChoice, OfEachScheduler) {
    EXPECT_EQ(chosen("auto", {{"SLURM_ARRAY_TASK_ID", "3"},
                              {"SLURM_ARRAY_TASK_MIN", "1"},
                              {"SLURM_ARRAY_TASK_MAX", "8"},
                              {"SLURM_ARRAY_TASK_STEP", "1"},
                              {"SLURM_ARRAY_TASK_COUNT", "8"}}),
              "3/8: SLURM_ARRAY_TASK_ID = 3 of 1 to 8");
    EXPECT_EQ(chosen("auto", {{"SLURM_ARRAY_TASK_ID", "4"},
                              {"SLURM_ARRAY_TASK_MIN", "0"},
                              {"SLURM_ARRAY_TASK_MAX", "6"},
                              {"SLURM_ARRAY_TASK_STEP", "2"},
                              {"SLURM_ARRAY_TASK_COUNT", "4"}}),
              "3/4: SLURM_ARRAY_TASK_ID = 4 of 0 to 6");
    EXPECT_EQ(chosen("auto/8", {{"PBS_ARRAY_INDEX", "8"}}), "8/8: PBS_ARRAY_INDEX = 8 of 1 to 8");
    EXPECT_EQ(
        chosen("auto",
               {{"SGE_TASK_ID", "5"}, {"SGE_TASK_FIRST", "1"}, {"SGE_TASK_LAST", "9"}, {"SGE_TASK_STEPSIZE", "2"}}),
        "3/5: SGE_TASK_ID = 5 of 1 to 9");
    EXPECT_EQ(chosen("auto", {{"LSB_JOBINDEX", "2"}, {"LSB_JOBINDEX_END", "4"}, {"LSB_JOBINDEX_STEP", "1"}}),
              "2/4: LSB_JOBINDEX = 2 of 1 to 4");
    EXPECT_EQ(chosen("auto/4", {{"JOB_COMPLETION_INDEX", "0"}}), "1/4: JOB_COMPLETION_INDEX = 0 of 0 to 3");
    EXPECT_EQ(chosen("auto/4", {{"JOB_COMPLETION_INDEX", "3"}}), "4/4: JOB_COMPLETION_INDEX = 3 of 0 to 3");
}

TEST(ShardChoice, RefusesWhatItCannotTell) {
    const std::string none =
        "this is no task of an array job; allowed: where one of SLURM_ARRAY_TASK_ID, PBS_ARRAY_INDEX, SGE_TASK_ID, "
        "LSB_JOBINDEX, JOB_COMPLETION_INDEX is set, or i/n";
    EXPECT_EQ(refusal("auto"), "--shard = auto: " + none);
    // Jobs that are no arrays have these.
    EXPECT_EQ(refusal("auto", {{"SGE_TASK_ID", "undefined"}, {"SGE_TASK_LAST", "undefined"}}),
              "--shard = auto: " + none);
    EXPECT_EQ(refusal("auto", {{"LSB_JOBINDEX", "0"}}), "--shard = auto: " + none);
    EXPECT_EQ(refusal("auto", {{"PBS_ARRAY_INDEX", "3"}}),
              "--shard = auto: PBS_ARRAY_INDEX = 3, but not of how many; allowed: auto/n, as --shard auto/8");
    EXPECT_EQ(refusal("auto/2", {{"PBS_ARRAY_INDEX", "3"}}), "--shard = auto/2: PBS_ARRAY_INDEX = 3 is task 3 of 2");
    EXPECT_EQ(refusal("auto/4", {{"PBS_ARRAY_INDEX", "0"}}),
              "--shard = auto/4: PBS_ARRAY_INDEX = 0 is none of 1, 2, ...");
    EXPECT_EQ(refusal("auto/4", {{"PBS_ARRAY_INDEX", "x"}}),
              "--shard = auto/4: PBS_ARRAY_INDEX = x; allowed: an integer");
    const Variables sge{
        {"SGE_TASK_ID", "2"}, {"SGE_TASK_FIRST", "1"}, {"SGE_TASK_LAST", "9"}, {"SGE_TASK_STEPSIZE", "1"}};
    EXPECT_EQ(refusal("auto/8", sge), "--shard = auto/8: SGE_TASK_ID tells of 9 tasks; allowed: auto, or auto/9");
    EXPECT_EQ(chosen("auto/9", sge), "2/9: SGE_TASK_ID = 2 of 1 to 9");
    // What is left of an array after some tasks were done.
    EXPECT_EQ(refusal("auto", {{"SLURM_ARRAY_TASK_ID", "4"},
                               {"SLURM_ARRAY_TASK_MIN", "3"},
                               {"SLURM_ARRAY_TASK_MAX", "7"},
                               {"SLURM_ARRAY_TASK_STEP", "1"},
                               {"SLURM_ARRAY_TASK_COUNT", "3"}}),
              "--shard = auto: the job has 3 of the tasks 3 to 7; allowed: an array without gaps, or i/n");
}

TEST(ShardChoice, RefusesTwoThatDisagree) {
    const Variables agreeing{{"PBS_ARRAY_INDEX", "2"}, {"JOB_COMPLETION_INDEX", "1"}};
    EXPECT_EQ(chosen("auto/4", agreeing), "2/4: PBS_ARRAY_INDEX = 2 of 1 to 4");
    const Variables disagreeing{{"PBS_ARRAY_INDEX", "2"}, {"JOB_COMPLETION_INDEX", "2"}};
    EXPECT_EQ(
        refusal("auto/4", disagreeing),
        "--shard = auto/4: PBS_ARRAY_INDEX = 2 of 1 to 4, but JOB_COMPLETION_INDEX = 2 of 0 to 3; allowed: one of "
        "them, or i/n");
}

}  // namespace
}  // namespace syncache
