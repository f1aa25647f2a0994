#pragma once

#include <gtest/gtest.h>

#include <cstdlib>

#include "kernels/common/cuda/devices.hpp"

// Skips a test where there is no GPU; where one is required (SYNCACHE_REQUIRE_CUDA=1), its absence is a failure.
#define SYNCACHE_NEEDS_CUDA()                                                                  \
    do {                                                                                       \
        std::string reason_without_cuda;                                                       \
        if (::syncache::cuda_devices(reason_without_cuda).empty()) {                           \
            const char* required_cuda = std::getenv("SYNCACHE_REQUIRE_CUDA");                  \
            if (required_cuda != nullptr && std::string(required_cuda) == "1") {               \
                FAIL() << "SYNCACHE_REQUIRE_CUDA=1, but there is " << reason_without_cuda;     \
            }                                                                                  \
            GTEST_SKIP() << reason_without_cuda << " (on an emulated one: ctest -L emulated)"; \
        }                                                                                      \
    } while (false)
