#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "host/run/backend.hpp"
#include "kernels/common/cuda/cuda_error.hpp"

namespace syncache {
namespace {

CudaDevice device(int index, const std::string& name) {
    CudaDevice made;
    made.index = index;
    made.name = name;
    return made;
}

CudaDevice old(int index) {
    CudaDevice made = device(index, "Old");
    made.unusable = why_unusable(70, 80);
    return made;
}

CudaDevice with_display(int index) {
    CudaDevice made = device(index, "Display");
    made.time_limit = true;
    return made;
}

BackendOptions asked(BackendChoice choice, std::vector<int> devices = {}) { return {choice, 0, std::move(devices)}; }

std::vector<int> indices(const DeviceChoice& choice) {
    std::vector<int> all;
    for (const CudaDevice& one : choice.used) {
        all.push_back(one.index);
    }
    return all;
}

template <class Error>
std::string refusal(const std::vector<CudaDevice>& present, const BackendOptions& options) {
    try {
        choose_devices(present, "no CUDA device: none", options);
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

const std::string too_old = "device 0 (Old): compute capability 7.0, this program needs 8.0 or newer";
const std::string limited =
    "device 1 (Display): its driver ends kernels that run for seconds, as for a display; --devices 1 takes it all the "
    "same";

TEST(Backend, TakesAllDevicesThatItCanUse) {
    for (const BackendChoice choice : {BackendChoice::automatic, BackendChoice::cuda}) {
        const DeviceChoice two = choose_devices({device(0, "A"), device(1, "B")}, "", asked(choice));
        EXPECT_EQ(indices(two), (std::vector<int>{0, 1}));
        EXPECT_TRUE(two.left_out.empty());
        const DeviceChoice one = choose_devices({old(0), with_display(1), device(2, "A")}, "", asked(choice));
        EXPECT_EQ(indices(one), std::vector<int>{2});
        EXPECT_EQ(one.left_out, (std::vector<std::string>{too_old, limited}));
    }
}

TEST(Backend, LeavesAllTrainingToTheCpuOnlyIfItMay) {
    const std::vector<CudaDevice> useless = {old(0), with_display(1)};
    const DeviceChoice choice = choose_devices(useless, "", asked(BackendChoice::automatic));
    EXPECT_TRUE(choice.used.empty());
    EXPECT_EQ(choice.left_out.size(), 2u);
    EXPECT_EQ(refusal<cuda_error>(useless, asked(BackendChoice::cuda)), "--backend cuda: " + too_old + "; " + limited);
    EXPECT_EQ(refusal<cuda_error>({}, asked(BackendChoice::cuda)), "--backend cuda: no CUDA device: none");
    EXPECT_TRUE(choose_devices({}, "no CUDA device: none", asked(BackendChoice::automatic)).used.empty());
}

// A named device with a display is used: the user is told what its driver may do to the run.
TEST(Backend, WarnsOfNamedDevicesThatEndLongKernels) {
    const std::vector<CudaDevice> present = {device(0, "A"), with_display(1)};
    EXPECT_TRUE(choose_devices(present, "", asked(BackendChoice::cuda, {0})).warnings.empty());
    EXPECT_TRUE(choose_devices(present, "", asked(BackendChoice::cuda)).warnings.empty());  // it is left out
    const DeviceChoice choice = choose_devices(present, "", asked(BackendChoice::cuda, {0, 1}));
    ASSERT_EQ(choice.warnings.size(), 1u);
    EXPECT_TRUE(choice.warnings[0].starts_with("device 1 (Display): its driver ends kernels that run for seconds"))
        << choice.warnings[0];
}

TEST(Backend, TakesNamedDevicesOrRefusesThem) {
    for (const BackendChoice choice : {BackendChoice::automatic, BackendChoice::cuda}) {
        const std::vector<CudaDevice> present = {old(0), with_display(1), device(2, "A")};
        EXPECT_EQ(indices(choose_devices(present, "", asked(choice, {2, 1}))), (std::vector<int>{2, 1}));
        EXPECT_EQ(refusal<cuda_error>(present, asked(choice, {2, 0})), "--devices: " + too_old);
        EXPECT_EQ(refusal<std::invalid_argument>(present, asked(choice, {3})),
                  "--devices: no device 3; allowed: 0 to 2");
        EXPECT_EQ(refusal<std::invalid_argument>({}, asked(choice, {0})),
                  "--devices: no device 0: no CUDA device: none");
    }
}

}  // namespace
}  // namespace syncache
