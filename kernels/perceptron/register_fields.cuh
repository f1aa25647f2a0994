#pragma once

#include <cstdint>
#include <type_traits>

#include "kernels/common/cuda/prefetch.cuh"
#include "kernels/common/cuda/warp.cuh"
#include "kernels/perceptron/fields.hpp"

// Fields in the registers of a GPU's threads: for teams whose threads are many, CudaTeam and WarpTeam.
namespace syncache::inline SYNCACHE_ISA {

// `n` neighbouring entries of a row of the Gram matrix, which a thread loads at once. Rows begin at multiples of
// `row_alignment` entries and are padded to one.
inline constexpr int row_alignment = 64;
template <int n>
struct alignas(n * sizeof(std::int16_t)) RowChunk {
    std::int16_t value[n];
};

// Where the row of the update that probably comes next is fetched to ahead of time: that of the second error that a
// search finds. It comes next unless the update with the first changes that (nine times in ten; tests/perf/README.md).
enum class Ahead {
    nowhere,
    cache,      // the second-level cache, by the bulk copy engine, of which nothing waits for
    registers,  // a second set of registers
};

// As GramFields, but each thread keeps the fields of `items` patterns, so that a search, whatever it passes, and the
// update after it need one barrier. The row of an update is loaded before the synapses learn and added after.
template <class Number, bool decays, class Team, int items, Ahead ahead>
class RegisterFields {
  public:
    static constexpr int most_patterns = items * Team::n_threads;

    SYNCACHE_TEAM_CODE explicit RegisterFields(const Task<Number>& task) : task_(task) {}

    SYNCACHE_TEAM_CODE void start(Team& team) {
        thread_ = team.thread();
        const Number initial = initial_field(task_);
        SYNCACHE_UNROLL
        for (int k = 0; k < items; ++k) {
            persistent_[k] = initial;
            if constexpr (decays) {
                transient_[k] = Number{};
            }
        }
        if constexpr (decays) {
            make_powers(team, task_);
        }
    }

    SYNCACHE_TEAM_CODE int first_error(Team& team, int begin, int steps) {
        const int n = task_.n_patterns;
        const int shift = steps - begin;
        TwoSmallest mine{n, n};
        SYNCACHE_UNROLL
        for (int k = items - 1; k >= 0; --k) {
            const int p = pattern(k);
            if (p >= begin && p < n && is_error_at(k, p + shift)) {
                mine = {p, mine.first};
            }
        }
        if constexpr (ahead == Ahead::nowhere) {
            return team.smallest(mine.first);
        } else {
            const TwoSmallest found = team.smallest(mine);
            second_ = found.second;
            return found.first;
        }
    }

    SYNCACHE_TEAM_CODE void fetch(Team& team, int q) {
        if (ahead == Ahead::registers && q == in_next_row_) {
            SYNCACHE_UNROLL
            for (int c = 0; c < items / chunk; ++c) {
                row_[c] = next_row_[c];
            }
        } else {
            load(row_, q);
        }
        if (ahead == Ahead::nowhere || second_ >= task_.n_patterns) {
            return;
        }
        if constexpr (ahead == Ahead::registers) {
            load(next_row_, second_);
            in_next_row_ = second_;
        } else if (team.leader()) {
            constexpr std::uint32_t entry_bytes = sizeof(std::int16_t);
            bulk_prefetch(gram_row(task_.view, second_),
                          entry_bytes * static_cast<std::uint32_t>(task_.view.gram_stride));
        }
    }

    SYNCACHE_TEAM_CODE void update(Team&, int q, int steps) {
        const FieldUpdate<Number> change(task_, q);
        const Number faded = decays ? task_.powers[steps] : Number{1};
        Number(&field)[items] = decays ? transient_ : persistent_;
        SYNCACHE_UNROLL
        for (int k = 0; k < items; ++k) {
            const int p = pattern(k);
            if (p < task_.n_patterns) {
                const std::int16_t product = row_[k / chunk].value[k % chunk];
                field[k] = updated_field<decays>(field[k], faded,
                                                 change.shifted() ? change.shifted(product, p) : change.plain(product));
            }
        }
    }

    SYNCACHE_TEAM_CODE void consolidate(Team&) {
        if constexpr (decays) {
            SYNCACHE_UNROLL
            for (int k = 0; k < items; ++k) {
                persistent_[k] += transient_[k];
                transient_[k] = Number{};
            }
        }
    }

  private:
    SYNCACHE_TEAM_CODE bool is_error_at(int k, [[maybe_unused]] int steps) const {
        if constexpr (decays) {
            return is_error<true>(persistent_[k], transient_[k], task_.powers[steps]);
        } else {
            return is_error<false>(persistent_[k], Number{}, Number{});
        }
    }

    // Neighbouring patterns of a thread: with decay two, since each looks up its own power of the decay, and more would
    // make the threads of a warp wait for each other at the same bank of shared memory.
    static constexpr int chunk = decays ? 2 : items < 8 ? items : 8;
    static_assert(items % chunk == 0 && row_alignment % chunk == 0);

    // The thread's k-th pattern; ascending in k.
    SYNCACHE_TEAM_CODE int pattern(int k) const { return (k / chunk * Team::n_threads + thread_) * chunk + k % chunk; }

    // What the thread needs of pattern q's row.
    SYNCACHE_TEAM_CODE void load(RowChunk<chunk> (&row)[items / chunk], int q) const {
        const std::int16_t* from = gram_row(task_.view, q);
        SYNCACHE_UNROLL
        for (int c = 0; c < items / chunk; ++c) {
            if (pattern(c * chunk) < task_.n_patterns) {
                row[c] = *reinterpret_cast<const RowChunk<chunk>*>(from + pattern(c * chunk));
            }
        }
    }

    const Task<Number>& task_;
    int thread_ = 0;
    int second_ = 0;        // error that the last search found; n_patterns: none
    int in_next_row_ = -1;  // whose row is there
    Number persistent_[items];
    Number transient_[items];
    RowChunk<chunk> row_[items / chunk] = {};
    RowChunk<chunk> next_row_[items / chunk] = {};
};

template <class OfTeam, int items, Ahead ahead>
struct FieldsInRegisters {
    static constexpr bool in_memory = false;
    // Blocks that a multiprocessor must hold. That few leave a thread the registers that it needs; unasked, the
    // compiler gives it fewer and puts fields into memory.
    template <class Number>
    static constexpr int least_blocks =
        sizeof(Number) == 8 || (ahead == Ahead::registers && !std::is_integral_v<Number>) ? 2 : 3;
    template <class Number, bool decays>
    using Gram = RegisterFields<Number, decays, OfTeam, items, ahead>;
};

}  // namespace syncache::inline SYNCACHE_ISA
