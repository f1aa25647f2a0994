#include "host/run/backend.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "kernels/common/cuda/cuda_error.hpp"
#include "kernels/common/cuda/devices.hpp"
#include "kernels/common/isa.hpp"

namespace syncache {
namespace {

// Enough trials for several on each of a large GPU's multiprocessors, few enough that results are stored now and then.
constexpr std::size_t most_trials_on_gpu = 8192;
// Workers that feed one GPU: while one's batch is trained, the other prepares its next and hands in its last.
constexpr int workers_per_gpu = 2;
constexpr double part_of_memory = 0.8;  // of the device, for data and state of all its workers; the rest is for results
                                        // and the matrix product

int core_count() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

std::vector<CudaDevice> chosen_devices(const BackendOptions& options) {
    if (options.choice == BackendChoice::cpu) {
        if (!options.devices.empty()) {
            throw std::invalid_argument("--devices: not used by --backend cpu");
        }
        return {};
    }
    std::string reason;
    std::vector<CudaDevice> present = cuda_devices(reason);
    if (options.devices.empty()) {
        if (present.empty() && options.choice == BackendChoice::cuda) {
            throw cuda_error("--backend cuda: " + reason);
        }
        return present;
    }
    std::vector<CudaDevice> chosen;
    for (const int index : options.devices) {
        const auto found =
            std::find_if(present.begin(), present.end(), [&](const CudaDevice& d) { return d.index == index; });
        if (found == present.end()) {
            throw std::invalid_argument(
                present.empty() ? fmt::format("--devices: no device {}: {}", index, reason)
                                : fmt::format("--devices: no device {}; allowed: 0 to {}", index, present.size() - 1));
        }
        chosen.push_back(*found);
    }
    return chosen;
}

}  // namespace

std::string processor_text() {
    std::ifstream file("/proc/cpuinfo");
    std::string name = "unknown processor";
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("model name")) {
            name = line.substr(line.find(':') + 2);
            break;
        }
    }
    return fmt::format("{}, {} cores, {}", name, core_count(), isa_name(chosen_isa()));
}

Backend make_backend(const Model& model, const BackendOptions& options) {
    const std::vector<CudaDevice> devices = chosen_devices(options);
    Backend backend;
    std::vector<std::string> names;
    for (const CudaDevice& device : devices) {
        for (int i = 0; i < workers_per_gpu; ++i) {
            backend.workers.push_back({[&model, index = device.index] { return model.cuda_trainer(index); },
                                       most_trials_on_gpu / workers_per_gpu,
                                       part_of_memory * device.memory_bytes / workers_per_gpu, false});
        }
        names.push_back(device.name);
    }
    if (options.choice != BackendChoice::cuda) {
        backend.n_cpu_workers = options.threads > 0 ? options.threads : core_count();
        for (int i = 0; i < backend.n_cpu_workers; ++i) {
            backend.workers.push_back({[&model] { return model.cpu_trainer(); }, 1, 0.0, true});
        }
        names.push_back(processor_text());
    }
    backend.name = devices.empty() ? "cpu" : options.choice == BackendChoice::cuda ? "cuda" : "cpu+cuda";
    backend.device = fmt::format("{}", fmt::join(names, "; "));
    return backend;
}

}  // namespace syncache
