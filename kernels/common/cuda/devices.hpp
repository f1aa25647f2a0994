#pragma once

#include <string>
#include <vector>

namespace syncache {

struct CudaDevice {
    int index = 0;
    std::string name;
    std::string compute_capability;  // "9.0"
    int multiprocessors = 0;
    double memory_bytes = 0.0;
};

// The GPUs that this process may use (CUDA_VISIBLE_DEVICES is honoured); empty where there is none, no driver, or no
// CUDA in this build; `reason` then says which.
std::vector<CudaDevice> cuda_devices(std::string& reason);

}  // namespace syncache
