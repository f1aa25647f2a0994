#pragma once

#include <span>
#include <string>
#include <string_view>

namespace syncache {

// "did you mean <name>? " for the name that `word` is a slip of: at most a third of its letters, or one, are wrong,
// missing, added or swapped with their neighbour, or it begins so. "" where no name is that near.
std::string did_you_mean(std::string_view word, std::span<const std::string> names);

}  // namespace syncache
