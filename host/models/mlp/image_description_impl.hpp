#pragma once

#include <string>
#include <vector>

#include "host/models/mlp/image_set_impl.hpp"

namespace syncache {

// What a user's image files hold, a line each for training and test: "train images: 1400 of 8 x 8 pixels, values 0 to
// 16 of 255, labels 0 to 9". Lines that begin with "warning: " tell of what is allowed but hardly meant: pixels that
// are nearly dark, labels that do not begin at 0 or leave some out, and test labels that training never shows.
std::vector<std::string> describe(const ImageSource& source, const TrainAndTest<double>& images);

}  // namespace syncache
