#pragma once

#include <atomic>
#include <cstdint>

#include "kernels/spiking/task.hpp"

// The spiking neuron's CPU executor: one thread trains one trajectory. Compiled once for each instruction set.
namespace syncache::spiking {

struct CpuKernels {
    // Trains from the task's run and pattern to the end. Returns early, with `ending.finished` false, once `stop` is
    // true.
    void (*train_single)(Task<float>&, const std::atomic<bool>& stop);
    void (*train_double)(Task<double>&, const std::atomic<bool>& stop);

    // Patterns 0 ... n_patterns - 1 of a seed.
    void (*random_patterns)(std::uint64_t seed, int inputs, int n_active, int n_patterns, Pattern* patterns);

    // The spikes of one source in one presentation (of this run and pattern), at most as many as there are steps in its
    // window. Returns how many steps have spikes.
    int (*random_spikes)(const SpikeLaw& law, std::uint64_t seed, std::int32_t run, std::int32_t pattern,
                         std::uint32_t source, RecordedSpike* spikes);
};

// The kernels of the chosen instruction set (isa.hpp).
const CpuKernels& cpu_kernels();

}  // namespace syncache::spiking
