#include "kernels/common/cuda/check.cuh"
#include "kernels/common/cuda/devices.hpp"

namespace syncache {
namespace {

constexpr int architectures[] = {
    __CUDA_ARCH_LIST__};  // that the kernels are compiled for, the oldest first; 800 is 8.0

CudaDevice describe(int index) {
    cudaDeviceProp properties{};
    int time_limit = 0;
    SYNCACHE_CHECK(cudaGetDeviceProperties(&properties, index));
    SYNCACHE_CHECK(cudaDeviceGetAttribute(&time_limit, cudaDevAttrKernelExecTimeout, index));
    CudaDevice device;
    device.index = index;
    device.name = properties.name;
    device.compute_capability = std::to_string(properties.major) + "." + std::to_string(properties.minor);
    device.multiprocessors = properties.multiProcessorCount;
    device.memory_bytes = static_cast<double>(properties.totalGlobalMem);
    device.unusable = why_unusable(10 * properties.major + properties.minor, architectures[0] / 10);
    device.time_limit = time_limit != 0;
    return device;
}

}  // namespace

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
        devices.push_back(describe(index));
    }
    return devices;
}

}  // namespace syncache
