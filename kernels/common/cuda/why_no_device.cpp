#include "kernels/common/cuda/devices.hpp"

namespace syncache {
namespace {

std::string version_text(int version) {
    return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

}  // namespace

std::string why_no_device(int driver, int runtime, const std::string& error) {
    if (driver == 0) {
        return "no CUDA device: no NVIDIA driver is installed (libcuda.so.1)";
    }
    if (driver / 1000 < runtime / 1000) {  // within a major version any driver serves any runtime
        return "no CUDA device: the NVIDIA driver is too old: it is for CUDA " + version_text(driver) +
               ", this program was built with CUDA " + version_text(runtime) + ": update the driver";
    }
    return "no CUDA device: " + error;
}

}  // namespace syncache
