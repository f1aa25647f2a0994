#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "host/models/aligned_buffer.hpp"
#include "kernels/perceptron/task.hpp"

namespace syncache {

// The patterns and targets of perceptron trials, as signed patterns d_p (x_p, 1), and their Gram matrix. Trials with
// fewer patterns use the first ones: random pattern p depends on the seed and p alone.
class PatternSet {
  public:
    // x_p in {-1,+1}^inputs, each input +1 with probability `pattern_coding`; targets +1 with `target_coding`.
    static PatternSet random(std::uint64_t seed, int inputs, int n_patterns, double pattern_coding,
                             double target_coding);

    // patterns: [n_patterns][inputs] of +-1, row-major; targets: [n_patterns] of +-1. Throws std::invalid_argument for
    // other values or sizes that disagree, naming the place.
    static PatternSet from_arrays(int inputs, int n_patterns, std::span<const std::int8_t> patterns,
                                  std::span<const std::int8_t> targets);

    // Computes the Gram matrix, n_patterns^2 16-bit integers; without it view().gram is null.
    void make_gram();

    int inputs() const { return inputs_; }
    int n_patterns() const { return n_patterns_; }
    PatternView view() const;
    std::size_t bytes() const;

    // Bytes of a set with its Gram matrix.
    static double bytes_needed(int inputs, int n_patterns);

  private:
    PatternSet(int inputs, int n_patterns);
    void sign();

    int inputs_;
    int n_patterns_;
    int row_stride_;
    AlignedBuffer<std::int8_t> signed_patterns_;
    AlignedBuffer<std::int8_t> targets_;
    AlignedBuffer<std::int32_t> signed_sums_;
    AlignedBuffer<std::int16_t> gram_;
};

// Sets in use anywhere in this process, so that workers share them. Keeps none alive. Thread-safe; workers that want
// the same set at once wait for the one that makes it.
class PatternSetCache {
  public:
    // The set of that name with at least n_patterns patterns, made by `make` if there is none.
    std::shared_ptr<const PatternSet> get(const std::string& name, int n_patterns,
                                          const std::function<PatternSet()>& make);

  private:
    struct Entry {
        std::mutex mutex;
        std::weak_ptr<const PatternSet> set;
    };
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<Entry>> entries_;
};

}  // namespace syncache
