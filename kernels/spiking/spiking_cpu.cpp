#include "kernels/spiking/spiking_cpu.hpp"

#include <atomic>
#include <cstdint>

#include "kernels/spiking/train.hpp"

namespace syncache::spiking {
inline namespace SYNCACHE_ISA {
namespace {

template <class Number>
void train(Task<Number>& task, const std::atomic<bool>& stop) {
    while (!advance(task) && !stop.load(std::memory_order_relaxed)) {
    }
}

void random_patterns(std::uint64_t seed, int inputs, int n_active, int n_patterns, Pattern* patterns) {
    for (int p = 0; p < n_patterns; ++p) {
        patterns[p] = random_pattern(seed, static_cast<std::uint32_t>(p), inputs, n_active);
    }
}

int random_spikes(const SpikeLaw& law, std::uint64_t seed, std::int32_t run, std::int32_t pattern, std::uint32_t source,
                  RecordedSpike* spikes) {
    SpikeTrain train;
    int n = 0;
    for (train.start_random(law, seed, presentation_key(run, pattern), source); train.step() <= law.last;
         train.next()) {
        spikes[n++] = {train.step(), train.count()};
    }
    return n;
}

}  // namespace

extern const CpuKernels spiking_kernels;
const CpuKernels spiking_kernels{train<float>, train<double>, random_patterns, random_spikes};

}  // namespace SYNCACHE_ISA
}  // namespace syncache::spiking
