#pragma once

#include <string>
#include <vector>

#include "host/models/model.hpp"
#include "host/run/scheduler.hpp"
#include "kernels/common/cuda/devices.hpp"

namespace syncache {

// Where trials are trained. automatic: every GPU and every core; the cores alone where there is no GPU.
enum class BackendChoice { automatic, cpu, cuda };

struct BackendOptions {
    BackendChoice choice = BackendChoice::automatic;
    int threads = 0;           // CPU workers; 0: as many as the processor has cores
    std::vector<int> devices;  // GPUs by index; empty: all
};

// The GPUs that a run uses, a line for each one that it leaves out though it was not told to, and one for each that it
// uses since it was told to and that may end the run.
struct DeviceChoice {
    std::vector<CudaDevice> used;
    std::vector<std::string> left_out, warnings;
};

// Chooses among the devices that are there; no_device: why there is none. Without options.devices those are left out
// that the program cannot use, or that end long kernels; one with a time limit is used if it is named. Throws as
// make_backend.
DeviceChoice choose_devices(const std::vector<CudaDevice>& present, const std::string& no_device,
                            const BackendOptions& options);

// The workers of a run and what to record and say of them.
struct Backend {
    std::vector<Worker> workers;
    int n_cpu_workers = 0;
    std::string name;                             // "cpu", "cuda", "cpu+cuda"
    std::string device;                           // processor's and GPUs' names
    std::vector<std::string> left_out, warnings;  // of DeviceChoice
};

// Throws cuda_error where a GPU is asked for and cannot be had, std::invalid_argument for a device that does not exist.
// Never falls back silently.
Backend make_backend(const Model& model, const BackendOptions& options);

// The processor's name, cores and instruction set in use.
std::string processor_text();

}  // namespace syncache
