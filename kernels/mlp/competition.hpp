#pragma once

#include <cstdint>

#include "kernels/common/random.hpp"
#include "kernels/mlp/product_rank.hpp"
#include "kernels/mlp/propagate.hpp"
#include "kernels/mlp/selection.hpp"

// Which synapses may change in a presentation (docs/model.md, section 11): rules on units set their step to 0, rules on
// inputs the value that they count with, and rules on synapses compare a size with a threshold, which is found here.
namespace syncache::inline SYNCACHE_ISA {

// Whether what is at least the number of rank `cut` takes part, or what is at most that.
SYNCACHE_HD bool is_largest(Competition rule) {
    return rule == Competition::largest_error || rule == Competition::largest_change ||
           rule == Competition::largest_weight;
}

// A presentation: the t-th, from 0, of an image with this label.
struct Presented {
    std::int64_t t;
    std::int64_t image;
    int label;
};

// Whether unit j of layer k takes part, by a rule that needs to compare no units.
template <class Number>
SYNCACHE_HD bool unit_takes_part(const MlpTask<Number>& task, int k, int j, const Presented& now) {
    const LayerCompetition<Number>& rule = task.layers[k].competition;
    switch (task.competition) {
        case Competition::random_units: {
            const auto place = static_cast<std::uint32_t>(k) << 16 | static_cast<std::uint32_t>(j);
            const RandomWords words =
                draw(task.seed, Purpose::competing_unit, static_cast<std::uint64_t>(now.t), place);
            return uniform(words.word[0], words.word[1]) < rule.fraction;
        }
        case Competition::fixed_units:
            return rule.units[j] != 0;
        case Competition::fixed_units_by_label:
            return rule.units[now.label * task.layers[k].stride + j] != 0;
        case Competition::first_units:
            return k > 0 || j < rule.n_first;
        case Competition::static_input:
            return k > 0;
        default:
            return true;
    }
}

// The steps of a layer's units, learning rate * delta, or 0 for those that a rule on units leaves out.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void choose_units(Team& team, const MlpTask<Number>& task, int k, const Presented& now) {
    const MlpLayer<Number>& layer = task.layers[k];
    const auto rate = static_cast<Number>(layer.learning_rate);
    const Number* delta = layer.delta;
    Number* step = layer.step;
    const bool by_error =
        (task.competition == Competition::largest_error || task.competition == Competition::smallest_error) &&
        layer.competition.fraction < 1.0;
    if (!by_error) {
        team.for_each(layer.stride,
                      [=, &task](int j) { step[j] = unit_takes_part(task, k, j, now) ? rate * delta[j] : Number{}; });
        return;
    }
    const auto size = [=](int j) { return size_of(delta[j]); };
    const Number threshold = kth_smallest<Number>(team, layer.units, layer.competition.cut, Number{}, size);
    const bool largest = is_largest(task.competition);
    team.for_each(layer.stride, [=](int j) {
        const bool chosen = largest ? !(size(j) < threshold) : !(size(j) > threshold);
        step[j] = chosen ? rate * delta[j] : Number{};
    });
}

// The active inputs of a layer as they count for its learning: 0 where a rule leaves all synapses from there out.
template <class Team, class Number>
SYNCACHE_TEAM_CODE ActiveInputs<Number> choose_inputs(Team& team, const MlpTask<Number>& task, int k,
                                                      const ActiveInputs<Number>& x) {
    const LayerCompetition<Number>& rule = task.layers[k].competition;
    const Number* from = x.value;
    Number* value = rule.value;
    if (task.competition == Competition::first_units && k > 0) {
        const int n = rule.n_first;
        team.for_each(x.n, [=](int i) { value[i] = i < n ? from[i] : Number{}; });
        return {x.index, value, x.n};
    }
    // All changes of a unit are one step times the inputs, so the largest ones are those of the largest inputs. Of
    // equal ones the first take part; inputs that are 0 change nothing and are the smallest.
    const std::int64_t n_chosen = task.layers[k].inputs - rule.cut;
    if (task.competition == Competition::largest_change_unit && n_chosen < x.n) {
        const auto size = [=](int i) { return size_of(from[i]); };
        const Number threshold = kth_smallest<Number>(team, x.n, x.n - n_chosen, Number{}, size);
        const int n_above = team.template sum<int>(x.n, [=](int i) { return size(i) > threshold ? 1 : 0; });
        const std::int64_t n_equal = n_chosen - n_above;
        team.for_each(x.n, [=](int i) {
            bool chosen = size(i) > threshold;
            if (size(i) == threshold) {
                std::int64_t before = 0;
                for (int j = 0; j < i; ++j) {
                    before += size(j) == threshold ? 1 : 0;
                }
                chosen = before < n_equal;
            }
            value[i] = chosen ? from[i] : Number{};
        });
        return {x.index, value, x.n};
    }
    return x;
}

// Sorts n numbers by their sizes into `sorted`, ascending: each is put where it belongs by counting.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void sort_sizes(Team& team, const Number* numbers, int n, Number* sorted) {
    team.for_each(n, [=](int i) {
        const Number size = size_of(numbers[i]);
        int rank = 0;
        for (int j = 0; j < n; ++j) {
            const Number other = size_of(numbers[j]);
            rank += other < size || (other == size && j < i) ? 1 : 0;
        }
        sorted[rank] = size;
    });
}

// The k-th smallest size of the products of n_rows numbers with n_columns sorted sizes. In each row the products that
// are not above a number come first, so rows are searched, not the products.
template <class Team, class Number>
SYNCACHE_TEAM_CODE Number kth_smallest_product(Team& team, const Number* rows, int n_rows, const Number* columns,
                                               int n_columns, std::int64_t k, const LayerCompetition<Number>& room) {
    std::int32_t *first = room.first, *end = room.end, *not_above = room.not_above;  // of each row
    team.for_each(n_rows, [=](int r) {
        first[r] = 0;
        end[r] = n_columns;
    });
    Bracket<Number> bracket(static_cast<std::int64_t>(n_rows) * n_columns);
    Probes<Number> probes(*room.last);
    while (!bracket.is_found()) {
        const OrderOf<Number> probe = probes.next(bracket, k);
        const auto limit = std::bit_cast<Number>(probe);
        const std::int64_t n = team.template sum<std::int64_t>(n_rows, [=](int r) {
            const Number row = size_of(rows[r]);
            std::int32_t low = first[r], high = end[r];
            while (low < high) {
                const std::int32_t middle = low + (high - low) / 2;
                const bool above = row * columns[middle] > limit;
                high = above ? middle : high;
                low = above ? low : middle + 1;
            }
            not_above[r] = low;
            return static_cast<std::int64_t>(low);
        });
        std::int32_t*& replaced = n > k ? end : first;
        std::int32_t* const unused = replaced;
        replaced = not_above;
        not_above = unused;
        bracket.narrow(probe, n, k);
        if (bracket.n_within - bracket.n_below == 1 && !bracket.is_found()) {  // one product is left
            return static_cast<Number>(team.template sum<double>(n_rows, [=](int r) {
                const Number row = size_of(rows[r]);
                return end[r] > first[r] ? static_cast<double>(row * columns[first[r]]) : 0.0;
            }));
        }
    }
    return std::bit_cast<Number>(bracket.low);
}

#ifdef SYNCACHE_ONE_LANE

// The k-th smallest size of the products of a layer's steps and of inputs.
template <class Team, class Number>
SYNCACHE_TEAM_CODE Number kth_smallest_change(Team& team, const MlpLayer<Number>& layer, const ActiveInputs<Number>& x,
                                              std::int64_t k) {
    const bool fewer_units = layer.units < x.n;
    const Number *shorter = fewer_units ? layer.step : x.value, *longer = fewer_units ? x.value : layer.step;
    const int n_shorter = fewer_units ? layer.units : x.n, n_longer = fewer_units ? x.n : layer.units;
    sort_sizes(team, shorter, n_shorter, layer.competition.sorted);
    return kth_smallest_product(team, longer, n_longer, layer.competition.sorted, n_shorter, k, layer.competition);
}

#else

template <class Number>
inline Number kth_smallest_change(CpuTeam&, const MlpLayer<Number>& layer, const ActiveInputs<Number>& x,
                                  std::int64_t k) {
    return kth_smallest_of_products(layer.step, layer.units, x.value, x.n, k, layer.competition);
}

#endif

// The change at rank `cut` among all synapses of a layer.
template <class Team, class Number>
SYNCACHE_TEAM_CODE Number threshold_of_changes(Team& team, const MlpLayer<Number>& layer,
                                               const ActiveInputs<Number>& x) {
    const std::int64_t n_zero = static_cast<std::int64_t>(layer.inputs - x.n) * layer.units;
    const std::int64_t k = layer.competition.cut - n_zero;
    return k < 0 ? Number{} : kth_smallest_change(team, layer, x, k);
}

// For the next search.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void remember(Team& team, const MlpLayer<Number>& layer, Number threshold) {
    if (team.leader()) {
        *layer.competition.last = threshold;
    }
}

// The size of weight at rank `cut` among all synapses of a layer, before the presentation's changes. factor: coupling *
// g.
template <class Team, class Number>
SYNCACHE_TEAM_CODE Number threshold_of_weights(Team& team, const MlpTask<Number>& task, const MlpLayer<Number>& layer,
                                               Number factor) {
    const bool fades = task.rule != MlpRule::plain;
    const int padding = layer.n_synapses - layer.inputs * layer.units;  // 0, the smallest
    const std::int64_t k = layer.competition.cut + padding;
    const Number *fixed = layer.fixed, *fading = layer.fading, guess = *layer.competition.last;
    if (!fades) {
        return kth_smallest<Number>(team, layer.n_synapses, k, guess, [=](int i) { return size_of(fixed[i]); });
    }
    return kth_smallest<Number>(team, layer.n_synapses, k, guess,
                                [=](int i) { return size_of(fixed[i] + factor * fading[i]); });
}

// Those of a pack of units.
template <class Number>
SYNCACHE_HD Pack<Number> sizes_of_weights(const MlpLayer<Number>& layer, bool fades, Number factor, int synapse) {
    const Pack<Number> fixed = load(layer.fixed + synapse);
    return magnitude(fades ? fixed + splat(factor) * load(layer.fading + synapse) : fixed);
}

// The search of one unit among its own weights.
template <class Number>
class SearchOfUnit {
  public:
    SYNCACHE_HD void begin(std::int64_t n, Number guess) {
        bracket_ = Bracket<Number>(n);
        probes_ = Probes<Number>(guess);
    }
    // The number to count up to; once it is found, that.
    SYNCACHE_HD Number probe(std::int64_t k) {
        probe_ = bracket_.is_found() ? bracket_.low : probes_.next(bracket_, k);
        return std::bit_cast<Number>(probe_);
    }
    // n: how many are not above the probe. Whether it goes on.
    SYNCACHE_HD bool learn(std::int64_t n, std::int64_t k) {
        if (!bracket_.is_found()) {
            bracket_.narrow(probe_, n, k);
        }
        return !bracket_.is_found();
    }
    SYNCACHE_HD Number result() const { return std::bit_cast<Number>(bracket_.low); }
    SYNCACHE_HD std::int64_t n_not_above() const { return bracket_.n_within; }

  private:
    Bracket<Number> bracket_{0};
    Probes<Number> probes_{Number{}};
    OrderOf<Number> probe_ = 0;
};

// The same for each unit by itself, and how many of the synapses with just that size belong to the fraction.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void thresholds_of_units(Team& team, const MlpTask<Number>& task, const MlpLayer<Number>& layer,
                                            Number factor) {
    const bool fades = task.rule != MlpRule::plain;
    const std::int64_t k = layer.competition.cut;
    team.for_each(layer.n_tiles, [=, &layer](int tile) {
        const int first = tile * pack_width;
        Number* thresholds = layer.competition.threshold + first;
        // Of each unit, how many sizes are not above its probe.
        const auto count = [&](const Number* limits, Number* counts) {
            const Pack<Number> zero = splat(Number{}), one = splat(Number{1}), limit = load(limits);
            Pack<Number> n = zero;
            for (int i = 0; i < layer.inputs; ++i) {
                const int synapse = tile * layer.tile_stride + i * layer.input_stride;
                n = n + where(exceeds(sizes_of_weights(layer, fades, factor, synapse), limit), zero, one);
            }
            store(counts, n);
        };
        SearchOfUnit<Number> units[pack_width];
        for (int lane = 0; lane < pack_width; ++lane) {
            units[lane].begin(layer.inputs, thresholds[lane]);
        }
        alignas(64) Number limits[pack_width], counts[pack_width];
        bool searches = true;
        while (searches) {
            for (int lane = 0; lane < pack_width; ++lane) {
                limits[lane] = units[lane].probe(k);
            }
            count(limits, counts);
            searches = false;
            for (int lane = 0; lane < pack_width; ++lane) {
                searches = units[lane].learn(static_cast<std::int64_t>(counts[lane]), k) || searches;
            }
        }
        for (int lane = 0; lane < pack_width; ++lane) {
            thresholds[lane] = units[lane].result();
            layer.competition.n_equal[first + lane] = static_cast<std::int32_t>(units[lane].n_not_above() - k);
        }
    });
}

}  // namespace syncache::inline SYNCACHE_ISA
