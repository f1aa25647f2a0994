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
    std::string unusable;     // why this program cannot train on it; empty: it can
    bool time_limit = false;  // the driver ends kernels that run for some seconds, since they hold up a display
};

// The GPUs that this process may use (CUDA_VISIBLE_DEVICES is honoured); empty where there is none, no driver, or no
// CUDA in this build; `reason` then says which.
std::vector<CudaDevice> cuda_devices(std::string& reason);

// Why there is no device. driver, runtime: the versions of CUDA, 1000 * major + 10 * minor, that the installed driver
// supports (0: there is no driver) and that this program was built with; error: what the runtime says.
std::string why_no_device(int driver, int runtime, const std::string& error);

// Why a program whose kernels are built for `least` and newer cannot train on a device of this compute capability, both
// 10 * major + minor; empty if it can.
std::string why_unusable(int capability, int least);

}  // namespace syncache
