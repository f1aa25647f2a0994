#include <gtest/gtest.h>

#include "kernels/common/cuda/devices.hpp"

namespace syncache {
namespace {

TEST(Devices, AreAbsentForAReasonThatSaysWhatToDo) {
    EXPECT_EQ(why_no_device(0, 13000, "insufficient"), "no CUDA device: no NVIDIA driver is installed (libcuda.so.1)");
    EXPECT_EQ(why_no_device(12040, 13000, "insufficient"),
              "no CUDA device: the NVIDIA driver is too old: it is for CUDA 12.4, this program was built with CUDA "
              "13.0: update the "
              "driver");
    EXPECT_EQ(why_no_device(13000, 13020, "no CUDA-capable device is detected"),
              "no CUDA device: no CUDA-capable device is detected");
    EXPECT_EQ(why_no_device(13010, 12080, "out of memory"), "no CUDA device: out of memory");
}

TEST(Devices, AreUnusableWhenOlderThanTheKernels) {
    EXPECT_EQ(why_unusable(75, 80), "compute capability 7.5, this program needs 8.0 or newer");
    EXPECT_EQ(why_unusable(86, 90), "compute capability 8.6, this program needs 9.0 or newer");
    EXPECT_EQ(why_unusable(80, 80), "");
    EXPECT_EQ(why_unusable(120, 80), "");
}

}  // namespace
}  // namespace syncache
