#include <stdexcept>

#include "host/mlp_model.hpp"

namespace syncache {

std::unique_ptr<Trainer> mlp_cuda_trainer(int) {
    throw std::runtime_error("the MLP has no GPU executor; use --backend cpu");
}

}  // namespace syncache
