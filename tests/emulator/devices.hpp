#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace emulator {

// What a program can ask of a device, and what launches on it are held to.
struct DeviceType {
    std::string word;  // in EMULATOR_DEVICES
    std::string name;
    int major, minor;
    int multiprocessors;
    std::size_t shared_of_multiprocessor;
    std::size_t shared_of_block;  // the most that a block can ask for
    std::size_t memory;           // in bytes
    int clusters;  // of the largest size that are in flight at once; 0: none fits, or the device has none
    bool memory_pools = true;
    bool watchdog = false;  // a display waits: kernels that run long are killed
};

// small, h100, a100, workstation, mig, display, volta, without-pools.
const std::vector<DeviceType>& device_types();

// Throws std::invalid_argument for a word that is none of the types'.
DeviceType device_type(const std::string& word);

// The machine's devices: at first those named in EMULATOR_DEVICES ("h100,a100"; "none": none), or one `small`.
const std::vector<DeviceType>& devices();

// Nothing may be alive on the devices before.
void set_devices(const std::vector<DeviceType>& types);

}  // namespace emulator
