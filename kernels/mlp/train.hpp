#pragma once

#include <cstdint>

#include "kernels/mlp/consolidate.hpp"
#include "kernels/mlp/learn_chosen.hpp"
#include "kernels/mlp/order.hpp"
#include "kernels/mlp/trace.hpp"

// Presentations, one after the other (model.md, section 3), and the account at a checkpoint.
namespace syncache::inline SYNCACHE_ISA {

template <class Team, class Number>
SYNCACHE_TEAM_CODE InputTotals input_totals(Team& team, const ActiveInputs<Number>& x) {
    const Number* value = x.value;
    if (x.index != nullptr) {  // none is 0
        const auto sum = team.template sum<double>(x.n, [=](int k) { return static_cast<double>(value[k]); });
        return {sum, x.n};
    }
    const Sums<2, double> both = team.template sums<2, double>(
        x.n, [=](int k) { return Sums<2, double>{{static_cast<double>(value[k]), value[k] != Number{} ? 1.0 : 0.0}}; });
    return {both.value[0], static_cast<std::int64_t>(both.value[1])};
}

// What learning changed at the other prices than the first, and in each synapse, where that is asked for.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void charge_learning_otherwise(Team& team, const MlpTask<Number>& task,
                                                  const MlpLayer<Number>& layer, const ActiveInputs<Number>& x) {
    const LayerAccount& account = layer.account;
    if (task.rule == MlpRule::momentum) {
        return;
    }
    for (int p = 1; p < task.n_prices; ++p) {
        const Price price = task.prices[p];
        const Number* value = x.value;
        const double priced =
            team.template sum<double>(x.n, [=](int k) { return cost_of_change(value[k], Price{price.exponent, 0}); });
        team.for_each(layer.units, [=, &layer](int j) {
            account.uncached[p * layer.stride + j] +=
                cost_of_change(static_cast<double>(layer.step[j]), price) * priced;
        });
    }
    if (task.rule == MlpRule::plain && account.by_synapse != nullptr) {
        team.for_each(layer.n_tiles, [=, &layer](int tile) {
            for (int k = 0; k < x.n; ++k) {
                const int input = x.index != nullptr ? x.index[k] : k;
                const int synapse = tile * layer.tile_stride + input * layer.input_stride;
                for (int lane = 0; lane < pack_width; ++lane) {
                    account.by_synapse[synapse + lane] += magnitude(
                        static_cast<double>(layer.step[tile * pack_width + lane]) * static_cast<double>(x.value[k]));
                }
            }
        });
    }
}

// With momentum every step is the whole of g * fading, in all synapses.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void charge_momentum(Team& team, const MlpTask<Number>& task, const MlpLayer<Number>& layer,
                                        double scale) {
    const LayerAccount& account = layer.account;
    team.for_each(layer.units, [=, &layer](int j) {
        account.uncached[j] += scale * account.pending[j];
        account.n_moving[j] += static_cast<std::int64_t>(layer.fresh[j]);
        account.n_changes[j] += account.n_moving[j];
    });
    const bool each = task.n_prices > 1 || account.by_synapse != nullptr || account.n_by_synapse != nullptr;
    for (int tile = 0; tile < layer.n_tiles && each; ++tile) {
        const auto step = [=, &layer](int i, int lane) {
            return scale * static_cast<double>(layer.fading[tile * layer.tile_stride + i * layer.input_stride + lane]);
        };
        for (int p = 1; p < task.n_prices; ++p) {
            const Price price = task.prices[p];
            sum_over_inputs(
                team, layer.inputs, [=](int i, int lane) { return cost_of_change(step(i, lane), price); },
                [=, &layer](int lane, double sum) {
                    account.uncached[p * layer.stride + tile * pack_width + lane] += sum;
                });
        }
        if (account.by_synapse != nullptr) {
            team.for_each(layer.inputs, [=, &layer](int i) {
                for (int lane = 0; lane < pack_width; ++lane) {
                    account.by_synapse[tile * layer.tile_stride + i * layer.input_stride + lane] +=
                        magnitude(step(i, lane));
                }
            });
        }
        if (account.n_by_synapse != nullptr) {
            team.for_each(layer.inputs, [=, &layer](int i) {
                for (int lane = 0; lane < pack_width; ++lane) {
                    account.n_by_synapse[tile * layer.tile_stride + i * layer.input_stride + lane] +=
                        step(i, lane) != 0.0 ? 1U : 0U;
                }
            });
        }
    }
}

// After the consolidation: changes of s that stayed in s, and the maintenance of s.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void charge_cache(Team& team, const MlpLayer<Number>& layer, double scale, double input_sum) {
    const LayerAccount& account = layer.account;
    team.for_each(layer.n_tiles, [=, &layer](int tile) {
        const int first = tile * pack_width;
        const Pack<double> step = widened(load(layer.step + first)), zero = splat(0.0);
        const Pack<double> all = magnitude(step) * splat(input_sum);
        const Pack<double> stays =
            larger(zero, all - widened(load(layer.at_once + first)));  // the sums round differently
        add_to(account.transient_change[0] + first, stays);
        add_to(account.transient_change[1] + first, where(exceeds(step, zero), stays, zero));
        add_to(account.maintenance + first, splat(scale) * load(account.pending + first));
        store(layer.at_once + first, splat(Number{}));
    });
}

// Sum of |l| of every unit; with momentum l is the whole weight. Looks at every synapse.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void charge_persistent(Team& team, const MlpTask<Number>& task, const MlpLayer<Number>& layer,
                                          double scale) {
    const double factor = task.rule == MlpRule::momentum ? task.coupling * scale * task.decay : 0.0;
    for (int tile = 0; tile < layer.n_tiles; ++tile) {
        sum_over_inputs(
            team, layer.inputs,
            [=, &layer](int i, int lane) {
                const int synapse = tile * layer.tile_stride + i * layer.input_stride + lane;
                const double fixed = static_cast<double>(layer.fixed[synapse]);
                return magnitude(factor == 0.0 ? fixed : fixed + factor * static_cast<double>(layer.fading[synapse]));
            },
            [=, &layer](int lane, double sum) { layer.account.persistent[tile * pack_width + lane] += sum; });
    }
}

// Whether the largest output, the first of equal ones, is not the label's; a NaN is an error.
template <class Team, class Number>
SYNCACHE_TEAM_CODE bool is_error(Team& team, const MlpTask<Number>& task, int label) {
    const MlpLayer<Number>& outputs = task.layers[task.n_layers - 1];
    const Number* y = outputs.activity;
    return team.first_index(0, outputs.units, [=](int j) {
        return j < label ? !(y[label] > y[j]) : !(y[label] >= y[j]);
    }) < outputs.units;
}

// One presentation but for the decay at its end.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void present(Team& team, const MlpTask<Number>& task, std::int64_t image, double scale,
                                double threshold) {
    const ActiveInputs<Number> pixels = image_inputs(task.images, image);
    forward<false>(team, task, pixels, scale);
    backward<false>(team, task, task.images.labels[image], scale);
    Learning<Number> how{scale, static_cast<Number>(1.0 / scale), Number{},
                         task.rule == MlpRule::momentum ? static_cast<Number>(1.0 / (1.0 - task.decay)) : Number{}};
    double input_sums[max_mlp_layers];
    for (int k = 0; k < task.n_layers; ++k) {
        const MlpLayer<Number>& layer = task.layers[k];
        const ActiveInputs<Number> x = k == 0 ? pixels : inputs_from(task.layers[k - 1]);
        const InputTotals totals = input_totals(team, x);
        input_sums[k] = totals.sum;
        how.limit = limit_of(layer, threshold, scale);
        if (k == 0) {
            learn_layer<false>(team, task, layer, x, how, totals);
        } else {
            learn_layer<true>(team, task, layer, x, how, totals);
        }
        charge_learning_otherwise(team, task, layer, x);
    }
    consolidate_groups(team, task, how, threshold, input_sums);
    for (int k = 0; k < task.n_layers; ++k) {
        if (task.rule == MlpRule::caching) {
            charge_cache(team, task.layers[k], scale, input_sums[k]);
        } else if (task.rule == MlpRule::momentum) {
            charge_momentum(team, task, task.layers[k], scale);
        }
        if (task.tally_persistent != 0) {
            charge_persistent(team, task, task.layers[k], scale);
        }
    }
}

// The same after general learning, or without any.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void charge_cache_of_general(Team& team, const MlpLayer<Number>& layer, double scale, bool learns) {
    const LayerAccount& account = layer.account;
    team.for_each(layer.n_tiles, [=, &layer](int tile) {
        const int first = tile * pack_width;
        if (learns) {
            add_to(account.transient_change[0] + first, widened(load(layer.competition.kept + first)));
            add_to(account.transient_change[1] + first, widened(load(layer.competition.raised + first)));
        }
        add_to(account.maintenance + first, splat(scale) * load(account.pending + first));
    });
}

// What is known of a training image: bits of MlpTask::seen.
namespace seen {
inline constexpr unsigned was_mistaken = 1, was_learned = 2;
}

// Whether learning happens in this presentation, by the outputs as they are; keeps what the gate and the account have
// to know of the image.
template <class Team, class Number>
SYNCACHE_TEAM_CODE bool gate_opens(Team& team, MlpTask<Number>& task, const Presented& now) {
    const unsigned before = task.seen[now.image];
    const Number* y = task.layers[task.n_layers - 1].activity;
    const bool mistaken = task.gate != Gate::none && is_error(team, task, now.label);
    bool opens = task.gate == Gate::none || mistaken;
    if (task.gate == Gate::memorised_mistakes) {
        opens = opens || (before & seen::was_mistaken) != 0;
    } else if (task.gate == Gate::low_confidence) {
        opens = opens || !(y[now.label] >= task.confidence);
    }
    team.for_each(0, [](int) {});  // everyone has read what is known of the image
    if (team.leader()) {
        task.seen[now.image] =
            static_cast<std::uint8_t>(before | (mistaken ? seen::was_mistaken : 0U) | (opens ? seen::was_learned : 0U));
        task.n_learned += opens ? 1 : 0;
        task.n_distinct += opens && (before & seen::was_learned) == 0 ? 1 : 0;
    }
    return opens;
}

// A presentation of a general network but for the decay at its end.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void present_general(Team& team, MlpTask<Number>& task, const Presented& now, double scale,
                                        double threshold) {
    const ActiveInputs<Number> pixels = image_inputs(task.images, now.image);
    forward<true>(team, task, pixels, scale);
    const bool learns = gate_opens(team, task, now);
    if (learns) {
        backward<true>(team, task, now.label, scale);
        Learning<Number> how{scale, static_cast<Number>(1.0 / scale), Number{},
                             task.rule == MlpRule::momentum ? static_cast<Number>(1.0 / (1.0 - task.decay)) : Number{}};
        const InputsToLearn<Number> first = inputs_to_learn(team, task, pixels);
        for (int k = 0; k < task.n_layers; ++k) {
            how.limit = limit_of(task.layers[k], threshold, scale);
            learn_general(team, task, k, k == 0 ? first : inputs_to_learn(task.layers[k - 1]), how, now);
        }
        constexpr double by_synapse[max_mlp_layers] = {};  // general learning has added up what stays in s
        consolidate_groups(team, task, how, threshold, by_synapse);
    }
    for (int k = 0; k < task.n_layers; ++k) {
        const MlpLayer<Number>& layer = task.layers[k];
        if (task.rule == MlpRule::caching) {
            charge_cache_of_general(team, layer, scale, learns);
        } else if (task.rule == MlpRule::momentum) {
            if (!learns) {
                team.for_each(layer.stride, [=, &layer](int j) { layer.fresh[j] = Number{}; });
            }
            charge_momentum(team, task, layer, scale);
        }
        if (task.tally_persistent != 0) {
            charge_persistent(team, task, layer, scale);
        }
    }
}

// The image of presentation t.
template <class Number>
SYNCACHE_HD std::int64_t presented_image(const MlpTask<Number>& task, std::int64_t t) {
    const std::int64_t n = task.images.n_images;
    if (task.order == Order::random) {
        const RandomWords words = draw(task.seed, Purpose::presented_image, static_cast<std::uint64_t>(t), 0);
        return static_cast<std::int64_t>(uniform(words.word[0], words.word[1]) * static_cast<double>(n));
    }
    const std::int64_t epoch = t / n, place = t - epoch * n;
    return task.order == Order::shuffled ? permuted(task.seed, static_cast<std::uint64_t>(epoch), place, n) : place;
}

// The next `n` presentations. Returns early, with task.stopped set, once task.stop is true. general: as the task is.
template <bool general, class Team, class Number>
SYNCACHE_TEAM_INLINE void train(Team& team, MlpTask<Number>& task, std::int64_t n) {
    constexpr double smallest_scale = 0x1p-24;
    constexpr std::int64_t often =
        1 << 16;  // renewed at least so often, so that rounding in the pending sums cannot pile up
    constexpr std::int64_t stop_check = 256;
    const bool fades = task.rule != MlpRule::plain;
    double scale = task.scale, error_rate = task.error_rate;
    const std::int64_t begin = task.presentations;
    bool stopped = false;
    for (std::int64_t t = begin; t < begin + n && !stopped; ++t) {
        bool totals_are_due = (t + 1) % often == 0;
        const std::int64_t image = presented_image(task, t);
        const double threshold = threshold_at(task.schedule, task.threshold, t, error_rate);
        if constexpr (general) {
            present_general(team, task, Presented{t, image, task.images.labels[image]}, scale, threshold);
        } else {
            present(team, task, image, scale, threshold);
        }
        if (task.n_traced > 0) {
            record_traces(team, task, t - begin, scale);
        }
        if (task.schedule.kind == Schedule::error_rate) {
            error_rate = is_error(team, task, task.images.labels[image]) ? after_error(task.schedule, error_rate)
                                                                         : after_right(task.schedule, error_rate, 1);
        }
        scale *= fades ? task.decay : 1.0;
        if (fades && (!(scale >= smallest_scale) || (t + 1) % often == 0)) {
            renew_scale(team, task, scale);
            scale = 1.0;
            totals_are_due = true;
        }
        if constexpr (general) {
            if (has_centred_inputs(task.layers[0]) && totals_are_due) {
                total_layer(team, task.layers[0]);
            }
        }
        if ((t + 1) % stop_check == 0) {
            stopped = team.broadcast(team.leader() && static_cast<bool>(*task.stop));
        }
    }
    if (team.leader()) {
        task.scale = scale;
        task.error_rate = error_rate;
        task.presentations = begin + n;
        task.stopped = stopped ? 1 : 0;
    }
    team.for_each(1, [](int) {});
}

// The sums of a layer as if all of s were consolidated now. priced: [price].
template <class Team, class Number>
SYNCACHE_TEAM_CODE void summarise(Team& team, const MlpTask<Number>& task, const MlpLayer<Number>& layer,
                                  LayerSums* sums, LayerPriced* priced) {
    const LayerAccount& account = layer.account;
    const double scale = task.scale;
    const bool caching = task.rule == MlpRule::caching, plain = task.rule == MlpRule::plain;
    const auto total = [&](const auto* of_unit) {
        return of_unit == nullptr
                   ? 0.0
                   : team.template sum<double>(layer.units, [=](int j) { return static_cast<double>(of_unit[j]); });
    };
    const auto count = [&](const std::int64_t* of_unit) {
        return team.template sum<std::int64_t>(layer.units, [=](int j) { return of_unit[j]; });
    };
    const Number* fading = layer.fading;
    const std::int64_t pending = !caching ? 0 : team.template sum<std::int64_t>(layer.n_synapses, [=](int i) {
        return fading[i] != Number{} ? 1 : 0;
    });
    const double weight_factor = plain ? 0.0 : task.coupling * scale;
    const auto grown_by = [=, &layer](int i) {
        const double fades = plain ? 0.0 : static_cast<double>(fading[i]);
        return static_cast<double>(layer.fixed[i]) + weight_factor * fades - static_cast<double>(layer.initial[i]);
    };
    const LayerSums result{
        total(account.maintenance),
        total(account.persistent),
        {total(account.transient_change[0]), total(account.transient_change[1])},
        count(account.n_changes),
        caching ? count(account.n_consolidated) + pending : count(account.n_changes),
        team.template sum<std::int64_t>(layer.n_synapses, [=](int i) { return grown_by(i) != 0.0 ? 1 : 0; })};
    if (team.leader()) {
        *sums = result;
    }
    for (int p = 0; p < task.n_prices; ++p) {
        const Price price = task.prices[p];
        const Sums<2, double> all = team.template sums<2, double>(layer.n_synapses, [=](int i) {
            const double fades = plain ? 0.0 : static_cast<double>(fading[i]);
            return Sums<2, double>{
                {cost_of_change(grown_by(i), price), caching ? cost_of_change(scale * fades, price) : 0.0}};
        });
        const double uncached = total(account.uncached + p * layer.stride);
        const double consolidated = caching ? total(account.consolidation + p * layer.stride) + all.value[1] : uncached;
        if (team.leader()) {
            priced[p] = LayerPriced{uncached, all.value[0], consolidated};
        }
    }
}

// The weights as they stand: [synapse], for evaluation and for records.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void whole_weights(Team& team, const MlpTask<Number>& task, const MlpLayer<Number>& layer,
                                      Number* weights) {
    const bool fades = task.rule != MlpRule::plain;
    const Number factor = static_cast<Number>(task.coupling * task.scale);
    team.for_each(layer.n_synapses, [=, &layer](int i) {
        weights[i] = fades ? layer.fixed[i] + factor * layer.fading[i] : layer.fixed[i];
    });
}

}  // namespace syncache::inline SYNCACHE_ISA
