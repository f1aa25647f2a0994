#include "kernels/perceptron/perceptron_kernel.cuh"

namespace syncache {

template <class Number>
PerceptronKernel<Number> warp_registers_kernel() {
    return kernel_of<WarpTeam, FieldsInRegisters<WarpTeam, 8, Ahead::nowhere>, Number>();
}

template PerceptronKernel<std::int32_t> warp_registers_kernel();
template PerceptronKernel<float> warp_registers_kernel();
template PerceptronKernel<double> warp_registers_kernel();

}  // namespace syncache
