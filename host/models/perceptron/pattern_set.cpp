#include "host/models/perceptron/pattern_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>

#include "kernels/perceptron/perceptron_cpu.hpp"

namespace syncache {
namespace {

int padded(int n) { return (n + 63) / 64 * 64; }

std::size_t product(int a, int b) { return static_cast<std::size_t>(a) * static_cast<std::size_t>(b); }

void check_signs(std::span<const std::int8_t> values, int per_row, const char* what) {
    for (std::size_t k = 0; k < values.size(); ++k) {
        if (values[k] != 1 && values[k] != -1) {
            const auto columns = static_cast<std::size_t>(per_row);
            throw std::invalid_argument(fmt::format("{}: pattern {}{} is {}; allowed: -1, 1", what, k / columns,
                                                    per_row > 1 ? fmt::format(", input {}", k % columns) : "",
                                                    static_cast<int>(values[k])));
        }
    }
}

}  // namespace

PatternSet::PatternSet(int inputs, int n_patterns)
    : inputs_(inputs),
      n_patterns_(n_patterns),
      row_stride_(padded(inputs + 1)),
      signed_patterns_(product(n_patterns, row_stride_)),
      targets_(static_cast<std::size_t>(n_patterns)),
      signed_sums_(static_cast<std::size_t>(n_patterns)) {}

void PatternSet::sign() {
    perceptron_cpu_kernels().sign_patterns(n_patterns_, inputs_, row_stride_, targets_.data(), signed_patterns_.data(),
                                           signed_sums_.data());
}

PatternSet PatternSet::random(std::uint64_t seed, int inputs, int n_patterns, double pattern_coding,
                              double target_coding) {
    PatternSet set(inputs, n_patterns);
    perceptron_cpu_kernels().random_patterns(seed, pattern_coding, target_coding, n_patterns, inputs, set.row_stride_,
                                             set.signed_patterns_.data(), set.targets_.data());
    set.sign();
    return set;
}

PatternSet PatternSet::from_arrays(int inputs, int n_patterns, std::span<const std::int8_t> patterns,
                                   std::span<const std::int8_t> targets) {
    if (patterns.size() != product(n_patterns, inputs) || targets.size() != static_cast<std::size_t>(n_patterns)) {
        throw std::invalid_argument(fmt::format("{} patterns of {} inputs: found {} inputs in all and {} targets",
                                                n_patterns, inputs, patterns.size(), targets.size()));
    }
    check_signs(patterns, inputs, "patterns");
    check_signs(targets, 1, "targets");
    PatternSet set(inputs, n_patterns);
    for (int p = 0; p < n_patterns; ++p) {
        std::copy_n(patterns.data() + product(p, inputs), inputs,
                    set.signed_patterns_.data() + product(p, set.row_stride_));
    }
    std::copy(targets.begin(), targets.end(), set.targets_.data());
    set.sign();
    return set;
}

void PatternSet::make_gram() {
    gram_ = AlignedBuffer<std::int16_t>(product(n_patterns_, padded(n_patterns_)));
    AlignedBuffer<std::uint32_t> bits(product((inputs_ + 1 + 31) / 32, n_patterns_));
    perceptron_cpu_kernels().gram(signed_patterns_.data(), n_patterns_, inputs_, row_stride_, bits.data(), gram_.data(),
                                  padded(n_patterns_));
}

PatternView PatternSet::view() const {
    return {signed_patterns_.data(), gram_.data(), targets_.data(), signed_sums_.data(), inputs_, row_stride_,
            padded(n_patterns_)};
}

std::size_t PatternSet::bytes() const {
    return signed_patterns_.bytes() + targets_.bytes() + signed_sums_.bytes() + gram_.bytes();
}

double PatternSet::bytes_needed(int inputs, int n_patterns) {
    const double patterns = n_patterns;
    return patterns * (padded(inputs + 1) + 5.0 + 2.0 * padded(n_patterns));
}

std::shared_ptr<const PatternSet> PatternSetCache::get(const std::string& name, int n_patterns,
                                                       const std::function<PatternSet()>& make) {
    std::shared_ptr<Entry> entry;
    {
        const std::lock_guard lock(mutex_);
        std::erase_if(entries_, [](const auto& item) {  // NOLINT(misc-include-cleaner): <unordered_map> has it
            if (item.second.use_count() > 1) {          // nobody takes up another one while we hold `mutex_`
                return false;
            }
            const std::lock_guard last_user(item.second->mutex);  // free, but shows what its last user wrote
            return item.second->set.expired();
        });
        const auto found = entries_.find(name);
        // Made before it has a place: without memory none is left empty.
        entry =
            found != entries_.end() ? found->second : entries_.emplace(name, std::make_shared<Entry>()).first->second;
    }
    const std::lock_guard lock(entry->mutex);
    std::shared_ptr<const PatternSet> set = entry->set.lock();
    if (!set || set->n_patterns() < n_patterns) {
        set.reset();
        set = std::make_shared<const PatternSet>(make());
        entry->set = set;
    }
    return set;
}

}  // namespace syncache
