#include "kernels/common/cuda/cublas_library.hpp"

#include <string>
#include <vector>

#include "kernels/common/cuda/cuda_error.hpp"

namespace syncache {

std::vector<std::string> cublas_places(int major, const std::vector<std::string>& folders) {
    const std::string name = "libcublas.so." + std::to_string(major);
    std::vector<std::string> places = {name};
    for (const std::string& folder : folders) {
        places.push_back(folder + "/" + name);
    }
    return places;
}

SharedLibrary open_cublas_library(const std::vector<std::string>& places) {
    const std::string& name = places[0];
    const std::string major = name.substr(name.rfind('.') + 1);
    try {
        return SharedLibrary(places, "libcublasLt.so." + major);
    } catch (const cuda_error& error) {
        throw cuda_error("cuBLAS cannot be loaded: " + std::string(error.what()) + ": install the CUDA toolkit " +
                         major + ", put the folder of " + name + " into LD_LIBRARY_PATH, or use --backend cpu");
    }
}

}  // namespace syncache
