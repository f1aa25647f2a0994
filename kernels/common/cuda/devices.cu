#include "kernels/common/cuda/check.cuh"
#include "kernels/common/cuda/devices.hpp"

namespace syncache {

std::vector<CudaDevice> cuda_devices(std::string& reason) {
    int count = 0;
    const cudaError_t code = cudaGetDeviceCount(&count);
    if (code != cudaSuccess || count == 0) {
        (void)cudaGetLastError();  // clear it: the absence of a GPU is an answer, not a failure
        int driver = 0, runtime = 0;
        SYNCACHE_CHECK(cudaDriverGetVersion(&driver));
        SYNCACHE_CHECK(cudaRuntimeGetVersion(&runtime));
        reason = why_no_device(driver, runtime, cudaGetErrorString(code == cudaSuccess ? cudaErrorNoDevice : code));
        return {};
    }
    std::vector<CudaDevice> devices;
    for (int index = 0; index < count; ++index) {
        cudaDeviceProp properties{};
        SYNCACHE_CHECK(cudaGetDeviceProperties(&properties, index));
        devices.push_back({index, properties.name,
                           std::to_string(properties.major) + "." + std::to_string(properties.minor),
                           properties.multiProcessorCount, static_cast<double>(properties.totalGlobalMem)});
    }
    return devices;
}

}  // namespace syncache
