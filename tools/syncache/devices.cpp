#include "kernels/common/cuda/devices.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "host/run/backend.hpp"
#include "tools/syncache/command.hpp"

namespace syncache::cli {
namespace {

int list_devices() {
    std::string text = fmt::format("cpu     {}\n", processor_text());
    std::string reason;
    const std::vector<CudaDevice> devices = cuda_devices(reason);
    for (const CudaDevice& device : devices) {
        if (!device.unusable.empty()) {
            text += fmt::format("cuda    not usable: device {} ({}): {}\n", device.index, device.name, device.unusable);
            continue;
        }
        text += fmt::format(
            "cuda {}  {}, {:.1f} GB, {} multiprocessors, compute capability {}{}\n", device.index, device.name,
            device.memory_bytes / 1e9, device.multiprocessors, device.compute_capability,
            device.time_limit ? "; ends kernels that run for seconds: used only if named by --devices" : "");
    }
    if (devices.empty()) {
        text += fmt::format("cuda    none: {}\n", reason);
    }
    print(text);
    return 0;
}

}  // namespace

Action add_devices(CLI::App&) { return list_devices; }

}  // namespace syncache::cli
