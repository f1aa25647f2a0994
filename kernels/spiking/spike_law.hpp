#pragma once

#include <cstdint>

#include "kernels/common/random.hpp"
#include "kernels/spiking/task.hpp"

// Random input spikes (model.md, section 4): in every step a pool of n neurons gives binomial(n, p) spikes. Most steps
// give none, so what is drawn is the next step that gives any, and their number: one 64-bit uniform number u, inverted
// through both distributions, for each such step. With q = (1-p)^n, P(gap > k) = q^k: the gap is the smallest k with u
// >= 2^64 q^k, and u's place between q^k and q^(k-1) decides the count, which is independent of the gap. All in
// integers: the same on every machine.
namespace syncache::spiking {
inline namespace SYNCACHE_ISA {

// The upper half of the 128-bit product.
SYNCACHE_HD std::uint64_t high_product(std::uint64_t a, std::uint64_t b) {
#ifdef __CUDA_ARCH__
    return __umul64hi(a, b);
#else
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>((static_cast<Wide>(a) * b) >> 64);
#endif
}

// How many steps on (1: the next) the source spikes again; law.length or more: never.
SYNCACHE_HD int spike_gap(const SpikeLaw& law, std::uint64_t u) {
    int gap = law.guide[u >> 56];
    while (u < law.survival[gap]) {
        ++gap;
    }
    return gap;
}

// How many spikes there are then, by the same number.
SYNCACHE_HD int spike_count(const SpikeLaw& law, std::uint64_t u, int gap) {
    const std::uint64_t place = u - law.survival[gap];
    const std::uint64_t width = law.survival[gap - 1] - law.survival[gap];
    int count = 1;
    while (count <= law.n_more && place < high_product(width, law.more[count - 1])) {
        ++count;
    }
    return count;
}

// What a presentation's random numbers depend on besides seed and source: not on the number of patterns.
SYNCACHE_HD std::uint64_t presentation_key(std::int32_t run, std::int32_t pattern) {
    return static_cast<std::uint64_t>(run) << 32 | static_cast<std::uint32_t>(pattern);
}

// The spikes of one source in one presentation, in the order of steps.
class SpikeTrain {
  public:
    SYNCACHE_HD void start_random(const SpikeLaw& law, std::uint64_t seed, std::uint64_t presentation,
                                  std::uint32_t source) {
        law_ = &law;
        seed_ = seed;
        presentation_ = presentation;
        source_ = source;
        n_drawn_ = 0;
        spare_ = 0;
        count_ = 0;
        step_ = law.first - 1;
        next();
    }

    SYNCACHE_HD void start_recorded(const RecordedSpike* begin, const RecordedSpike* end) {
        law_ = nullptr;
        recorded_ = begin;
        end_ = end;
        load();
    }

    SYNCACHE_HD int step() const { return step_; }  // of the next spikes; far beyond the presentation if there are none
    SYNCACHE_HD int count() const { return count_; }

    SYNCACHE_HD void next() {
        if (law_ == nullptr) {
            ++recorded_;
            load();
            return;
        }
        if (law_->length == 0) {
            step_ = never;
            return;
        }
        const std::uint64_t u = uniform_word();
        const int gap = spike_gap(*law_, u);
        step_ += gap;
        if (step_ > law_->last) {
            step_ = never;
            return;
        }
        count_ = spike_count(*law_, u, gap);
    }

  private:
    static constexpr int never = 1 << 30;

    SYNCACHE_HD void load() {
        step_ = recorded_ == end_ ? never : recorded_->step;
        count_ = recorded_ == end_ ? 0 : recorded_->count;
    }

    // Each Philox block serves two draws.
    SYNCACHE_HD std::uint64_t uniform_word() {
        if (n_drawn_++ % 2 == 1) {
            return spare_;
        }
        const RandomWords block = draw(seed_, Purpose::input_spike, presentation_, source_ << 16 | (n_drawn_ - 1) / 2);
        spare_ = static_cast<std::uint64_t>(block.word[2]) << 32 | block.word[3];
        return static_cast<std::uint64_t>(block.word[0]) << 32 | block.word[1];
    }

    const SpikeLaw* law_;  // null: recorded
    const RecordedSpike* recorded_;
    const RecordedSpike* end_;
    std::uint64_t seed_, presentation_;
    std::uint64_t spare_;
    std::uint32_t source_, n_drawn_;
    std::int32_t step_, count_;
};

}  // namespace SYNCACHE_ISA
}  // namespace syncache::spiking
