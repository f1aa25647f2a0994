#include <atomic>
#include <cstdint>
#include <cstring>

#include "tests/emulator/devices.hpp"
#include "tests/emulator/emulator.hpp"
#include "tests/emulator/include/cuda_runtime.h"
#include "tests/emulator/memory.hpp"
#include "tests/emulator/report.hpp"
#include "tests/emulator/settings.hpp"
#include "tests/emulator/stream.hpp"

// Of the CUDA runtime: memory, copies.
using namespace emulator;

namespace {

const DeviceType& type() { return devices()[static_cast<std::size_t>(current_device())]; }

cudaError_t allocate_here(void** place, std::size_t bytes) {
    if (const cudaError_t error = lost(current_device()); error != cudaSuccess) {
        return fail(error);
    }
    *place = allocate(current_device(), bytes);
    return *place == nullptr ? fail(cudaErrorMemoryAllocation) : cudaSuccess;
}

void check_kind(const void* to, const void* from, cudaMemcpyKind kind) {
    const bool up = in_device_memory(to), down = in_device_memory(from);
    const bool fits = kind == cudaMemcpyHostToHost     ? !up && !down
                      : kind == cudaMemcpyHostToDevice ? up && !down
                      : kind == cudaMemcpyDeviceToHost ? !up && down
                                                       : up && down;
    if (!fits) {
        report("out of bounds", "a copy whose direction is not that of its addresses");
    }
}

std::atomic<std::uint64_t> bytes_up{0}, bytes_down{0};

void copy(void* to, const void* from, std::size_t bytes) {
    if (bytes == 0) {
        return;
    }
    bytes_up += in_device_memory(to) && !in_device_memory(from) ? bytes : 0;
    bytes_down += in_device_memory(from) && !in_device_memory(to) ? bytes : 0;
    if (in_device_memory(from)) {
        check_read(from, bytes, "a copy");
    }
    if (in_device_memory(to)) {
        check_write(to, bytes, "a copy");
    }
    std::memcpy(to, from, bytes);
}

}  // namespace

emulator::BusBytes emulator::bus_bytes() { return {bytes_up, bytes_down}; }

cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
    *total = type().memory;
    *free = *total - allocated(current_device());
    return cudaSuccess;
}

cudaError_t cudaMalloc(void** place, std::size_t bytes) { return allocate_here(place, bytes); }

cudaError_t cudaFree(void* place) {
    const cudaError_t error = stream_at(nullptr).drain(Stream::Why::in_passing);
    if (place != nullptr && !release(place)) {
        report("out of bounds", "cudaFree of what is not allocated");
        return fail(cudaErrorInvalidValue);
    }
    return fail(error);
}

cudaError_t cudaMallocAsync(void** place, std::size_t bytes, cudaStream_t) {
    return type().memory_pools ? allocate_here(place, bytes) : fail(cudaErrorNotSupported);
}

cudaError_t cudaFreeAsync(void* place, cudaStream_t stream) {
    stream_at(stream).add([place] {
        if (!release(place)) {
            report("out of bounds", "cudaFreeAsync of what is not allocated");
        }
    });
    return cudaSuccess;
}

cudaError_t cudaDeviceGetDefaultMemPool(cudaMemPool_t* pool, int device) {
    *pool = reinterpret_cast<cudaMemPool_t>(static_cast<std::uintptr_t>(device) + 1);
    return type().memory_pools ? cudaSuccess : fail(cudaErrorNotSupported);
}
// What a pool keeps is nothing that a program could notice.
cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t, cudaMemPoolAttr which, void*) {
    if (which != cudaMemPoolAttrReleaseThreshold) {
        give_up("cudaMemPoolSetAttribute: an attribute that the emulator does not know");
    }
    return cudaSuccess;
}

cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
    const cudaError_t error = stream_at(nullptr).drain(Stream::Why::in_passing);
    if (error != cudaSuccess) {
        return fail(error);
    }
    if (bytes > 0) {
        check_kind(to, from, kind);
    }
    copy(to, from, bytes);
    return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) {
    check_kind(to, from, kind);
    bool with_host = false;
    for (const void* end : {const_cast<const void*>(to), from}) {
        with_host = with_host || !in_device_memory(end);
        if (!in_device_memory(end) && !is_pinned(end)) {
            report("asynchronous copy", "an asynchronous copy with pageable memory, which may be gone when it is made");
        }
    }
    stream_at(stream).add(Work{[=](std::int64_t) {
                                   for (const void* end : {const_cast<const void*>(to), from}) {
                                       if (is_pinned(end) && !pinned_alive(end, bytes)) {
                                           report("asynchronous copy", "a copy with pinned memory that is gone");
                                       }
                                   }
                                   copy(to, from, bytes);
                                   return true;
                               },
                               with_host});
    return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void* at, int value, std::size_t bytes, cudaStream_t stream) {
    stream_at(stream).add([=] {
        if (bytes > 0) {
            check_write(at, bytes, "a memset");
            std::memset(at, value, bytes);
        }
    });
    return cudaSuccess;
}
cudaError_t cudaMemset(void* at, int value, std::size_t bytes) { return cudaMemsetAsync(at, value, bytes, nullptr); }

cudaError_t cudaHostAlloc(void** place, std::size_t bytes, unsigned) {
    *place = allocate_pinned(bytes);
    return cudaSuccess;
}
cudaError_t cudaHostGetDevicePointer(void** device, void* host, unsigned) {
    *device = host;
    return cudaSuccess;
}
// Waits for nobody: a kernel that still reads it is found out.
cudaError_t cudaFreeHost(void* place) {
    if (place != nullptr && !release_pinned(place)) {
        report("out of bounds", "cudaFreeHost of what is not allocated");
        return fail(cudaErrorInvalidValue);
    }
    return cudaSuccess;
}
