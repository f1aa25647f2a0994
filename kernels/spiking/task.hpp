#pragma once

#include <cstdint>

#include "kernels/caching/accounting.hpp"
#include "kernels/caching/caching.hpp"
#include "kernels/common/target.hpp"

// The data of spiking neurons' trainings (model.md, section 4), as plain structures that a CPU thread and a GPU thread
// read alike.
namespace syncache::spiking {

inline constexpr int max_active = 8;  // auditory inputs that one pattern can activate

// Sources of input spikes: the background, the visual input, then the auditory inputs.
inline constexpr std::uint32_t background_source = 0;
inline constexpr std::uint32_t visual_source = 1;
inline constexpr std::uint32_t first_auditory_source = 2;

// When a pool of neurons spikes, and how many of them, as tables in 64-bit fixed point (spike_law.hpp).
struct SpikeLaw {
    const std::uint64_t* survival;  // [length + 1]: 2^64 P(no spike in k steps), the last 0
    const std::uint16_t* guide;     // [256]: where in `survival` to look for a number with these first 8 bits
    const std::uint64_t* more;      // [n_more]: 2^64 P(count > c + 1 | count > 0)
    std::int32_t length;            // 0: never spikes
    std::int32_t n_more;
    std::int32_t first, last;  // the steps in which the source is active
};

// One setting of the neuron's constants. The voltage is counted from E_L. Conductances of the membrane are multiplied
// by dt/C: what fraction of the voltage's distance to its reversal a step closes.
template <class Number>
struct Constants {
    Number leak;                          // 1 - g_L dt/C
    Number excitatory_drive;              // E_ex - E_L, volt
    Number adaptation_drive;              // E_K - E_L, volt
    Number threshold;                     // above E_L, volt
    Number adaptation_step;               // per output spike, times dt/C
    Number adaptation_decay;              // 1 - dt/tau_K
    Number scale;                         // dt/C
    Number visual_step, background_step;  // per spike, times dt/C
    Number synaptic_decay;                // 1 - dt/tau_s
    Number potentiation;                  // of g_A, per unit of an input's trace, siemens
    Number depression;                    // of g_A, per unit of the output's trace, siemens
    Number max_conductance;               // siemens
    const Number* synaptic_powers;        // [steps + 1]: (1 - dt/tau_s)^k
    const Number* input_powers;           // [steps + 1]: (1 - dt/tau_-)^k, of the inputs' traces
    const Number* output_powers;          // [steps + 1]: (1 - dt/tau_+)^k, of the output's trace
    double leak_reversal;                 // E_L, volt
    std::int32_t steps;                   // in a presentation
    std::int32_t inputs;                  // auditory
    SpikeLaw auditory_law;
    SpikeLaw visual_law[2];  // by the pattern's target
    SpikeLaw background_law;
};

struct Pattern {
    std::int32_t n_active;
    std::int32_t active[max_active];  // distinct auditory inputs
    std::int32_t target;              // 0 or 1: which visual rate
};

// Recorded input spikes, which replace random ones.
struct RecordedSpike {
    std::int32_t step;
    std::int32_t count;
};
struct Recording {
    const RecordedSpike* spikes;  // null: spikes are random
    const std::int64_t*
        begin;  // [presentation][max_active + 2] + 1: the pattern's inputs in their order, visual, background
};
inline constexpr int recorded_trains = max_active + 2;

// One variant and threshold. Without decay any number of members share one trajectory; with decay there is one.
template <class Number>
struct Member {
    Policy policy;
    Number threshold;   // siemens
    Number* transient;  // [input], s; the persistent part is conductance - s
    double* fresh;      // [active][2]: transient changes of this presentation; all, increases only
};

// The sums of a training at one moment, as doubles in one row (counts are exact): those of the trajectory, two for each
// price, then each member's.
struct Book {
    static constexpr int updates = 0, output_spikes = 1, priced = 2;
    static constexpr int uncached = 0, minimal = 1, per_price = 2;
    static constexpr int maintenance = 0, persistent = 1, transient_change = 2, consolidation = 4;
    std::int32_t n_prices, n_members;
};

// How a training ended.
struct Ending {
    std::int32_t finished;
    std::int32_t converged;
    std::int64_t runs;            // made in all
    std::int64_t runs_to_result;  // after which the results were taken
};

inline constexpr int presentation_columns = 8;  // as in exports
inline constexpr int run_columns =
    7;  // run, updates, output_spikes, uncached, minimal, maintenance_sum, consolidation; cumulative

// One trajectory to train, its state and its results.
template <class Number>
struct Task {
    const Constants<Number>* constants;
    std::uint64_t seed;
    Recording recording;
    const Pattern* patterns;
    std::int32_t n_patterns;
    std::int32_t max_runs;
    std::int32_t convergence_runs;
    std::int32_t play_all;       // go on to max_runs after convergence: a recording is played to its end
    double convergence_range;    // siemens: how far from its mean a converged conductance stays
    double decay;                // of s, per presentation; 1 = none
    double initial_conductance;  // siemens
    std::int32_t tally_persistent;
    Book book_shape;
    const Price* prices;      // prices[0] is exponent 1, both signs
    Member<Number>* members;  // [member]
    // State, of which nothing needs to be set: `advance` starts at run 0, pattern 0.
    std::int32_t run, pattern;
    Number* conductance;       // [input], g_A
    Number* last_conductance;  // [convergence_runs][input]: at the ends of the last runs
    double* book;              // one row
    double* last_books;        // [convergence_runs] rows: at the ends of the last runs, all of s consolidated
    // Results, of the run at whose end they are taken: the first of those over which the training converged.
    Number* result_conductance;  // [input]
    double* result_book;         // one row
    // Results, of the whole training.
    Number* final_conductance;  // [input]
    double* presentation_rows;  // [max_runs * n_patterns][presentation_columns] or null
    double* run_rows;           // [member][max_runs][run_columns] or null
    Ending ending;
};

inline namespace SYNCACHE_ISA {

SYNCACHE_HD int priced_at(const Book&, int price) { return Book::priced + price * Book::per_price; }
SYNCACHE_HD int member_at(const Book& book, int member) {
    return priced_at(book, book.n_prices) + member * (Book::consolidation + book.n_prices);
}
SYNCACHE_HD int book_size(const Book& book) { return member_at(book, book.n_members); }

}  // namespace SYNCACHE_ISA
}  // namespace syncache::spiking
