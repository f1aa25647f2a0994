#pragma once

#include <memory>
#include <string>

#include "host/models/mlp/settings.hpp"
#include "host/models/model.hpp"
#include "kernels/mlp/mlp_cuda.hpp"

namespace syncache {

std::unique_ptr<Trainer> mlp_cuda_trainer(int device, MlpCudaVariant variant = MlpCudaVariant::block);

// Empty if the variant trains such a network on a Hopper GPU, otherwise why it does not.
std::string why_not(MlpCudaVariant variant, const MlpSettings& settings, const Tallies& tallies);

}  // namespace syncache
