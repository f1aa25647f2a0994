#include "host/models/outcome.hpp"

#include <algorithm>
#include <string_view>

#include "kernels/caching/accounting.hpp"

namespace syncache {

double cost_of_change(double change, const Pricing& pricing) {
    return cost_of_change(change, Price{pricing.exponent, pricing.potentiation_only ? 1 : 0});
}

bool Tallies::records(std::string_view word) const { return std::ranges::find(record, word) != record.end(); }

Outcome empty_outcome(const Tallies& tallies) {
    Outcome outcome;
    for (const Pricing& pricing : tallies.pricings) {
        outcome.sums.push_back({pricing});
    }
    return outcome;
}

}  // namespace syncache
