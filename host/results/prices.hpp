#pragma once

#include <string>
#include <vector>

#include "host/store/store.hpp"

namespace syncache {

// Evaluates results at other prices than their experiment's, in this connection alone: nothing is written, and files
// that cannot be written serve as well. `prices`: "key=value" or "key=[...]" of [accounting], each in place of the
// experiment's list; the product of all lists are the accounting settings. Replaces the table `settings` under the view
// `outcomes`. Throws std::invalid_argument for a key that is no price, for bad values, and for prices whose sums the
// trials were not stored with, with what training them again takes.
void set_prices(Store& store, const std::vector<std::string>& prices);

}  // namespace syncache
