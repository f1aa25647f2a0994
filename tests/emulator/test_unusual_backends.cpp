#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "host/models/perceptron/model.hpp"
#include "host/run/backend.hpp"
#include "kernels/common/cuda/cuda_error.hpp"
#include "tests/emulator/emulator.hpp"
#include "tests/support/program.hpp"
#include "tests/support/scratch.hpp"

// Which of the devices that are there train, from what they say of themselves.
namespace syncache {
namespace {

using emulator::WithDevices;

Backend made(BackendChoice choice, std::vector<int> devices = {}) {
    return make_backend(perceptron_model(), {choice, 1, std::move(devices)});
}

TEST(CudaBackend, LeavesOutWhatCannotTrain) {
    const WithDevices devices({"volta", "h100", "display", "workstation"});
    const Backend backend = made(BackendChoice::automatic);
    EXPECT_EQ(backend.name, "cpu+cuda");
    EXPECT_TRUE(backend.device.starts_with("Emulated H100; Emulated RTX A4000; ")) << backend.device;
    ASSERT_EQ(backend.left_out.size(), 2u);
    EXPECT_EQ(backend.left_out[0], "device 0 (Emulated V100): compute capability 7.0, this program needs 8.0 or newer");
    EXPECT_TRUE(
        backend.left_out[1].starts_with("device 2 (Emulated RTX A4000 with a display): its driver ends kernels"))
        << backend.left_out[1];
    EXPECT_EQ(made(BackendChoice::cuda, {2}).device, "Emulated RTX A4000 with a display");
    EXPECT_THROW(made(BackendChoice::cuda, {0}), cuda_error);
}

TEST(CudaBackend, OfOldDevicesAloneIsTheCpuOrAnError) {
    const WithDevices devices({"volta"});
    EXPECT_EQ(made(BackendChoice::automatic).name, "cpu");
    EXPECT_EQ(made(BackendChoice::automatic).left_out.size(), 1u);
    EXPECT_THROW(made(BackendChoice::cuda), cuda_error);
}

TEST(CudaBackend, IsDescribedByTheProgram) {
    const test::Scratch scratch;
    const auto run = test::run_program({"devices"}, scratch.folder(), {{"EMULATOR_DEVICES", "volta,display,a100"}});
    const std::string expected =
        "cuda    not usable: device 0 (Emulated V100): compute capability 7.0, this program needs 8.0 or newer\n"
        "cuda 1  Emulated RTX A4000 with a display, 17.2 GB, 48 multiprocessors, compute capability 8.6; ends kernels "
        "that "
        "run for seconds: used only if named by --devices\n"
        "cuda 2  Emulated A100, 42.9 GB, 108 multiprocessors, compute capability 8.0\n";
    EXPECT_TRUE(run.out.ends_with(expected)) << run.out << run.err;
}

}  // namespace
}  // namespace syncache
