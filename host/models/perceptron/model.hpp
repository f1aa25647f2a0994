#pragma once

#include "host/models/model.hpp"

namespace syncache {

// The perceptron of model.md, section 2. Its parameters, defaults and allowed values are in perceptron_model.cpp and,
// for users, in README.md.
const Model& perceptron_model();

}  // namespace syncache
