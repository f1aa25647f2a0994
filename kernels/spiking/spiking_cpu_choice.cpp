#include "kernels/common/isa.hpp"
#include "kernels/spiking/spiking_cpu.hpp"

namespace syncache::spiking {

inline namespace baseline {
extern const CpuKernels spiking_kernels;
}
#ifdef SYNCACHE_MANY_ISAS
namespace avx2 {
extern const CpuKernels spiking_kernels;
}
namespace avx512 {
extern const CpuKernels spiking_kernels;
}
#endif

const CpuKernels& cpu_kernels() {
#ifdef SYNCACHE_MANY_ISAS
    switch (chosen_isa()) {
        case Isa::avx512:
            return avx512::spiking_kernels;
        case Isa::avx2:
            return avx2::spiking_kernels;
        case Isa::baseline:
            break;
    }
#endif
    return baseline::spiking_kernels;
}

}  // namespace syncache::spiking
