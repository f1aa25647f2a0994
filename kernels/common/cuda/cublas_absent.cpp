#include "kernels/common/cuda/cublas_library.hpp"
#include "kernels/common/cuda/cuda_error.hpp"

namespace syncache {

void load_cublas() { throw cuda_error("this build has no CUDA"); }

}  // namespace syncache
