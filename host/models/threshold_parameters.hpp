#pragma once

#include <vector>

#include "host/settings/schema.hpp"
#include "host/settings/settings.hpp"
#include "host/settings/value.hpp"
#include "kernels/caching/threshold_schedule.hpp"

// The parameters of a threshold that changes while a network learns, shared by the models that have them.
namespace syncache {

// Of the parameters threshold_schedule, threshold_end and threshold_time. Their defaults are a constant threshold.
ThresholdSchedule threshold_schedule(Settings& settings);

// Refuses a schedule without a cache, and values that the schedule does not use or lacks. `caches`: whether the variant
// has a threshold of consolidation. Throws std::invalid_argument.
void check_threshold_schedule(const Schema& schema, const std::vector<Value>& values, bool caches);

}  // namespace syncache
