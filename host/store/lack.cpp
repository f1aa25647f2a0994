#include "host/store/lack.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/store/sql.hpp"
#include "host/store/store_impl.hpp"

namespace syncache {
namespace {

std::string name_of(const Pricing& pricing) {
    return fmt::format("exponent {}{}", pricing.exponent, pricing.potentiation_only ? " of increases alone" : "");
}

// Conditions on a row of trials, each with what it lacks if it holds.
std::vector<std::pair<std::string, std::string>> conditions(const Tallies& tallies) {
    std::vector<std::pair<std::string, std::string>> all;
    for (const Pricing& pricing : tallies.pricings) {
        all.emplace_back(
            name_of(pricing),
            fmt::format("NOT EXISTS (SELECT 1 FROM sums s WHERE s.trial = t.id AND s.exponent = {:.17g} AND "
                        "s.potentiation_only = {})",
                        pricing.exponent, pricing.potentiation_only ? 1 : 0));
    }
    if (tallies.persistent_sum) {
        all.emplace_back("the sums of persistent weights", "t.persistent_sum IS NULL");
    }
    for (const std::string& word : tallies.record) {
        all.emplace_back("recorded " + word,
                         fmt::format("NOT EXISTS (SELECT 1 FROM recorded WHERE trial = t.id AND {})",
                                     record_condition(fmt::format("'{}'", word))));
    }
    return all;
}

std::string duration(double seconds) {
    if (seconds < 1.0) {
        return "less than a second";
    }
    if (seconds < 100.0) {
        return fmt::format("about {:.0f} s", seconds);
    }
    return seconds < 6000.0 ? fmt::format("about {:.0f} min", seconds / 60.0)
                            : fmt::format("about {:.1f} h", seconds / 3600.0);
}

}  // namespace

std::string text_of(const Lack& lack) {
    const std::string time =
        std::isfinite(lack.seconds) ? fmt::format(" takes {} of processor time", duration(lack.seconds)) : " is needed";
    return fmt::format("{} trial{} stored without {}: training {} again{}", lack.trials,
                       lack.trials == 1 ? " is" : "s are", lack.what, lack.trials == 1 ? "it" : "them", time);
}

std::optional<Lack> find_lack(const Store& store, const Tallies& tallies, bool current) {
    for (const auto& [what, condition] : conditions(tallies)) {
        sql::Statement query(store.handle(),
                             fmt::format("SELECT count(*), sum(t.seconds), count(t.seconds) FROM trials t WHERE {}{}",
                                         current ? "t.position IS NOT NULL AND " : "", condition));
        query.step();
        if (query.integer(0) > 0) {
            const bool is_known = query.integer(2) == query.integer(0);
            return Lack{what, query.integer(0), is_known ? query.real(1) : std::numeric_limits<double>::quiet_NaN()};
        }
    }
    return std::nullopt;
}

}  // namespace syncache
