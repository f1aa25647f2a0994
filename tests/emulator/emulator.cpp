#include "tests/emulator/emulator.hpp"

#include <string>
#include <vector>

#include "tests/emulator/launch.hpp"
#include "tests/emulator/memory.hpp"
#include "tests/emulator/stream.hpp"

namespace emulator {

void report_what_is_left() {
    finish_own_streams();
    report_leaks();
    if (n_handles() != 0) {
        report("leak", std::to_string(n_handles()) + " streams or handles of cuBLAS");
    }
    if (const cudaError_t error = last_error(true); error != cudaSuccess) {
        report("launch", std::string("an error that nobody has asked for: ") + cudaGetErrorString(error));
    }
}

WithDevices::WithDevices(const std::vector<std::string>& words) : before_(devices()) {
    std::vector<DeviceType> types;
    for (const std::string& word : words) {
        types.push_back(device_type(word));
    }
    finish_own_streams();
    set_devices(types);
    choose_device(0);
}

WithDevices::~WithDevices() {
    finish_own_streams();
    revive_devices();
    set_devices(before_);
    choose_device(0);
    (void)last_error(true);
}

}  // namespace emulator
