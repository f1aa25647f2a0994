#pragma once

#include <vector>

#include "host/settings/schema.hpp"
#include "host/settings/trial.hpp"
#include "kernels/caching/threshold_schedule.hpp"

// The parameters of a threshold that changes while a network learns, shared by the models that have them.
namespace syncache {

// threshold_schedule, threshold_end, threshold_time. Their defaults are a constant threshold.
std::vector<Parameter> threshold_schedule_parameters();

// Refuses a schedule without a cache, and values that the schedule does not use or lacks. `caches`: whether the variant
// has a threshold of consolidation. Throws std::invalid_argument.
void check_threshold_schedule(const Schema& schema, const std::vector<Value>& values, bool caches);

ThresholdSchedule threshold_schedule(const Trial& trial);

}  // namespace syncache
