#pragma once

#include <atomic>
#include <cstdint>

#include "kernels/caching/accounting.hpp"
#include "kernels/caching/caching.hpp"
#include "kernels/caching/threshold_schedule.hpp"
#include "kernels/common/target.hpp"

// The data of MLP trainings (model.md, section 3), as plain structures that a CPU thread and a thread block both read.
//
// State. A layer's synapses are kept as two arrays, `fixed` and `fading`, and the network has one scale g:
//   weight before a presentation = fixed + coupling * g * fading
// With caching, fixed = l, g * fading = s and coupling = 1: a decay of all of s is one multiplication of g, and a
// synapse costs time only when its input is active. Without caching fading is unused. With momentum mu, g * fading is
// mu times the last whole step v, and fixed is where the weight will come to rest, w + v mu / (1 - mu): a gradient adds
// itself to v and 1 / (1 - mu) of itself to fixed, and coupling = -1 / (1 - mu). When g gets small, it is multiplied
// into `fading` and becomes 1 again.
namespace syncache {

inline constexpr int max_mlp_layers = 5;  // four hidden ones and the output

enum class Backprop : std::int32_t { exact, published };
enum class Cost : std::int32_t { mse, cross_entropy };
enum class Group : std::int32_t { neuron, layer, network };  // whose synapses a Policy consolidates together
enum class MlpRule : std::int32_t { plain, momentum, caching };
enum class Order : std::int32_t { file, shuffled, random };  // random: every presentation draws its image

// What makes a network `general` (docs/model.md, section 11). Defaults come first.
enum class Activation : std::int32_t { logistic, relu, leaky_relu, elu };  // of hidden units
enum class Output : std::int32_t { logistic, linear, softmax };
enum class Competition : std::int32_t {  // which synapses may change in a presentation
    none,
    random_units,
    fixed_units,
    fixed_units_by_label,
    largest_error,
    smallest_error,
    largest_change,
    smallest_change,
    largest_weight,
    smallest_weight,
    largest_change_unit,
    largest_weight_unit,
    fixed_synapses,
    first_units,
    static_input
};
enum class Gate : std::int32_t { none, mistakes, memorised_mistakes, low_confidence };  // in which ones any may

// Images as lists of their pixels that are not 0. An input of the network is a pixel less the mean.
template <class Number>
struct ImageView {
    const std::int64_t* begin;   // [image + 1]: where its list begins
    const std::uint16_t* pixel;  // ascending
    const Number* value;         // in (0, 1], or, signed, in [-1, 1]
    const std::int16_t* labels;  // [image]
    std::int64_t n_images;
    double mean;             // 0 unless the images are centred
    std::int32_t is_signed;  // some inputs are negative
};

// What a layer's training adds up, by unit (of every price: [price][stride]); sums over units are taken at checkpoints.
// Each unit has one writer.
struct LayerAccount {
    double* uncached;              // [price][stride]
    double* consolidation;         // [price][stride], caching and momentum only
    double* maintenance;           // [stride]
    double* persistent;            // [stride], if tallied
    double* transient_change[2];   // [stride]: all changes; increases only
    std::int64_t* n_changes;       // [stride]: changes by learning that are not 0
    std::int64_t* n_consolidated;  // [stride]: changes of l that are not 0, caching and momentum only
    double* pending;               // [stride]: sum of |fading|
    std::int64_t* n_moving;        // [stride]: with momentum, how many fading are not 0
    double* by_synapse;            // [synapse]: sum of |change of l|, or null
    std::uint32_t* n_by_synapse;   // [synapse]: changes by learning that are not 0, or null; general networks only
};

// What a layer of a general network has besides; pointers are null where a rule does not need them.
template <class Number>
struct LayerCompetition {
    // Numbers that are no sizes, one before them and one after them.
    static constexpr int n_around_sorted = 2;

    double fraction;            // f
    std::int64_t cut;           // the k of "the k-th smallest", from 0
    std::int32_t n_first;       // first_units: how many of the first hidden layer's units
    const std::uint8_t* units;  // [label or 0][stride], 1 for those that take part: fixed_units, fixed_units_by_label
    const Number* synapses;     // [synapse], 1 or 0: fixed_synapses
    Number* value;              // [input]: active inputs, with 0 for those whose synapses may not change
    Number* sorted;             // [the greater of inputs and units, and n_around_sorted more]
    Number* place;              // [the greater of inputs and units]
    Number* previous;           // [the same]
    Number* next;               // [the same]
    std::int32_t* first;        // [the same]
    std::int32_t* end;          // [the same]
    std::int32_t* not_above;    // [the same]
    Number* last;               // [1]: the last threshold, from where the next one is looked for
    Number* guess;              // [1]: on the CPU, the same for thresholds of changes, in a unit of product_rank.hpp
    double* total[2];           // [stride]: of a first layer with centred inputs, a unit's sums of fixed and of fading
    Number* threshold;          // [stride]: largest_weight_unit
    std::int32_t* n_equal;      // [stride]: how many synapses at the threshold itself belong to the fraction
    Number* learned;            // [stride]: sum of |changes by learning| in this presentation
    Number* n_learned;          // [stride]: how many are not 0
    Number* kept;               // [stride]: the part of `learned` that stays in s
    Number* raised;             // [stride]: the increases of that part
};

// Synapse of `input` onto `unit`: (unit / w) * tile_stride + input * input_stride + unit % w, w the pack's width: 16
// and tiles one after the other on the CPU; 1 and a row for every input on the GPU, where neighbouring threads have
// neighbouring units.
template <class Number>
struct MlpLayer {
    std::int32_t inputs;
    std::int32_t units;
    std::int32_t n_tiles;  // ceil(units / w)
    std::int32_t stride;   // room for units in arrays by unit: n_tiles * w
    std::int32_t tile_stride;
    std::int32_t input_stride;
    std::int32_t n_synapses;  // elements of the arrays by synapse, with padding, which stays 0
    double threshold_factor;  // the layer's threshold is this times the task's
    double learning_rate;
    Number* fixed;          // [synapse]
    Number* fading;         // [synapse]
    const Number* initial;  // [synapse]
    Number* activity;       // [stride]
    Number* delta;          // [stride]
    Number* handed;         // [stride]: the error that the layer below gets
    Number* step;           // [stride]: learning rate * delta
    Number* peak;           // [stride]: largest |fading| among synapses just changed
    Number* change;         // [stride]: change of the sum of |fading|
    Number* at_once;        // [stride]: sum of |changes| that are consolidated in the same presentation
    Number* fresh;          // [stride]: with momentum, how many synapses have begun to move
    LayerAccount account;
    LayerCompetition<Number> competition;
    // Of a part of a network (part.hpp), the units of the first layer that it has; otherwise simply all units.
    std::int32_t first_unit;
    std::int32_t all_units;
    Number* all_activity;  // [all_units], of which `activity` is the part's own
    double* all_pending;   // [all_units], of which `account.pending` is the part's own
};

// A synapse whose course is recorded, and what is recorded of it in a presentation: s and l after all changes, before
// the decay. Without a cache s is 0.
struct TracedSynapse {
    std::int32_t layer, unit, input;
};
struct TracedWeight {
    double transient, persistent;
};

// A request to stop, from another thread (CPU) or from the host through mapped memory (GPU).
#ifdef __CUDACC__
using MlpStopFlag = const volatile bool*;
#else
using MlpStopFlag = const std::atomic<bool>*;
#endif

// One network, and how it learns.
template <class Number>
struct MlpTask {
    MlpRule rule;
    Policy policy;
    Group group;
    Backprop backprop;
    Cost cost;
    Order order;
    std::uint64_t seed;
    double threshold;
    ThresholdSchedule schedule;
    double decay;  // factor of g in each presentation: the decay of s, or mu
    double coupling;
    Number target_low;
    Number target_high;
    ImageView<Number> images;
    std::int32_t general;  // trained by train<true>; otherwise the eight that follow are at their defaults
    Activation activation;
    Output output;
    std::int32_t bias_unit;  // unit 0 of each hidden layer is 1 for the layer above
    Competition competition;
    Gate gate;
    Number confidence;
    std::int32_t centres;  // inputs are centred
    Number* centred;       // [2 * input]: where inputs are centred, those of an image that is learned
    std::uint8_t* seen;    // [n_seen], by image: bits of `seen` in train.hpp
    std::int64_t n_seen;   // general: images
    std::int32_t n_prices;
    const Price* prices;  // prices[0] is exponent 1, both signs
    std::int32_t tally_persistent;
    std::int32_t n_traced;
    std::int64_t trace_rows;      // presentations that `traces` has room for
    const TracedSynapse* traced;  // [n_traced]
    TracedWeight* traces;         // [presentation of this call][n_traced]
    std::int32_t n_layers;
    MlpLayer<Number> layers[max_mlp_layers];
    double scale;                // g
    double error_rate;           // running; followed where the threshold depends on it
    std::int64_t presentations;  // so far
    std::int64_t n_learned;      // general: of these, those whose gate was open
    std::int64_t n_distinct;     // general: different images among those
    std::int32_t stopped;        // by request: nothing else is valid
    MlpStopFlag stop;
};

// Sums of one layer at a checkpoint, as if all of s were consolidated now.
struct LayerSums {
    double maintenance, persistent, transient_change[2];
    std::int64_t n_changes, n_consolidated;
    std::int64_t n_net_changes;  // synapses whose weight is not the initial one
};
struct LayerPriced {
    double uncached, minimal, consolidation;
};

inline namespace SYNCACHE_ISA {

template <class Number>
SYNCACHE_HD int synapse_index(const MlpLayer<Number>& layer, int input, int unit, int width) {
    return unit / width * layer.tile_stride + input * layer.input_stride + unit % width;
}

}  // namespace SYNCACHE_ISA
}  // namespace syncache
