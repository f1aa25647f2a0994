#include "kernels/perceptron/perceptron_kernel.cuh"

namespace syncache {

template <class Number>
PerceptronKernel<Number> warp_kernel() {
    return kernel_of<WarpTeam, FieldsInMemory, Number>();
}

template PerceptronKernel<std::int32_t> warp_kernel();
template PerceptronKernel<float> warp_kernel();
template PerceptronKernel<double> warp_kernel();

}  // namespace syncache
