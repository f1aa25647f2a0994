#include "host/models/kernel_prices.hpp"

#include <vector>

namespace syncache {

std::vector<Price> kernel_prices(const Tallies& tallies) {
    std::vector<Price> prices{{1.0, 0}};
    for (const Pricing& pricing : tallies.pricings) {
        if (pricing != Pricing{}) {
            prices.push_back({pricing.exponent, pricing.potentiation_only ? 1 : 0});
        }
    }
    return prices;
}

}  // namespace syncache
