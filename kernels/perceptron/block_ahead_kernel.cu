#include "kernels/perceptron/perceptron_kernel.cuh"

namespace syncache {

template <class Number>
PerceptronKernel<Number> block_ahead_kernel(Ahead ahead) {
    return ahead == Ahead::cache ? kernel_of<CudaTeam, FieldsInRegisters<CudaTeam, 16, Ahead::cache>, Number>()
                                 : kernel_of<CudaTeam, FieldsInRegisters<CudaTeam, 16, Ahead::registers>, Number>();
}

template PerceptronKernel<std::int32_t> block_ahead_kernel(Ahead);
template PerceptronKernel<float> block_ahead_kernel(Ahead);
template PerceptronKernel<double> block_ahead_kernel(Ahead);

}  // namespace syncache
