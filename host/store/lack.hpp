#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "host/models/outcome.hpp"
#include "host/store/store.hpp"

namespace syncache {

// Trials whose dynamics are stored without something that only a training can add.
struct Lack {
    std::string what;  // "exponent 0.7", "the sums of persistent weights", "records"
    std::int64_t trials = 0;
    double seconds = 0.0;  // processor time of their trainings; NaN where it is unknown
};

// "45 trials are stored without exponent 0.7: training them again takes about 6 min of processor time"
std::string text_of(const Lack& lack);

// What the file's trials, of all experiments or of the `current` one alone, lack first of what `tallies` asks for; none
// if they lack nothing.
std::optional<Lack> find_lack(const Store& store, const Tallies& tallies, bool current);

}  // namespace syncache
