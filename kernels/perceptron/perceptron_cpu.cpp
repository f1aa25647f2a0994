#include "kernels/perceptron/perceptron_cpu.hpp"

#include <cstddef>
#include <cstdint>

#include "kernels/perceptron/patterns.hpp"
#include "kernels/perceptron/train.hpp"

namespace syncache {
inline namespace SYNCACHE_ISA {
namespace {

template <class Number>
void train_one(const Task<Number>& task) {
    CpuTeam team;
    train(team, task);
}

void make_random_patterns(std::uint64_t seed, double pattern_coding, double target_coding, int n_patterns, int inputs,
                          int row_stride, std::int8_t* x, std::int8_t* targets) {
    for (int p = 0; p < n_patterns; ++p) {
        const auto pattern = static_cast<std::uint32_t>(p);
        random_pattern(seed, pattern, pattern_coding, inputs,
                       x + static_cast<std::size_t>(p) * static_cast<std::size_t>(row_stride));
        targets[p] = random_target(seed, pattern, target_coding);
    }
}

void sign_all(int n_patterns, int inputs, int row_stride, const std::int8_t* targets, std::int8_t* x,
              std::int32_t* signed_sums) {
    for (int p = 0; p < n_patterns; ++p) {
        std::int8_t* z = x + static_cast<std::size_t>(p) * static_cast<std::size_t>(row_stride);
        std::int32_t sum = 0;
        for (int i = 0; i < inputs; ++i) {
            z[i] = static_cast<std::int8_t>(z[i] * targets[p]);
            sum += z[i];
        }
        z[inputs] = targets[p];
        for (int i = inputs + 1; i < row_stride; ++i) {
            z[i] = 0;
        }
        signed_sums[p] = sum;
    }
}

void gram_all(const std::int8_t* signed_patterns, int n_patterns, int inputs, int row_stride, std::uint32_t* bits,
              std::int16_t* gram, int gram_stride) {
    pack_bits(signed_patterns, n_patterns, inputs + 1, row_stride, bits);
    gram_from_bits(bits, n_patterns, inputs + 1, gram, gram_stride);
}

}  // namespace

extern const PerceptronCpuKernels perceptron_kernels;
const PerceptronCpuKernels perceptron_kernels{train_one<std::int32_t>, train_one<float>, train_one<double>,
                                              make_random_patterns,    sign_all,         gram_all};

}  // namespace SYNCACHE_ISA
}  // namespace syncache
