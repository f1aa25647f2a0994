#include "kernels/common/cuda/cublas.cuh"

#include <type_traits>

#include "kernels/common/cuda/cublas_library.hpp"

namespace syncache {
namespace {

// A function by its exported name, which the headers' macros hide, with the type that the headers declare.
#define SYNCACHE_EXPORTED_NAME_OF(function) #function
#define SYNCACHE_EXPORTED_NAME(function) SYNCACHE_EXPORTED_NAME_OF(function)
#define SYNCACHE_CUBLAS_FUNCTION(member, name)                                                       \
    static_assert(std::is_same_v<decltype(static_cast<decltype(member)>(&name)), decltype(member)>); \
    member = library.function<std::remove_pointer_t<decltype(member)>>(SYNCACHE_EXPORTED_NAME(name))

Cublas functions_of(const SharedLibrary& library) {
    Cublas found;
    SYNCACHE_CUBLAS_FUNCTION(found.create, cublasCreate);
    SYNCACHE_CUBLAS_FUNCTION(found.destroy, cublasDestroy);
    SYNCACHE_CUBLAS_FUNCTION(found.set_stream, cublasSetStream);
    SYNCACHE_CUBLAS_FUNCTION(found.gemm, cublasGemmEx);
    SYNCACHE_CUBLAS_FUNCTION(found.status_text, cublasGetStatusString);
    return found;
}

}  // namespace

const Cublas& cublas() {
    static const Cublas functions = functions_of(
        open_cublas_library(cublas_places(CUBLAS_VER_MAJOR, {SYNCACHE_CUDA_LIBRARY_FOLDER, "/usr/local/cuda/lib64"})));
    return functions;
}

void load_cublas() { (void)cublas(); }

}  // namespace syncache
