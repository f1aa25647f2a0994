#include <string>

#include "kernels/common/cuda/devices.hpp"

namespace syncache {
namespace {

std::string version_text(int major, int minor) { return std::to_string(major) + "." + std::to_string(minor); }
std::string cuda_text(int version) { return "CUDA " + version_text(version / 1000, version % 1000 / 10); }

}  // namespace

std::string why_no_device(int driver, int runtime, const std::string& error) {
    if (driver == 0) {
        return "no CUDA device: no NVIDIA driver is installed (libcuda.so.1)";
    }
    if (driver / 1000 < runtime / 1000) {  // within a major version any driver serves any runtime
        return "no CUDA device: the NVIDIA driver is too old: it is for " + cuda_text(driver) +
               ", this program was built with " + cuda_text(runtime) + ": update the driver";
    }
    return "no CUDA device: " + error;
}

std::string why_unusable(int capability, int least) {
    return capability >= least ? ""
                               : "compute capability " + version_text(capability / 10, capability % 10) +
                                     ", this program needs " + version_text(least / 10, least % 10) + " or newer";
}

}  // namespace syncache
