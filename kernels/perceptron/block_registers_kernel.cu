#include "kernels/perceptron/perceptron_kernel.cuh"

namespace syncache {

// Half as many registers where half as many fields are enough: more networks are in flight at once.
template <class Number>
PerceptronKernel<Number> block_registers_kernel(int n_patterns) {
    return n_patterns <= 8 * lanes ? kernel_of<CudaTeam, FieldsInRegisters<CudaTeam, 8, Ahead::nowhere>, Number>()
                                   : kernel_of<CudaTeam, FieldsInRegisters<CudaTeam, 16, Ahead::nowhere>, Number>();
}

template PerceptronKernel<std::int32_t> block_registers_kernel(int);
template PerceptronKernel<float> block_registers_kernel(int);
template PerceptronKernel<double> block_registers_kernel(int);

}  // namespace syncache
