#include "host/run/backend.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
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
constexpr double part_of_memory = 0.8;  // of the device, for data and state of all its workers; the rest is for
                                        // results, matrix products, and the evaluation of test images

int core_count() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

// Why a device is not used unless it is named; empty if it is.
std::string why_left_out(const CudaDevice& device) {
    if (!device.unusable.empty()) {
        return fmt::format("device {} ({}): {}", device.index, device.name, device.unusable);
    }
    if (device.time_limit) {
        return fmt::format(
            "device {} ({}): its driver ends kernels that run for seconds, as for a display; --devices {} takes it all "
            "the same",
            device.index, device.name, device.index);
    }
    return "";
}

// What may happen on a device that is used since it is named; empty if nothing may.
std::string what_may_happen(const CudaDevice& device) {
    if (!device.time_limit) {
        return "";
    }
    return fmt::format(
        "device {} ({}): its driver ends kernels that run for seconds, as for a display, and a batch of perceptrons or "
        "spiking neurons is one kernel: one that takes longer ends the run. The same command goes on with what is not "
        "stored; --batch makes batches smaller, and --backend cpu has no limit",
        device.index, device.name);
}

CudaDevice named_device(const std::vector<CudaDevice>& present, const std::string& no_device, int index) {
    if (present.empty()) {
        throw std::invalid_argument(fmt::format("--devices: no device {}: {}", index, no_device));
    }
    const auto found = std::ranges::find(present, index, &CudaDevice::index);
    if (found == present.end()) {
        throw std::invalid_argument(
            fmt::format("--devices: no device {}; allowed: 0 to {}", index, present.size() - 1));
    }
    if (!found->unusable.empty()) {
        throw cuda_error("--devices: " + why_left_out(*found));
    }
    return *found;
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

DeviceChoice choose_devices(const std::vector<CudaDevice>& present, const std::string& no_device,
                            const BackendOptions& options) {
    DeviceChoice choice;
    for (const int index : options.devices) {
        choice.used.push_back(named_device(present, no_device, index));
        if (const std::string warning = what_may_happen(choice.used.back()); !warning.empty()) {
            choice.warnings.push_back(warning);
        }
    }
    if (!options.devices.empty()) {
        return choice;
    }
    for (const CudaDevice& device : present) {
        const std::string reason = why_left_out(device);
        if (reason.empty()) {
            choice.used.push_back(device);
        } else {
            choice.left_out.push_back(reason);
        }
    }
    if (choice.used.empty() && options.choice == BackendChoice::cuda) {
        throw cuda_error(present.empty() ? "--backend cuda: " + no_device
                                         : fmt::format("--backend cuda: {}", fmt::join(choice.left_out, "; ")));
    }
    return choice;
}

Backend make_backend(const Model& model, const BackendOptions& options) {
    DeviceChoice choice;
    const bool wants_gpu = options.choice == BackendChoice::cuda || !options.devices.empty();
    if (options.choice != BackendChoice::cpu && !model.has_cuda_trainer()) {
        if (wants_gpu) {
            throw std::invalid_argument(fmt::format("{}: model {} has no trainer for GPUs; allowed: --backend cpu",
                                                    options.devices.empty() ? "--backend cuda" : "--devices",
                                                    model.name()));
        }
    } else if (options.choice != BackendChoice::cpu) {
        std::string no_device;
        const std::vector<CudaDevice> present = cuda_devices(no_device);
        choice = choose_devices(present, no_device, options);
    } else if (!options.devices.empty()) {
        throw std::invalid_argument("--devices: not used by --backend cpu");
    }
    const std::vector<CudaDevice>& devices = choice.used;
    Backend backend;
    backend.left_out = std::move(choice.left_out);
    backend.warnings = std::move(choice.warnings);
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
