#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "host/models/model.hpp"

namespace syncache {

// The multilayer perceptron of model.md, section 3. Its parameters, defaults and allowed values are in settings.hpp
// and, for users, in docs/parameters.md.
const Model& mlp_model();

// The sizes of hidden layers from their canonical text, "100" or "100,50".
std::vector<int> hidden_units(std::string_view text);

std::unique_ptr<Trainer> mlp_cpu_trainer();

}  // namespace syncache
