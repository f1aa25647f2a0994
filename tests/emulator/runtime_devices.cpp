#include <cstdio>
#include <string>

#include "tests/emulator/devices.hpp"
#include "tests/emulator/include/cuda_runtime.h"
#include "tests/emulator/launch.hpp"
#include "tests/emulator/settings.hpp"
#include "tests/emulator/stream.hpp"

// Of the CUDA runtime: devices, errors, streams.
using namespace emulator;

namespace {

struct Description {
    const char *name, *text;
};
Description description(cudaError_t error) {
    switch (error) {
        case cudaSuccess:
            return {"cudaSuccess", "no error"};
        case cudaErrorInvalidValue:
            return {"cudaErrorInvalidValue", "invalid argument"};
        case cudaErrorMemoryAllocation:
            return {"cudaErrorMemoryAllocation", "out of memory"};
        case cudaErrorInvalidConfiguration:
            return {"cudaErrorInvalidConfiguration", "invalid configuration argument"};
        case cudaErrorInvalidPitchValue:
            return {"cudaErrorInvalidPitchValue", "invalid pitch argument"};
        case cudaErrorInsufficientDriver:
            return {"cudaErrorInsufficientDriver", "CUDA driver version is insufficient for CUDA runtime version"};
        case cudaErrorNoDevice:
            return {"cudaErrorNoDevice", "no CUDA-capable device is detected"};
        case cudaErrorInvalidDevice:
            return {"cudaErrorInvalidDevice", "invalid device ordinal"};
        case cudaErrorNoKernelImageForDevice:
            return {"cudaErrorNoKernelImageForDevice", "no kernel image is available for execution on the device"};
        case cudaErrorInvalidResourceHandle:
            return {"cudaErrorInvalidResourceHandle", "invalid resource handle"};
        case cudaErrorNotReady:
            return {"cudaErrorNotReady", "device not ready"};
        case cudaErrorIllegalAddress:
            return {"cudaErrorIllegalAddress", "an illegal memory access was encountered"};
        case cudaErrorLaunchOutOfResources:
            return {"cudaErrorLaunchOutOfResources", "too many resources requested for launch"};
        case cudaErrorLaunchTimeout:
            return {"cudaErrorLaunchTimeout", "the launch timed out and was terminated"};
        case cudaErrorLaunchFailure:
            return {"cudaErrorLaunchFailure", "unspecified launch failure"};
        case cudaErrorNotSupported:
            return {"cudaErrorNotSupported", "operation not supported"};
        case cudaErrorInvalidClusterSize:
            return {"cudaErrorInvalidClusterSize", "invalid cluster size"};
    }
    give_up("an error that has no description");
}

bool exists(int device) { return device >= 0 && device < static_cast<int>(devices().size()); }

}  // namespace

cudaError_t cudaGetLastError() { return last_error(true); }
cudaError_t cudaPeekAtLastError() { return last_error(false); }
const char* cudaGetErrorString(cudaError_t error) { return description(error).text; }
const char* cudaGetErrorName(cudaError_t error) { return description(error).name; }

cudaError_t cudaRuntimeGetVersion(int* version) {
    *version = CUDART_VERSION;
    return cudaSuccess;
}
cudaError_t cudaDriverGetVersion(int* version) { return cudaRuntimeGetVersion(version); }

cudaError_t cudaGetDeviceCount(int* n) {
    *n = static_cast<int>(devices().size());
    return *n > 0 ? cudaSuccess : fail(cudaErrorNoDevice);
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
    if (!exists(device)) {
        return fail(cudaErrorInvalidDevice);
    }
    const DeviceType& type = devices()[static_cast<std::size_t>(device)];
    *properties = {};
    std::snprintf(properties->name, sizeof properties->name, "%s", type.name.c_str());
    properties->totalGlobalMem = type.memory;
    properties->major = type.major;
    properties->minor = type.minor;
    properties->multiProcessorCount = type.multiprocessors;
    return cudaSuccess;
}

cudaError_t cudaSetDevice(int device) {
    if (!exists(device)) {
        return fail(cudaErrorInvalidDevice);
    }
    choose_device(device);
    return fail(lost(device));
}

cudaError_t cudaGetDevice(int* device) {
    *device = current_device();
    return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr which, int device) {
    if (!exists(device)) {
        return fail(cudaErrorInvalidDevice);
    }
    const DeviceType& type = devices()[static_cast<std::size_t>(device)];
    const auto set = [value](auto of) {
        *value = static_cast<int>(of);
        return cudaSuccess;
    };
    switch (which) {
        case cudaDevAttrMaxThreadsPerBlock:
            return set(most_threads);
        case cudaDevAttrMaxSharedMemoryPerBlock:
            return set(48 * 1024);
        case cudaDevAttrMultiProcessorCount:
            return set(type.multiprocessors);
        case cudaDevAttrKernelExecTimeout:
            return set(type.watchdog);
        case cudaDevAttrIntegrated:
            return set(0);
        case cudaDevAttrL2CacheSize:
            return set(4 << 20);
        case cudaDevAttrComputeCapabilityMajor:
            return set(type.major);
        case cudaDevAttrComputeCapabilityMinor:
            return set(type.minor);
        case cudaDevAttrMaxSharedMemoryPerMultiprocessor:
            return set(type.shared_of_multiprocessor);
        case cudaDevAttrMaxSharedMemoryPerBlockOptin:
            return set(type.shared_of_block);
        case cudaDevAttrReservedSharedMemoryPerBlock:
            return set(1024);
        case cudaDevAttrMemoryPoolsSupported:
            return set(type.memory_pools);
    }
    give_up("cudaDeviceGetAttribute: an attribute that the emulator does not know: ", std::to_string(which).c_str());
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
    *stream = reinterpret_cast<cudaStream_t>(new Stream(current_device()));
    ++n_handles();
    return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
    delete reinterpret_cast<Stream*>(stream);
    --n_handles();
    return cudaSuccess;
}
cudaError_t cudaStreamQuery(cudaStream_t stream) {
    const cudaError_t state = stream_at(stream).query();
    return state == cudaErrorNotReady ? state : fail(state);
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
    return fail(stream_at(stream).drain(Stream::Why::waited_for));
}
cudaError_t cudaDeviceSynchronize() {
    give_up("cudaDeviceSynchronize: the emulator knows the calling thread's stream only; wait for a stream");
}
