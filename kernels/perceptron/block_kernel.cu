#include "kernels/perceptron/perceptron_kernel.cuh"

namespace syncache {

template <class Number>
PerceptronKernel<Number> block_kernel() {
    return kernel_of<CudaTeam, FieldsInMemory, Number>();
}

template PerceptronKernel<std::int32_t> block_kernel();
template PerceptronKernel<float> block_kernel();
template PerceptronKernel<double> block_kernel();

}  // namespace syncache
