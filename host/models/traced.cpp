#include "host/models/traced.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>

#include "host/settings/parameter.hpp"

namespace syncache {

void check_traced(const Trial& trial, std::int64_t last, const Tallies& tallies) {
    const std::string& text = trial.text("traced");
    if (!text.empty() && !tallies.records("traces")) {
        throw std::invalid_argument(fmt::format("traced = [{}]: not used; allowed: with record = [\"traces\"]", text));
    }
    std::set<std::int64_t> known;
    for (const std::int64_t synapse : integer_items(text)) {
        if (synapse > last) {
            throw std::invalid_argument(
                fmt::format("traced = [{}]: synapse {}; allowed: 0 to {}", text, synapse, last));
        }
        if (!known.insert(synapse).second) {
            throw std::invalid_argument(fmt::format("traced = [{}]: synapse {} twice; allowed: once", text, synapse));
        }
    }
}

}  // namespace syncache
