#include "kernels/common/isa.hpp"
#include "kernels/perceptron/perceptron_cpu.hpp"

namespace syncache {

inline namespace baseline {
extern const PerceptronCpuKernels perceptron_kernels;
}
#ifdef SYNCACHE_MANY_ISAS
namespace avx2 {
extern const PerceptronCpuKernels perceptron_kernels;
}
namespace avx512 {
extern const PerceptronCpuKernels perceptron_kernels;
}
#endif

const PerceptronCpuKernels& perceptron_cpu_kernels() {
#ifdef SYNCACHE_MANY_ISAS
    switch (chosen_isa()) {
        case Isa::avx512:
            return avx512::perceptron_kernels;
        case Isa::avx2:
            return avx2::perceptron_kernels;
        case Isa::baseline:
            break;
    }
#endif
    return baseline::perceptron_kernels;
}

}  // namespace syncache
