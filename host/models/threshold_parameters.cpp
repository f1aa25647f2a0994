#include "host/models/threshold_parameters.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "host/settings/parameter.hpp"

namespace syncache {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

ThresholdSchedule threshold_schedule(Settings& settings) {
    const std::string name =
        settings.choice("threshold_schedule", "constant", {"constant", "exponential", "error-rate"},
                        "how the threshold changes: not; exponentially, to threshold_end; or threshold times the "
                        "running error rate");
    const double end = settings.real("threshold_end", 0.0, 0.0, std::numeric_limits<double>::max(), "weight",
                                     "with threshold_schedule exponential: what the threshold comes to");
    const double time = settings.real_above("threshold_time", infinity, 0.0, infinity, "presentations",
                                            "time constant of the exponential, or of the running error rate");
    return {name == "exponential"  ? Schedule::exponential
            : name == "error-rate" ? Schedule::error_rate
                                   : Schedule::constant,
            end, std::exp(-1.0 / time)};
}

void check_threshold_schedule(const Schema& schema, const std::vector<Value>& values, bool caches) {
    const auto value = [&](std::string_view key) {
        return values[static_cast<std::size_t>(find_parameter(schema, key))];
    };
    const auto schedule = std::get<std::string>(value("threshold_schedule"));
    const auto refuse_unless = [&](bool good, const char* key, const std::string& allowed) {
        if (!good) {
            throw std::invalid_argument(fmt::format("{} = {}; allowed with {}", key, found_text(value(key)), allowed));
        }
    };
    refuse_unless(caches || schedule == "constant", "threshold_schedule",
                  fmt::format("variant = {}: \"constant\"", found_text(value("variant"))));
    const std::string with = fmt::format("threshold_schedule = \"{}\": ", schedule);
    refuse_unless(schedule == "exponential" || std::get<double>(value("threshold_end")) == 0.0, "threshold_end",
                  with + "0, as it is not used");
    const bool lasts = std::isinf(std::get<double>(value("threshold_time")));
    refuse_unless(schedule != "constant" || lasts, "threshold_time", with + "inf, as it is not used");
    refuse_unless(schedule == "constant" || !lasts, "threshold_time", with + "a finite number > 0");
    refuse_unless(schedule != "exponential" || std::isfinite(std::get<double>(value("threshold"))), "threshold",
                  with + "a finite number >= 0");
}

}  // namespace syncache
