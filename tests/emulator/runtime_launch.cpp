#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "tests/emulator/devices.hpp"
#include "tests/emulator/include/cuda_runtime.h"
#include "tests/emulator/launch.hpp"
#include "tests/emulator/report.hpp"
#include "tests/emulator/settings.hpp"
#include "tests/emulator/shared.hpp"
#include "tests/emulator/stream.hpp"

// Of the CUDA runtime: kernels and how many of them fit on a device.
namespace emulator {
namespace {

constexpr std::size_t reserved_shared = 1024;                  // of each block, by the system
constexpr int most_blocks = 32, most_resident_threads = 2048;  // of a multiprocessor
constexpr int oldest_with_code = 8;                            // compute capability that the project compiles for

const DeviceType& type() { return devices()[static_cast<std::size_t>(current_device())]; }

unsigned cluster_size_of(const cudaLaunchConfig_t& config) {
    unsigned size = 1;
    for (unsigned k = 0; k < config.numAttrs; ++k) {
        const cudaLaunchAttribute& attribute = config.attrs[k];
        if (attribute.id != cudaLaunchAttributeClusterDimension) {
            give_up("a launch attribute that the emulator does not know: ", std::to_string(attribute.id).c_str());
        }
        if (attribute.val.clusterDim.y != 1 || attribute.val.clusterDim.z != 1) {
            give_up("the emulator knows clusters of one dimension only");
        }
        size = attribute.val.clusterDim.x;
    }
    return size;
}

cudaError_t check_limits(const cudaLaunchConfig_t& config, const Kernel& kernel, unsigned cluster_size) {
    const dim3 grid = config.gridDim, block = config.blockDim;
    const std::size_t threads = std::size_t{block.x} * block.y * block.z;
    if (type().major < oldest_with_code) {
        return cudaErrorNoKernelImageForDevice;
    }
    if (grid.x == 0 || grid.y == 0 || grid.z == 0 || grid.x > 0x7fffffffu || grid.y > 65535 || grid.z > 65535 ||
        threads == 0 || threads > most_threads || block.z > 64) {
        return cudaErrorInvalidConfiguration;
    }
    if (threads > static_cast<std::size_t>(kernel.most_threads)) {
        report("launch", kernel.name + ": " + std::to_string(threads) +
                             " threads a block, of which its launch bounds allow " +
                             std::to_string(kernel.most_threads));
        return cudaErrorInvalidValue;
    }
    if (config.dynamicSmemBytes > static_cast<std::size_t>(kernel.dynamic_allowed) ||
        config.dynamicSmemBytes + kernel.static_bytes > type().shared_of_block) {
        return cudaErrorInvalidValue;
    }
    if (cluster_size == 1) {
        return cudaSuccess;
    }
    if (type().major < 9) {
        return cudaErrorNotSupported;
    }
    if (cluster_size == 0 || cluster_size > most_in_cluster || type().clusters == 0) {
        return cudaErrorInvalidClusterSize;
    }
    return grid.x % cluster_size == 0 ? cudaSuccess : cudaErrorInvalidConfiguration;
}

}  // namespace

cudaError_t launch(const cudaLaunchConfig_t& config, Entry entry) {
    Kernel& kernel = kernel_at(entry.kernel);
    const unsigned cluster_size = cluster_size_of(config);
    if (const cudaError_t error = check_limits(config, kernel, cluster_size); error != cudaSuccess) {
        return fail(error);
    }
    if (const cudaError_t error = lost(current_device()); error != cudaSuccess) {
        return fail(error);
    }
    auto started = std::make_shared<Launch>();
    started->kernel = &kernel;
    started->config = config;
    started->config.attrs = nullptr;
    started->entry = std::move(entry);
    started->device = current_device();
    started->n_threads = static_cast<int>(config.blockDim.x * config.blockDim.y * config.blockDim.z);
    started->cluster_size = cluster_size;
    started->n_clusters = config.gridDim.x * config.gridDim.y * config.gridDim.z / cluster_size;
    stream_at(config.stream).add(Work{[started](std::int64_t budget) {
        if (lost(started->device) != cudaSuccess) {
            return true;
        }
        const bool done = started->step(budget);
        if (started->failure != cudaSuccess) {
            lose(started->device, started->failure);
        }
        return done;
    }});
    return cudaSuccess;
}

cudaError_t function_attributes(cudaFuncAttributes* attributes, const void* kernel) {
    const Kernel& of = kernel_at(kernel);
    *attributes = {of.static_bytes, of.most_threads, of.carveout};
    return cudaSuccess;
}

cudaError_t set_function_attribute(const void* function, cudaFuncAttribute which, int value) {
    Kernel& kernel = kernel_at(function);
    if (which == cudaFuncAttributePreferredSharedMemoryCarveout) {
        if (value < cudaSharedmemCarveoutDefault || value > 100) {
            return fail(cudaErrorInvalidValue);
        }
        kernel.carveout = value;
        return cudaSuccess;
    }
    if (which != cudaFuncAttributeMaxDynamicSharedMemorySize) {
        give_up("cudaFuncSetAttribute: an attribute that the emulator does not know: ", std::to_string(which).c_str());
    }
    if (value < 0 || static_cast<std::size_t>(value) + kernel.static_bytes > type().shared_of_block) {
        return fail(cudaErrorInvalidValue);
    }
    kernel.dynamic_allowed = value;
    return cudaSuccess;
}

cudaError_t block_occupancy(int* n, const void* kernel, int threads, std::size_t bytes) {
    if (threads <= 0 || threads > most_threads) {
        return fail(cudaErrorInvalidValue);
    }
    const std::size_t shared = kernel_at(kernel).static_bytes + bytes + reserved_shared;
    const int by_threads =
        threads > kernel_at(kernel).most_threads ? 0 : std::min(most_blocks, most_resident_threads / threads);
    *n = static_cast<int>(
        std::min<std::size_t>(type().shared_of_multiprocessor / shared, static_cast<std::size_t>(by_threads)));
    return cudaSuccess;
}

cudaError_t cluster_occupancy(int* n, const void*, const cudaLaunchConfig_t* config) {
    if (type().major < 9 || cluster_size_of(*config) > most_in_cluster) {
        return fail(cudaErrorNotSupported);
    }
    *n = type().clusters;
    return cudaSuccess;
}

}  // namespace emulator
