#include "tests/emulator/check_kernels.cuh"

// What each check finds, in kernels of a few lines; faults.cmake has real kernels.
namespace syncache::test {
namespace {

TEST(EmulatorCudaChecks, CleanKernelReportsNothing) {
    DeviceBuffer<int> numbers(100);
    numbers.clear();
    int* at = numbers.data();
    run(3, 100, [=] {
        if (blockIdx.x == 1) {
            at[threadIdx.x] += static_cast<int>(threadIdx.x);
        }
    });
    EXPECT_TRUE(reported({}));
    EXPECT_EQ(numbers.download()[99], 99);
}

TEST(EmulatorCudaChecks, DeviceMemory) {
    DeviceBuffer<int> numbers(10);
    numbers.clear();
    int* at = numbers.data();
    run(1, 1, [=] { at[10] = 1; });
    EXPECT_TRUE(reported({"out of bounds"}));
    run(1, 1, [=] { at[0] = at[-1]; });
    EXPECT_TRUE(reported({"out of bounds"}));
    int of_host = 0, *host = &of_host;
    run(1, 1, [=] { *host = at[0]; });
    EXPECT_TRUE(reported({"out of bounds"}));
}

TEST(EmulatorCudaChecks, Constants) {
    DeviceBuffer<int> numbers(10);
    numbers.clear();
    int* at = numbers.data();
    run(1, 1, [=] { at[1] = __ldg(at + 2); });
    run(1, 1, [=] { at[2] = __ldg(at + 1); });  // what an earlier launch has written
    EXPECT_TRUE(reported({}));
    run(1, 1, [=] {
        at[3] = 1;
        at[4] = __ldg(at + 3);
    });
    EXPECT_TRUE(reported({"constant"}));
}

TEST(EmulatorCudaChecks, MemoryFreedInTheOrderOfTheStream) {
    int* at = nullptr;
    {
        DeviceBuffer<int> numbers(10);
        numbers.clear();
        at = numbers.data();
        launch(small_kernel<void (*)()>, dim3(1), dim3(1), 0, nullptr, +[] {});
    }
    run(1, 1, [=] { at[3] = 1; });
    EXPECT_TRUE(reported({"use after free"}));
    EXPECT_EQ(cudaFreeAsync(at, nullptr), cudaSuccess);
    EXPECT_EQ(cudaStreamSynchronize(nullptr), cudaSuccess);
    EXPECT_TRUE(reported({"out of bounds"}));  // freed twice
}

__global__ void static_shared_kernel(int beyond, int* result) {
    __shared__ int numbers[32];
    numbers[threadIdx.x + static_cast<unsigned>(beyond)] = 1;
    __syncthreads();
    atomicAdd(result, numbers[31 - threadIdx.x]);
}

TEST(EmulatorCudaChecks, StaticSharedMemory) {
    DeviceBuffer<int> result(1);
    result.clear();
    launch(static_shared_kernel, dim3(2), dim3(32), 0, nullptr, 0, result.data());
    SYNCACHE_CHECK(cudaStreamSynchronize(nullptr));
    EXPECT_TRUE(reported({}));
    EXPECT_EQ(result.download()[0], 64);
    launch(static_shared_kernel, dim3(2), dim3(32), 0, nullptr, 1, result.data());
    SYNCACHE_CHECK(cudaStreamSynchronize(nullptr));
    EXPECT_TRUE(reported({"out of bounds", "uninitialised"}));
}

TEST(EmulatorCudaChecks, DynamicSharedMemory) {
    const auto write = [](std::size_t index) { return [=] { dynamic_shared()[index] = std::byte{}; }; };
    run(1, 1, write(99), 100);
    EXPECT_TRUE(reported({}));
    run(1, 1, write(100), 100);
    EXPECT_TRUE(reported({"out of bounds"}));
    DeviceBuffer<std::byte> result(1);
    std::byte* at = result.data();
    run(1, 1, [=] { *at = dynamic_shared()[5]; }, 100);
    EXPECT_TRUE(reported({"uninitialised"}));
}

TEST(EmulatorCudaChecks, Races) {
    DeviceBuffer<int> numbers(64);
    numbers.clear();
    int* at = numbers.data();
    run(1, 64, [=] { at[0] = 1; });
    EXPECT_TRUE(reported({"race"}));
    run(2, 1, [=] { at[0] += 1; });
    EXPECT_TRUE(reported({"race"}));
    run(2, 64, [=] { atomicAdd(at, 1); });
    EXPECT_TRUE(reported({}));
    run(1, 64, [=] {
        at[threadIdx.x] = 1;
        __syncthreads();
        at[63 - threadIdx.x] += 1;
    });
    EXPECT_TRUE(reported({}));
    run(1, 64, [=] {
        at[threadIdx.x] = 1;
        __syncwarp();
        at[63 - threadIdx.x] += 1;  // of the other warp
    });
    EXPECT_TRUE(reported({"race"}));
    run(1, 64, [=] {
        at[threadIdx.x] = 1;
        __syncwarp();
        at[threadIdx.x ^ 31] += 1;
    });
    EXPECT_TRUE(reported({}));
}

TEST(EmulatorCudaChecks, AShuffleOrdersNothing) {
    DeviceBuffer<int> numbers(32);
    numbers.clear();
    int* at = numbers.data();
    run(1, 32, [=] {
        at[threadIdx.x] = 1;
        at[31 - threadIdx.x] += __shfl_sync(0xffffffffu, 1, 0);
    });
    EXPECT_TRUE(reported({"race"}));
}

TEST(EmulatorCudaChecks, Misaligned) {
    DeviceBuffer<int> numbers(10);
    numbers.clear();
    int* at = numbers.data();
    run(1, 1, [=] { *reinterpret_cast<double*>(at + 1) = 0.0; });  // of 16 bytes, this machine's processor ends it, too
    EXPECT_TRUE(reported({"misaligned"}));
    run(1, 1, [=] { *reinterpret_cast<double*>(at + 2) = 0.0; });
    EXPECT_TRUE(reported({}));
    run(1, 1, [] { *reinterpret_cast<double*>(dynamic_shared() + 4) = 0.0; }, 100);
    EXPECT_TRUE(reported({"misaligned"}));
}

// A failed kernel takes its device along, until the test ends.
TEST(EmulatorCudaChecks, Barriers) {
    const auto fails = [](auto f) {
        const emulator::WithDevices one({"small"});
        launch(small_kernel<decltype(f)>, dim3(1), dim3(64), 0, nullptr, f);
        return cudaStreamSynchronize(nullptr) == cudaErrorLaunchFailure;
    };
    EXPECT_TRUE(fails([] {
        if (threadIdx.x != 3) {
            __syncthreads();
        }
    }));
    EXPECT_TRUE(reported({"exited threads"}));
    EXPECT_TRUE(fails([] {
        if (threadIdx.x < 32) {
            __syncthreads();
        } else {
            __syncwarp(threadIdx.x == 40 ? 0xffffu : 0xffffffffu);
        }
    }));
    EXPECT_TRUE(reported({"divergence", "mask"}));
}

TEST(EmulatorCudaChecks, TwoBarriersOfWhichEachThreadCallsOne) {
    run(1, 64, [] {
        if (threadIdx.x < 32) {
            __syncthreads();
        } else {
            __syncthreads();
        }
    });
    EXPECT_TRUE(reported({"divergence"}));
    run(1, 64, [] {
        for (int i = 0; i < 3; ++i) {
            if (threadIdx.x < 32) {
                (void)__ballot_sync(0xffffffffu, true);
            }
            __syncthreads();
        }
        __syncthreads();
    });
    EXPECT_TRUE(reported({}));
}

TEST(EmulatorCudaChecks, Masks) {
    run(1, 32, [] { (void)__ballot_sync(threadIdx.x < 16 ? 0xffffu : 0xffff0000u, true); });
    EXPECT_TRUE(reported({}));
    run(1, 32, [] { (void)__shfl_sync(threadIdx.x < 16 ? 0xffffu : 0xffff0000u, 1, 0); });
    EXPECT_TRUE(reported({"mask"}));
}

TEST(EmulatorCudaChecks, AKernelThatIgnoresTheFlag) {
    bool* flag = nullptr;
    SYNCACHE_CHECK(cudaHostAlloc(reinterpret_cast<void**>(&flag), sizeof(bool), cudaHostAllocMapped));
    *flag = false;
    DeviceBuffer<int> number(1);
    number.clear();
    volatile int* at = number.data();
    const volatile bool* seen = flag;
    const std::uint64_t patience = std::exchange(emulator::settings().stop_patience, 100000);
    for (const bool looks : {true, false}) {
        *flag = false;
        const auto turn = [=] {
            for (int i = 0; i < 20000000 && !(looks && *seen); ++i) {
                *at = i;
            }
        };
        launch(small_kernel<decltype(turn)>, dim3(1), dim3(1), 0, nullptr, turn);
        EXPECT_EQ(cudaStreamQuery(nullptr), cudaErrorNotReady);
        *flag = true;
        EXPECT_EQ(cudaStreamSynchronize(nullptr), cudaSuccess);
        EXPECT_TRUE(reported(looks ? std::vector<std::string>{} : std::vector<std::string>{"stop flag"}));
    }
    emulator::settings().stop_patience = patience;
    const auto look = [=] { *at = *seen ? 1 : 0; };
    launch(small_kernel<decltype(look)>, dim3(1), dim3(1), 0, nullptr, look);
    SYNCACHE_CHECK(cudaFreeHost(flag));  // while the kernel may still look at it
    SYNCACHE_CHECK(cudaStreamSynchronize(nullptr));
    EXPECT_TRUE(reported({"use after free"}));
}

}  // namespace
}  // namespace syncache::test
