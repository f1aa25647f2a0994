#include "kernels/common/isa.hpp"
#include "kernels/mlp/mlp_cpu.hpp"

namespace syncache {

inline namespace baseline {
extern const MlpCpuKernels mlp_kernels;
}
#ifdef SYNCACHE_MANY_ISAS
namespace avx2 {
extern const MlpCpuKernels mlp_kernels;
}
namespace avx512 {
extern const MlpCpuKernels mlp_kernels;
}
#endif

const MlpCpuKernels& mlp_cpu_kernels() {
#ifdef SYNCACHE_MANY_ISAS
    switch (chosen_isa()) {
        case Isa::avx512:
            return avx512::mlp_kernels;
        case Isa::avx2:
            return avx2::mlp_kernels;
        case Isa::baseline:
            break;
    }
#endif
    return baseline::mlp_kernels;
}

}  // namespace syncache
