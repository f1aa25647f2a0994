#pragma once

#include "host/models/model.hpp"

namespace syncache {

// The perceptron of model.md, section 2. Its parameters, defaults and allowed values are in trainer.hpp and,
// for users, in docs/parameters.md.
const Model& perceptron_model();

}  // namespace syncache
