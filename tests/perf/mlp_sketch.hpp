#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/common/isa.hpp"
#include "kernels/mlp/task.hpp"

// A presentation of the multilayer perceptron with as few instructions as it takes: 784-100-10 and nothing else, single
// precision, one by one, published gradient, and for each active pixel and 16 units a load and a fused multiply-add
// (forward), and a load, a fused multiply-add and a store (learning). Its roundings are its own. perf_mlp measures the
// engine against it.
namespace syncache::test {

class MlpSketch {
  public:
    virtual ~MlpSketch() = default;
    // Presents images first ... first + n, modulo their number.
    virtual void train(const ImageView<float>& images, std::int64_t first, std::int64_t n) = 0;
    // Sum of |changes| of the persistent weights, as if what is in the cache were consolidated now.
    virtual double energy() const = 0;
};

// initial: [layer][unit][input]. With a cache: local-neuron, threshold 0.04, tau 1000. Compiled for each instruction
// set.
namespace baseline {
std::unique_ptr<MlpSketch> make_mlp_sketch(const std::vector<std::vector<double>>& initial, bool caching);
}
namespace avx2 {
std::unique_ptr<MlpSketch> make_mlp_sketch(const std::vector<std::vector<double>>& initial, bool caching);
}
namespace avx512 {
std::unique_ptr<MlpSketch> make_mlp_sketch(const std::vector<std::vector<double>>& initial, bool caching);
}

}  // namespace syncache::test
