#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "kernels/common/cuda/cublas_library.hpp"
#include "kernels/common/cuda/cuda_error.hpp"
#include "kernels/common/cuda/devices.hpp"

namespace syncache {
namespace {

template <class Action>
std::string error_of(Action action) {
    try {
        action();
    } catch (const cuda_error& error) {
        EXPECT_FALSE(error.out_of_memory());
        return error.what();
    }
    return "no error";
}

// The libraries of tests/support/libraries: `alone` has two(); `user` has three(), and needs `needed`.
const std::string folder = SYNCACHE_TEST_LIBRARIES;

TEST(SharedLibrary, OpensTheFirstPlaceThatExists) {
    const SharedLibrary library({"/nowhere/libsyncache_alone.so", folder + "/libsyncache_alone.so"});
    EXPECT_EQ(library.function<int()>("two")(), 2);
}

TEST(SharedLibrary, NamesThePlaceAndTheFunctionThatItLacks) {
    const SharedLibrary library({folder + "/libsyncache_alone.so"});
    EXPECT_EQ(error_of([&] { (void)library.function<int()>("seven"); }),
              folder + "/libsyncache_alone.so has no function seven");
}

TEST(SharedLibrary, TellsTheReasonForTheFirstPlace) {
    const std::string error =
        error_of([] { SharedLibrary({"libsyncache_absent.so.1", "/nowhere/libsyncache_absent.so.1"}); });
    EXPECT_TRUE(error.starts_with("libsyncache_absent.so.1: cannot open shared object file")) << error;
}

TEST(SharedLibrary, FindsWhatItNeedsBesideIt) {
    const std::vector<std::string> places = {folder + "/libsyncache_user.so"};
    EXPECT_NE(error_of([&] { SharedLibrary(places, "libsyncache_absent.so"); }).find("libsyncache_needed.so"),
              std::string::npos);
    EXPECT_EQ(SharedLibrary(places, "libsyncache_needed.so").function<int()>("three")(), 3);
}

TEST(CublasLibrary, IsLookedForByTheLoaderFirst) {
    EXPECT_EQ(cublas_places(13, {"/a", "/b"}),
              (std::vector<std::string>{"libcublas.so.13", "/a/libcublas.so.13", "/b/libcublas.so.13"}));
}

TEST(CublasLibrary, SaysWhatToDoWhereThereIsNone) {
    EXPECT_EQ(error_of([] { open_cublas_library(cublas_places(99, {"/nowhere"})); }),
              "cuBLAS cannot be loaded: libcublas.so.99: cannot open shared object file: No such file or directory: "
              "install the CUDA "
              "toolkit 99, put the folder of libcublas.so.99 into LD_LIBRARY_PATH, or use --backend cpu");
}

// Every function that the engine calls, from the library that the program was built for; this needs no device.
TEST(CublasLibrary, OfTheBuildIsComplete) {
    std::string reason;
    (void)cuda_devices(reason);
    const std::string without = "this build has no CUDA";
    EXPECT_EQ(error_of(load_cublas), reason == without ? without : "no error");
}

}  // namespace
}  // namespace syncache
