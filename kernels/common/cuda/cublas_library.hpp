#pragma once

#include <string>
#include <vector>

#include "kernels/common/cuda/shared_library.hpp"

// Where cuBLAS comes from. It is 600 MB, and loading it takes 200 MB of memory and a tenth of a second, so it is not
// linked but opened when a trainer wants it. This header is plain C++.
namespace syncache {

// Where to look for cuBLAS of that major version: where the system's loader does ($LD_LIBRARY_PATH, for one), then in
// these folders.
std::vector<std::string> cublas_places(int major, const std::vector<std::string>& folders);

// Opens cuBLAS from the first of cublas_places that has it. Throws cuda_error that says what to do.
SharedLibrary open_cublas_library(const std::vector<std::string>& places);

// Opens the cuBLAS that this program was built for, unless it is open. Throws cuda_error if that fails. Thread-safe.
void load_cublas();

}  // namespace syncache
