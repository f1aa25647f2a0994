#include <cublas_v2.h>
#include <mma.h>

#include "tests/emulator/check_kernels.cuh"

// The emulated runtime: it fails where the real one does, and as late.
namespace syncache::test {
namespace {

constexpr auto nothing = [] {};

TEST(EmulatorCudaRuntime, LaunchLimits) {
    const auto state = [](dim3 grid, dim3 block, std::size_t shared) {
        cudaLaunchConfig_t config{grid, block, shared, nullptr, nullptr, 0};
        const cudaError_t error = cudaLaunchKernelEx(&config, small_kernel<decltype(nothing)>, nothing);
        EXPECT_EQ(cudaGetLastError(), error);
        SYNCACHE_CHECK(cudaStreamSynchronize(nullptr));
        return error;
    };
    EXPECT_EQ(state({1}, {1024}, 48 * 1024), cudaSuccess);
    EXPECT_EQ(state({1}, {1025}, 0), cudaErrorInvalidConfiguration);
    EXPECT_EQ(state({0}, {32}, 0), cudaErrorInvalidConfiguration);
    EXPECT_EQ(state({1, 65536}, {32}, 0), cudaErrorInvalidConfiguration);
    EXPECT_EQ(state({1}, {32}, 48 * 1024 + 1), cudaErrorInvalidValue);
    allow_all_shared_memory(small_kernel<decltype(nothing)>);
    EXPECT_EQ(state({1}, {32}, 227 * 1024), cudaSuccess);
}

template <int bound>
__global__ void __launch_bounds__(bound, 2) bounded_kernel(int* n_threads) {
    atomicAdd(n_threads, 1);
}

TEST(EmulatorCudaRuntime, LaunchBounds) {
    DeviceBuffer<int> n_threads(1);
    n_threads.clear();
    const auto state = [&](auto kernel, unsigned threads) {
        cudaLaunchConfig_t config{{1}, {threads / 2, 2}, 0, nullptr, nullptr, 0};
        const cudaError_t error = cudaLaunchKernelEx(&config, kernel, n_threads.data());
        EXPECT_EQ(cudaGetLastError(), error);
        return error;
    };
    EXPECT_EQ(state(bounded_kernel<96>, 96), cudaSuccess);
    EXPECT_EQ(state(bounded_kernel<1024>, 1024), cudaSuccess);
    EXPECT_EQ(n_threads.download()[0], 96 + 1024);
    EXPECT_TRUE(reported({}));
    EXPECT_EQ(state(bounded_kernel<96>, 98), cudaErrorInvalidValue);
    EXPECT_TRUE(reported({"launch"}));
    cudaFuncAttributes attributes{};
    SYNCACHE_CHECK(cudaFuncGetAttributes(&attributes, bounded_kernel<96>));
    EXPECT_EQ(attributes.maxThreadsPerBlock, 96);
    SYNCACHE_CHECK(cudaFuncGetAttributes(&attributes, small_kernel<decltype(nothing)>));
    EXPECT_EQ(attributes.maxThreadsPerBlock, 1024);
    int blocks = -1;
    SYNCACHE_CHECK(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, bounded_kernel<96>, 128, 0));
    EXPECT_EQ(blocks, 0);
    SYNCACHE_CHECK(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, bounded_kernel<96>, 96, 0));
    EXPECT_EQ(blocks, 21);
}

TEST(EmulatorCudaRuntime, AnErrorThatNobodyAsksForIsReported) {
    cudaLaunchConfig_t config{{1}, {2048}, 0, nullptr, nullptr, 0};
    (void)cudaLaunchKernelEx(&config, small_kernel<decltype(nothing)>, nothing);
    emulator::report_what_is_left();
    EXPECT_TRUE(reported({"launch"}));
}

TEST(EmulatorCudaRuntime, LeaksAreReported) {
    void *place = nullptr, *pinned = nullptr;
    SYNCACHE_CHECK(cudaMallocAsync(&place, 100, nullptr));
    SYNCACHE_CHECK(cudaHostAlloc(&pinned, 8, cudaHostAllocDefault));
    emulator::report_what_is_left();
    EXPECT_TRUE(reported({"leak"}));
    SYNCACHE_CHECK(cudaFreeAsync(place, nullptr));
    SYNCACHE_CHECK(cudaFreeHost(pinned));
    emulator::report_what_is_left();
    EXPECT_TRUE(reported({}));
}

TEST(EmulatorCudaRuntime, StreamsRunAsLateAsIsLegal) {
    int* pinned = nullptr;
    SYNCACHE_CHECK(cudaHostAlloc(reinterpret_cast<void**>(&pinned), sizeof(int), cudaHostAllocDefault));
    *pinned = 1;
    DeviceBuffer<int> number(1);
    const auto copy = [&] {
        return cudaMemcpyAsync(pinned, number.data(), sizeof(int), cudaMemcpyDeviceToHost, nullptr);
    };
    number.clear();
    SYNCACHE_CHECK(copy());
    EXPECT_EQ(*pinned, 1);
    SYNCACHE_CHECK(cudaStreamSynchronize(nullptr));
    EXPECT_EQ(*pinned, 0);
    EXPECT_TRUE(reported({}));

    SYNCACHE_CHECK(copy());
    (void)number.download();  // waits, but not for the copy's sake
    EXPECT_TRUE(reported({"asynchronous copy"}));
    SYNCACHE_CHECK(copy());
    SYNCACHE_CHECK(cudaFreeHost(pinned));
    SYNCACHE_CHECK(cudaStreamSynchronize(nullptr));
    EXPECT_TRUE(reported({"asynchronous copy"}));  // its memory is gone
    int pageable = 0;
    SYNCACHE_CHECK(cudaMemcpyAsync(&pageable, number.data(), sizeof(int), cudaMemcpyDeviceToHost, nullptr));
    SYNCACHE_CHECK(cudaStreamSynchronize(nullptr));
    EXPECT_TRUE(reported({"asynchronous copy"}));
}

TEST(EmulatorCudaRuntime, TheAllocationThatIsToFailFails) {
    emulator::fail_allocation(2);
    const DeviceBuffer<int> first(1);
    try {
        const DeviceBuffer<int> second(1);
        ADD_FAILURE() << "no error";
    } catch (const cuda_error& error) {
        EXPECT_TRUE(error.out_of_memory());
    }
    const DeviceBuffer<int> third(1);
    EXPECT_THROW(DeviceBuffer<std::byte>(std::size_t{300} << 20), cuda_error);  // more than the device has
}

TEST(EmulatorCudaRuntime, DevicesDiffer) {
    const emulator::WithDevices two({"h100", "workstation"});
    const auto attribute = [](cudaDeviceAttr which, int device) {
        int value = 0;
        SYNCACHE_CHECK(cudaDeviceGetAttribute(&value, which, device));
        return value;
    };
    EXPECT_EQ(attribute(cudaDevAttrMultiProcessorCount, 0), 132);
    EXPECT_EQ(attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin, 1), 99 * 1024);
    SYNCACHE_CHECK(cudaSetDevice(1));
    cudaLaunchAttribute cluster;
    const cudaLaunchConfig_t config = cluster_launch(2, 32, 0, 2, cluster);
    EXPECT_EQ(cudaLaunchKernelEx(&config, small_kernel<decltype(nothing)>, nothing), cudaErrorNotSupported);
    EXPECT_EQ(cudaGetLastError(), cudaErrorNotSupported);
    const DeviceBuffer<int> of_second(1);
    SYNCACHE_CHECK(cudaSetDevice(0));
    int* at = of_second.data();
    run(1, 1, [=] { *at = 1; });
    EXPECT_TRUE(reported({"out of bounds"}));  // the other device's
    SYNCACHE_CHECK(cudaSetDevice(1));
    EXPECT_EQ(cudaSetDevice(2), cudaErrorInvalidDevice);
    (void)cudaGetLastError();
}

TEST(EmulatorCudaRuntime, SomeDevicesHaveNoCodeClustersOrPools) {
    {
        const emulator::WithDevices old({"volta"});
        EXPECT_THROW(run(1, 1, nothing), cuda_error);
    }
    {
        const emulator::WithDevices slice({"mig"});
        cudaLaunchAttribute cluster;
        const cudaLaunchConfig_t config = cluster_launch(2, 32, 0, 2, cluster);
        int n = -1;
        SYNCACHE_CHECK(cudaOccupancyMaxActiveClusters(&n, small_kernel<decltype(nothing)>, &config));
        EXPECT_EQ(n, 0);
        EXPECT_EQ(cudaLaunchKernelEx(&config, small_kernel<decltype(nothing)>, nothing), cudaErrorInvalidClusterSize);
    }
    const emulator::WithDevices virtual_one({"without-pools"});
    void* place = nullptr;
    EXPECT_EQ(cudaMallocAsync(&place, 8, nullptr), cudaErrorNotSupported);
    EXPECT_EQ(cudaMalloc(&place, 8), cudaSuccess);
    EXPECT_EQ(cudaFree(place), cudaSuccess);
}

TEST(EmulatorCudaRuntime, ADisplayDoesNotWaitLong) {
    const emulator::WithDevices one({"display"});
    const std::uint64_t watchdog = std::exchange(emulator::settings().watchdog, 100000);
    DeviceBuffer<int> number(1);
    number.clear();
    volatile int* at = number.data();
    run(1, 1, [=] { *at = 1; });
    const auto long_one = [=] {
        for (int i = 0; i < 10000000; ++i) {
            *at = i;
        }
    };
    launch(small_kernel<decltype(long_one)>, dim3(1), dim3(1), 0, nullptr, long_one);
    EXPECT_EQ(cudaStreamSynchronize(nullptr), cudaErrorLaunchTimeout);
    void* place = nullptr;
    EXPECT_EQ(cudaMallocAsync(&place, 8, nullptr), cudaErrorLaunchTimeout);  // for good
    emulator::settings().watchdog = watchdog;
}

// The order in which threads come is drawn from the seed.
TEST(EmulatorCudaRuntime, ASeedIsASchedule) {
    const auto order = [](std::uint64_t seed) {
        const std::uint64_t before = std::exchange(emulator::settings().seed, seed);
        DeviceBuffer<int> turn(1), places(256);
        turn.clear();
        int *next = turn.data(), *at = places.data();
        run(4, 64, [=] { at[blockIdx.x * 64 + threadIdx.x] = atomicAdd(next, 1); });
        emulator::settings().seed = before;
        return places.download();
    };
    EXPECT_EQ(order(1), order(1));
    EXPECT_NE(order(1), order(2));
    EXPECT_NE(order(2), order(3));
}

TEST(EmulatorCudaRuntime, CountsRequestsSectorsAndConflicts) {
    const bool before = std::exchange(emulator::settings().count, true);
    const auto counted = [](auto f) {
        const emulator::Counts was = emulator::counts_of("small_kernel");
        run(1, 32, f, 32 * 33 * 4);
        return emulator::counts_of("small_kernel") - was;
    };
    DeviceBuffer<int> numbers(32 * 32);
    int* at = numbers.data();
    const emulator::Counts dense = counted([=] { at[threadIdx.x] = 1; });
    EXPECT_EQ(dense.global_requests, 1u);
    EXPECT_EQ(dense.sectors, 4u);
    EXPECT_EQ(dense.least_sectors, 4u);
    const emulator::Counts strided = counted([=] { at[32 * threadIdx.x] = 1; });
    EXPECT_EQ(strided.sectors, 32u);
    const auto shared = [](unsigned stride) {
        return [=] { reinterpret_cast<int*>(dynamic_shared())[stride * threadIdx.x] = 1; };
    };
    EXPECT_EQ(counted(shared(1)).wavefronts, 1u);
    EXPECT_EQ(counted(shared(32)).wavefronts, 32u);
    EXPECT_EQ(counted(shared(33)).wavefronts, 1u);
    EXPECT_EQ(counted(shared(4)).wavefronts, 4u);
    EXPECT_EQ(counted([] { __syncthreads(); }).block_barriers, 1u);
    emulator::settings().count = before;
    EXPECT_TRUE(reported({}));
}

TEST(EmulatorCudaRuntime, CublasMultipliesExactly) {
    std::vector<std::int8_t> a(8 * 4), b(8 * 4);
    for (int i = 0; i < 32; ++i) {
        a[static_cast<std::size_t>(i)] = static_cast<std::int8_t>(5 * i - 77);
        b[static_cast<std::size_t>(i)] = static_cast<std::int8_t>(127 - 7 * i);
    }
    const DeviceBuffer<std::int8_t> x(a), y(b);
    const DeviceBuffer<std::int32_t> z(16);
    cublasHandle_t handle = nullptr;
    ASSERT_EQ(cublasCreate(&handle), CUBLAS_STATUS_SUCCESS);
    const std::int32_t one = 1, zero = 0;
    ASSERT_EQ(cublasGemmEx(handle, CUBLAS_OP_T, CUBLAS_OP_N, 4, 4, 8, &one, x.data(), CUDA_R_8I, 8, y.data(), CUDA_R_8I,
                           8, &zero, z.data(), CUDA_R_32I, 4, CUBLAS_COMPUTE_32I, CUBLAS_GEMM_DEFAULT),
              CUBLAS_STATUS_SUCCESS);
    const std::vector<std::int32_t> product = z.download();
    for (std::size_t i = 0; i < 4; ++i) {
        for (std::size_t j = 0; j < 4; ++j) {
            std::int32_t sum = 0;
            for (std::size_t k = 0; k < 8; ++k) {
                sum += a[8 * i + k] * b[8 * j + k];
            }
            EXPECT_EQ(product[4 * j + i], sum);
        }
    }
    EXPECT_EQ(cublasDestroy(handle), CUBLAS_STATUS_SUCCESS);
}

}  // namespace
}  // namespace syncache::test
