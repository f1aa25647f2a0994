#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "kernels/common/cuda/check.cuh"
#include "kernels/common/cuda/device_buffer.cuh"
#include "kernels/common/cuda/shared_memory.cuh"
#include "tests/emulator/emulator.hpp"

// Kernels made of a function, for tests of the emulator itself.
namespace syncache::test {

template <class F>
__global__ void small_kernel(F f) {
    f();
}

// Runs f() in all threads, and waits for them.
template <class F>
void run(unsigned blocks, unsigned threads, F f, std::size_t shared_bytes = 0) {
    launch(small_kernel<F>, dim3(blocks), dim3(threads), shared_bytes, nullptr, f);
    SYNCACHE_CHECK(cudaStreamSynchronize(nullptr));
}

// Whether the checks that have reported something since the last call are just these; forgets the reports.
inline ::testing::AssertionResult reported(const std::vector<std::string>& checks) {
    std::string found;
    bool equal = true;
    std::vector<bool> seen(checks.size(), false);
    for (const emulator::Report& report : emulator::take_reports()) {
        found += "\n  [" + report.check + "] " + report.text;
        bool expected = false;
        for (std::size_t k = 0; k < checks.size(); ++k) {
            expected = expected || checks[k] == report.check;
            seen[k] = seen[k] || checks[k] == report.check;
        }
        equal = equal && expected;
    }
    for (const bool one : seen) {
        equal = equal && one;
    }
    return equal ? ::testing::AssertionSuccess() : ::testing::AssertionFailure() << "reports:" << found;
}

}  // namespace syncache::test
