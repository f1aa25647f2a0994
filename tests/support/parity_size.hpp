#pragma once

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

namespace syncache::test {

// The sizes of the parity tests were chosen for a GPU's speed. SYNCACHE_PARITY_SIZE=reduced in the environment gives
// those for the emulated one (tests/emulator), which sets it itself; `full`, or nothing, the others. Throws for other
// words.
inline bool parity_is_reduced() {
    const char* word = std::getenv("SYNCACHE_PARITY_SIZE");
    const std::string size = word == nullptr ? "full" : word;
    if (size != "full" && size != "reduced") {
        throw std::invalid_argument("environment variable SYNCACHE_PARITY_SIZE = " + size + ": allowed: full, reduced");
    }
    return size == "reduced";
}

template <class T>
T parity_size(T full, T reduced) {
    return parity_is_reduced() ? reduced : full;
}
inline std::vector<int> parity_sizes(const std::vector<int>& full, const std::vector<int>& reduced) {
    return parity_is_reduced() ? reduced : full;
}

}  // namespace syncache::test
