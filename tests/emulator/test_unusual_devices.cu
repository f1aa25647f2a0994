#undef NDEBUG  // debug builds may not wait for a training either
#include <gtest/gtest.h>

#include <atomic>
#include <limits>

#include "kernels/common/cuda/device_buffer.cuh"
#include "kernels/common/cuda/devices.hpp"
#include "kernels/common/cuda/stop_flag.cuh"
#include "kernels/common/cuda/team.cuh"
#include "kernels/mlp/mlp_cuda.hpp"
#include "kernels/perceptron/gram_kernel.cuh"
#include "tests/emulator/emulator.hpp"

// Devices that have not what a data centre's GPU has, and failures in the middle of things.
namespace syncache {
namespace {

using emulator::WithDevices;

template <class Action>
std::string error_of(Action action) {
    try {
        action();
    } catch (const cuda_error& error) {
        return error.what();
    }
    return "no error";
}

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(CudaDevices, TellWhatTheyAre) {
    const WithDevices devices({"volta", "a100", "display"});
    std::string reason;
    const std::vector<CudaDevice> found = cuda_devices(reason);
    ASSERT_EQ(found.size(), 3u);
    EXPECT_EQ(found[0].unusable, "compute capability 7.0, this program needs 8.0 or newer");
    EXPECT_EQ(found[1].unusable, "");
    EXPECT_FALSE(found[1].time_limit);
    EXPECT_EQ(found[2].unusable, "");
    EXPECT_TRUE(found[2].time_limit);
}

TEST(CudaDevices, AreAbsentForAReason) {
    const WithDevices restored({"small"});
    emulator::set_devices({});
    std::string reason;
    EXPECT_TRUE(cuda_devices(reason).empty());
    EXPECT_EQ(reason, "no CUDA device: no CUDA-capable device is detected");
}

__global__ void wait_kernel(const volatile bool* stop, int* seen) {
    while (!*stop) {
        __syncthreads();
    }
    *seen = 1;
}

void start_waiting(const MappedFlag& flag, const DeviceBuffer<int>& seen) {
    start_kernel(block_launch(dim3(1), dim3(1), 0, nullptr), wait_kernel, flag.device(), seen.data());
}

TEST(CudaLaunch, LetsAStopReachTheKernel) {
    const WithDevices devices({"display"});  // which ends what waits for ever
    DeviceBuffer<int> seen(1);
    seen.clear();
    MappedFlag flag;
    start_waiting(flag, seen);
    const std::atomic<bool> stop = true;
    wait_for(nullptr, stop, flag);
    EXPECT_EQ(seen.download(), std::vector<int>{1});
}

TEST(CudaStopFlag, EndsItsKernelBeforeItsMemoryGoes) {
    const WithDevices devices({"display"});
    DeviceBuffer<int> seen(1);
    seen.clear();
    {
        const MappedFlag flag;
        start_waiting(flag, seen);
    }
    EXPECT_EQ(seen.download(), std::vector<int>{1});
}

TEST(CudaTimeLimit, IsAnErrorAndLostMemoryIsToldOnce) {
    emulator::DeviceType type = emulator::device_type("without-pools");
    type.watchdog = true;
    const WithDevices restored({"small"});
    emulator::set_devices({type});
    const std::uint64_t patience = emulator::settings().watchdog;
    emulator::settings().watchdog = 100'000;
    testing::internal::CaptureStderr();
    {
        const DeviceBuffer<int> seen(1), more(1), most(1);
        const std::atomic<bool> stop = false;
        MappedFlag flag;
        start_waiting(flag, seen);
        EXPECT_TRUE(says(error_of([&] { wait_for(nullptr, stop, flag); }), "the launch timed out and was terminated"));
    }
    EXPECT_LE(std::ranges::count(testing::internal::GetCapturedStderr(), '\n'), 1);
    emulator::settings().watchdog = patience;
}

TEST(CudaBuffer, DoesWithoutMemoryPools) {
    const WithDevices devices({"without-pools"});
    const std::vector<int> values = {3, 1, 2};
    DeviceBuffer<int> first(values), second(1);
    second = std::move(first);
    first = DeviceBuffer<int>();
    EXPECT_EQ(DeviceBuffer<int>(std::move(second)).download(), values);
}

TEST(CudaOccupancy, NamesTheBlockThatADeviceHasNoRoomFor) {
    const WithDevices devices({"workstation"});
    EXPECT_TRUE(says(error_of([] { resident_blocks(wait_kernel, 128, 110 * 1024); }),
                     "this device has no room for a block of 128 threads with 112640 bytes of shared memory"));
    EXPECT_EQ(resident_blocks(wait_kernel, 128, 24 * 1024), 4 * 48);
}

TEST(CudaOccupancy, NamesTheClusterThatADeviceHasNoRoomFor) {
    MlpSlotSize size;
    size.fewest_units = 10;
    size.part_bytes[2] = 1000;
    const auto make_slots = [&] { MlpCuda<float>(0, MlpCudaVariant::cluster).make_slots(1, size, {}); };
    const WithDevices devices({"mig"});
    EXPECT_EQ(error_of(make_slots),
              "cluster: this device has no room for a cluster of 2 blocks with 1000 bytes of shared memory each; a "
              "part of a GPU "
              "(MIG) may have none");
}

TEST(CudaOccupancy, PrefersTheSharedMemoryThatResidentBlocksNeed) {
    EXPECT_EQ(shared_memory_percent(7, 26 * 1024, 228 * 1024), 80);  // 79.8
    EXPECT_EQ(shared_memory_percent(1, 57 * 1024, 228 * 1024), 25);
    EXPECT_EQ(shared_memory_percent(3, 100 * 1024, 228 * 1024), 100);
    const WithDevices devices({"workstation"});
    const auto preferred = [](std::size_t shared_bytes) {
        resident_blocks(wait_kernel, 128, shared_bytes);
        cudaFuncAttributes attributes{};
        SYNCACHE_CHECK(cudaFuncGetAttributes(&attributes, wait_kernel));
        return attributes.preferredShmemCarveout;
    };
    EXPECT_EQ(preferred(30 * 1024), 93);  // three blocks of 31 KiB, with the system's one, of 100
    EXPECT_EQ(preferred(0), static_cast<int>(cudaSharedmemCarveoutDefault));
}

// A few images of one active pixel each.
struct Images {
    std::vector<std::int64_t> begin;
    std::vector<std::uint16_t> pixel;
    std::vector<float> value;
    std::vector<std::int16_t> labels;

    explicit Images(int n) : pixel(static_cast<std::size_t>(n)), value(pixel.size(), 1.0f), labels(pixel.size()) {
        for (int m = 0; m <= n; ++m) {
            begin.push_back(m);
        }
    }
    ImageView<float> view() const {
        return {
            begin.data(), pixel.data(), value.data(), labels.data(), static_cast<std::int64_t>(labels.size()), 0.0, 0};
    }
};

// Where the copy of other images fails, the ones from before are not there any more, not by their name either.
TEST(CudaImages, AreForgottenWhenACopyFails) {
    const Images few(3), more(5);
    for (const int failing : {1, 4, 5, 8}) {  // of the allocations for training and test images
        SCOPED_TRACE(failing);
        MlpCuda<float> cuda(0);
        cuda.use_images("few", few.view(), few.view());
        emulator::fail_allocation(failing);
        EXPECT_THROW(cuda.use_images("more", more.view(), more.view()), cuda_error);
        emulator::fail_allocation(0);
        const std::uint64_t before = emulator::bus_bytes().up;
        cuda.use_images("few", few.view(), few.view());
        EXPECT_GT(emulator::bus_bytes().up, before);
        const std::uint64_t after = emulator::bus_bytes().up;
        cuda.use_images("few", few.view(), few.view());
        EXPECT_EQ(emulator::bus_bytes().up, after);
    }
}

// With 20,000 units a block of images takes 10 MB, and those of all resident blocks more than there is memory.
TEST(CudaEvaluation, LeavesMemoryForTheNetworks) {
    const Images images(2000);
    MlpSlotSize size;
    size.bytes = 1024;
    size.synapses = 100;
    size.widest = 20000;
    MlpCuda<float> cuda(0);
    cuda.use_images("few", images.view(), images.view());
    EXPECT_EQ(cuda.make_slots(2, size, {Price{}}), 2);
}

__global__ void fold_kernel(double* out) {
    __shared__ CudaTeam::Scratch scratch;
    CudaTeam team(scratch);
    for (int k = 0; k < 3; ++k) {
        const auto sum = team.sum<double>(200, [=](int i) { return i + k; });
        const auto of_leader = team.broadcast(team.leader() ? sum + 1.0 : 0.0);
        const auto both = team.sum_and_max<double>(200, [=](int i) { return i + of_leader; });
        out[k * lanes + team.thread()] = both.max - sum;
    }
}

// A sum, what the leader hands on, and two folds together meet one barrier each.
TEST(CudaTeam, FoldsWithOneBarrier) {
    const DeviceBuffer<double> out(3 * lanes);
    const emulator::Counts before = emulator::counts_of("fold_kernel");
    launch(fold_kernel, dim3(1), dim3(lanes), 0, nullptr, out.data());
    const std::vector<double> found = out.download();
    for (std::size_t k = 0; k < 3; ++k) {
        for (std::size_t thread = 0; thread < lanes; ++thread) {
            EXPECT_EQ(found[k * lanes + thread], 200.0);
        }
    }
    EXPECT_EQ((emulator::counts_of("fold_kernel") - before).block_barriers, 3 * (1 + 1 + 1));
}

// What gram_kernel does in shared memory besides its products.
__global__ void move_kernel(const std::int8_t* patterns, std::int16_t* gram) {
    __shared__ GramSlab slab;
    __shared__ __align__(128) GramTile tile;
    load_slab(slab, patterns, gram_tile, 0, 0);
    for (int k = static_cast<int>(threadIdx.x); k < gram_tile * gram_stride; k += gram_threads) {
        tile[k / gram_stride][k % gram_stride] = k;
    }
    __syncthreads();
    write_tile(tile, gram, gram_tile, 0, 0);
}

TEST(CudaGram, MovesTilesWithoutBankConflicts) {
    emulator::settings().count = true;
    DeviceBuffer<std::int8_t> patterns(gram_tile * gram_tile);
    patterns.clear();
    const DeviceBuffer<std::int16_t> gram(gram_tile * gram_tile);
    launch(move_kernel, dim3(1), dim3(gram_threads), 0, nullptr, patterns.data(), gram.data());
    EXPECT_EQ(gram.download()[65], gram_stride + 1);
    const emulator::Counts counts = emulator::counts_of("move_kernel");
    emulator::settings().count = false;
    EXPECT_GT(counts.shared_requests, 0u);
    EXPECT_EQ(counts.wavefronts, counts.least_wavefronts);
    launch(gram_kernel, dim3(1, 1), dim3(gram_threads), 0, nullptr, patterns.data(), gram_tile, gram_tile, gram.data());
    EXPECT_EQ(gram.download(), std::vector<std::int16_t>(gram.size(), 0));
}

}  // namespace
}  // namespace syncache
