#include "host/run/shard_choice.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace syncache {
namespace {

// How a scheduler tells a task of an array job which one it is.
struct Scheduler {
    const char* index;
    const char* first;     // variable, or nullptr: tasks count from `counts_from`
    const char* last;      // variable, or nullptr: not told
    const char* step;      // variable, or nullptr: 1
    const char* count;     // variable of the number of tasks, or nullptr
    int counts_from;       // of the first task where `first` is not told
    const char* no_array;  // value of `index` outside array jobs, or nullptr
};

constexpr Scheduler schedulers[] = {
    {"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_MAX", "SLURM_ARRAY_TASK_STEP",
     "SLURM_ARRAY_TASK_COUNT", 1, nullptr},
    {"PBS_ARRAY_INDEX", nullptr, nullptr, nullptr, nullptr, 1, nullptr},
    {"SGE_TASK_ID", "SGE_TASK_FIRST", "SGE_TASK_LAST", "SGE_TASK_STEPSIZE", nullptr, 1, "undefined"},
    {"LSB_JOBINDEX", nullptr, "LSB_JOBINDEX_END", "LSB_JOBINDEX_STEP", nullptr, 1, "0"},
    {"JOB_COMPLETION_INDEX", nullptr, nullptr, nullptr, nullptr, 0, nullptr},
};

std::optional<int> number_from(std::string_view text) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

[[noreturn]] void refuse(const std::string& text, const std::string& reason) {
    throw std::invalid_argument(fmt::format("--shard = {}{}", text, reason));
}

// Reads what one scheduler says.
class Reading {
  public:
    Reading(const std::string& text, const Environment& environment) : text_(text), environment_(environment) {}

    // Nothing where this is no task of such an array job. given_count: of "auto/n", or 0.
    std::optional<ShardChoice> read(const Scheduler& scheduler, int given_count) const {
        const auto index = environment_(scheduler.index);
        if (!index || index->empty() || (scheduler.no_array != nullptr && *index == scheduler.no_array)) {
            return std::nullopt;
        }
        const int place = number(scheduler.index, *index);
        const int first = number_of(scheduler.first, scheduler.counts_from);
        const int step = number_of(scheduler.step, 1);
        if (step < 1 || place < first || (place - first) % step != 0) {
            refuse(text_, fmt::format(": {} = {} is none of {}, {}, ...", scheduler.index, place, first, first + step));
        }
        int count = given_count;
        if (scheduler.last != nullptr && environment_(scheduler.last)) {
            count = counted(scheduler, first, step);
        }
        if (count == 0) {
            refuse(text_, fmt::format(": {} = {}, but not of how many; allowed: auto/n, as --shard auto/8",
                                      scheduler.index, place));
        }
        if (given_count > 0 && count != given_count) {
            refuse(text_,
                   fmt::format(": {} tells of {} tasks; allowed: auto, or auto/{}", scheduler.index, count, count));
        }
        const Shard shard{(place - first) / step + 1, count};
        if (shard.index > shard.count) {
            refuse(text_, fmt::format(": {} = {} is task {} of {}", scheduler.index, place, shard.index, shard.count));
        }
        return ShardChoice{
            shard, fmt::format("{} = {} of {} to {}", scheduler.index, place, first, first + (shard.count - 1) * step)};
    }

  private:
    int number(const char* name, const std::string& value) const {
        const auto found = number_from(value);
        if (!found) {
            refuse(text_, fmt::format(": {} = {}; allowed: an integer", name, value));
        }
        return *found;
    }

    int number_of(const char* name, int fallback) const {
        const auto value = name != nullptr ? environment_(name) : std::nullopt;
        return value && *value != "undefined" ? number(name, *value) : fallback;
    }

    // The tasks from the first to the last; an array with gaps, as 3,4,7, has fewer.
    int counted(const Scheduler& scheduler, int first, int step) const {
        const int last = number_of(scheduler.last, first);
        const int from_first_to_last = (last - first) / step + 1;
        const int there = number_of(scheduler.count, from_first_to_last);
        if (there != from_first_to_last) {
            refuse(text_, fmt::format(": the job has {} of the tasks {} to {}; allowed: an array without gaps, or i/n",
                                      there, first, last));
        }
        return there;
    }

    const std::string& text_;
    const Environment& environment_;
};

ShardChoice automatic(const std::string& text, int given_count, const Environment& environment) {
    std::optional<ShardChoice> chosen;
    std::vector<std::string> names;
    for (const Scheduler& scheduler : schedulers) {
        names.emplace_back(scheduler.index);
        const auto found = Reading(text, environment).read(scheduler, given_count);
        if (found && chosen &&
            (found->shard.index != chosen->shard.index || found->shard.count != chosen->shard.count)) {
            refuse(text, fmt::format(": {}, but {}; allowed: one of them, or i/n", chosen->source, found->source));
        }
        chosen = chosen ? chosen : found;
    }
    if (!chosen) {
        refuse(text, fmt::format(": this is no task of an array job; allowed: where one of {} is set, or i/n",
                                 fmt::join(names, ", ")));
    }
    return *chosen;
}

}  // namespace

std::optional<std::string> environment_variable(const std::string& name) {
    const char* const value = std::getenv(name.c_str());
    return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

ShardChoice choose_shard(const std::string& text, const Environment& environment) {
    const std::size_t slash = text.find('/');
    const std::string_view before = std::string_view(text).substr(0, slash);
    const bool has_count = slash != std::string::npos;
    const auto count = has_count ? number_from(std::string_view(text).substr(slash + 1)) : std::optional(0);
    if (before == "auto" && count && (!has_count || *count >= 1)) {
        return automatic(text, *count, environment);
    }
    const auto index = number_from(before);
    if (!index || !has_count || !count || *index < 1 || *index > *count) {
        refuse(text, "; allowed: i/n with 1 <= i <= n, auto, auto/n");
    }
    return {{*index, *count}, ""};
}

}  // namespace syncache
