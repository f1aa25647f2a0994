#pragma once

#include <cstdint>

#include "kernels/perceptron/task.hpp"

// The perceptron's CPU executor: one thread trains one trajectory. Compiled once for each instruction set.
namespace syncache {

struct PerceptronCpuKernels {
    void (*train_integer)(const Task<std::int32_t>&);
    void (*train_single)(const Task<float>&);
    void (*train_double)(const Task<double>&);

    // x: [first, last)[row_stride] rows of random patterns of `inputs` inputs, targets d; see patterns.hpp.
    void (*random_patterns)(std::uint64_t seed, double pattern_coding, double target_coding, int n_patterns, int inputs,
                            int row_stride, std::int8_t* x, std::int8_t* targets);

    // Turns x into signed patterns z = d x with the bias input last, and fills their sums without the bias.
    void (*sign_patterns)(int n_patterns, int inputs, int row_stride, const std::int8_t* targets, std::int8_t* x,
                          std::int32_t* signed_sums);

    // z_q.z_p for all q, p. `bits`: room for ceil((inputs + 1) / 32) * n_patterns words.
    void (*gram)(const std::int8_t* signed_patterns, int n_patterns, int inputs, int row_stride, std::uint32_t* bits,
                 std::int16_t* gram, int gram_stride);
};

// The kernels of the chosen instruction set (isa.hpp).
const PerceptronCpuKernels& perceptron_cpu_kernels();

}  // namespace syncache
