#include "host/settings/suggestion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace syncache {
namespace {

// How many letters are to be replaced, added, removed, or swapped with their neighbour (optimal string alignment).
std::size_t n_slips(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> slips(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) {
        for (std::size_t j = 0; j <= b.size(); ++j) {
            if (i == 0 || j == 0) {
                slips[i][j] = i + j;
                continue;
            }
            const std::size_t replaced = slips[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            slips[i][j] = std::min({replaced, slips[i - 1][j] + 1, slips[i][j - 1] + 1});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                slips[i][j] = std::min(slips[i][j], slips[i - 2][j - 2] + 1);
            }
        }
    }
    return slips[a.size()][b.size()];
}

}  // namespace

std::string did_you_mean(std::string_view word, std::span<const std::string> names) {
    constexpr std::size_t shortest_beginning = 3;
    const std::size_t most = std::max<std::size_t>(1, word.size() / 3);
    const std::string* nearest = nullptr;
    std::size_t fewest = most + 1;
    for (const std::string& name : names) {
        const std::size_t slips = n_slips(word, name);
        if (slips < fewest && slips < name.size()) {
            fewest = slips;
            nearest = &name;
        }
    }
    for (const std::string& name : names) {
        if (nearest == nullptr && word.size() >= shortest_beginning && name.starts_with(word)) {
            nearest = &name;
        }
    }
    return nearest == nullptr ? "" : fmt::format("did you mean {}? ", *nearest);
}

}  // namespace syncache
