#include <string>
#include <vector>

#include "kernels/common/cuda/devices.hpp"

namespace syncache {

std::vector<CudaDevice> cuda_devices(std::string& reason) {
    reason = "this build has no CUDA";
    return {};
}

}  // namespace syncache
