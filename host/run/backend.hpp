#pragma once

#include <string>
#include <vector>

#include "host/models/model.hpp"
#include "host/run/scheduler.hpp"

namespace syncache {

// Where trials are trained. automatic: every GPU and every core; the cores alone where there is no GPU.
enum class BackendChoice { automatic, cpu, cuda };

struct BackendOptions {
    BackendChoice choice = BackendChoice::automatic;
    int threads = 0;           // CPU workers; 0: as many as the processor has cores
    std::vector<int> devices;  // GPUs by index; empty: all
};

// The workers of a run and what to record and say of them.
struct Backend {
    std::vector<Worker> workers;
    int n_cpu_workers = 0;
    std::string name;    // "cpu", "cuda", "cpu+cuda"
    std::string device;  // processor's and GPUs' names
};

// Throws cuda_error where a GPU is asked for and cannot be had, std::invalid_argument for a device that does not exist.
// Never falls back silently.
Backend make_backend(const Model& model, const BackendOptions& options);

// The processor's name, cores and instruction set in use.
std::string processor_text();

}  // namespace syncache
