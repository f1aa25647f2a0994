#pragma once

#include "host/models/model.hpp"

namespace syncache {

// The spiking neuron of model.md, section 4. Its parameters, defaults and allowed values are in settings.cpp
// and, for users, in docs/parameters.md.
const Model& spiking_model();

}  // namespace syncache
