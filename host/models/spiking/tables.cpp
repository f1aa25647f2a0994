#include "host/models/spiking/tables.hpp"

#include <math.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace syncache::spiking {
namespace {

constexpr std::uint64_t one = std::numeric_limits<std::uint64_t>::max();  // as near to 2^64 as there is

// 2^64 times a probability.
std::uint64_t fixed_point(long double probability) {
    const long double scaled = std::round(probability * 0x1p64L);
    return scaled >= 0x1p64L ? one : static_cast<std::uint64_t>(std::fmax(scaled, 0.0L));
}

// std::lgamma also writes a variable that all threads share.
long double log_gamma(long double x) {
    int sign = 0;
    return lgammal_r(x, &sign);
}

// P(count > c + 1) / P(count > 0) for c = 0, 1, ... of binomial(pool, p).
std::vector<std::uint64_t> conditional_tail(std::int64_t pool, long double p) {
    std::vector<long double> mass(static_cast<std::size_t>(pool) + 1);
    for (std::size_t k = 0; k < mass.size(); ++k) {
        const long double count = static_cast<long double>(k), n = static_cast<long double>(pool);
        const long double ways = log_gamma(n + 1) - log_gamma(count + 1) - log_gamma(n - count + 1);
        mass[k] = p == 1.0L ? (count == n ? 1.0L : 0.0L)
                            : std::exp(ways + count * std::log(p) + (n - count) * std::log1p(-p));
    }
    std::vector<long double> tail(mass.size() + 1, 0.0L);  // P(count >= k), the small terms first
    for (std::size_t k = mass.size(); k-- > 0;) {
        tail[k] = tail[k + 1] + mass[k];
    }
    std::vector<std::uint64_t> result;
    for (std::size_t k = 2; k < mass.size(); ++k) {
        result.push_back(fixed_point(tail[k] / tail[1]));
        if (result.back() == 0) {
            break;
        }
    }
    return result;
}

template <class Number>
std::vector<Number> powers(double decay, int n) {
    std::vector<Number> table(static_cast<std::size_t>(n) + 1);
    for (std::size_t k = 0; k < table.size(); ++k) {
        table[k] = static_cast<Number>(std::pow(static_cast<long double>(decay), static_cast<long double>(k)));
    }
    return table;
}

SpikeLaw law_of(const SpikeTable& table) {
    return {table.survival.data(),
            table.guide.data(),
            table.more.data(),
            static_cast<std::int32_t>(table.survival.empty() ? 0 : table.survival.size() - 1),
            static_cast<std::int32_t>(table.more.size()),
            table.first,
            table.last};
}

}  // namespace

SpikeTable::SpikeTable(std::int64_t pool, double probability, int first_step, int last_step)
    : first(first_step), last(last_step) {
    if (pool == 0 || probability == 0.0 || last < first) {
        return;
    }
    const long double p = probability;
    const long double log_silent = static_cast<long double>(pool) * std::log1p(-p);  // of one step; -infinity for p = 1
    const int never = last - first + 2;
    survival.push_back(one);
    for (int k = 1; k < never && survival.back() > 0; ++k) {
        survival.push_back(fixed_point(std::exp(static_cast<long double>(k) * log_silent)));
    }
    if (survival.back() > 0) {
        survival.push_back(0);  // beyond the last step
    }
    guide.resize(256);
    for (std::size_t byte = 0; byte < guide.size(); ++byte) {
        const std::uint64_t largest = (static_cast<std::uint64_t>(byte) << 56) | (one >> 8);
        std::size_t k = 1;
        while (largest < survival[k]) {
            ++k;
        }
        guide[byte] = static_cast<std::uint16_t>(std::min<std::size_t>(k, std::numeric_limits<std::uint16_t>::max()));
    }
    more = conditional_tail(pool, p);
}

Window active_steps(double onset, double offset, double time_step, int steps) {
    constexpr double rounding = 1e-9;  // a quotient this close to a whole number is that number
    const int first = static_cast<int>(std::floor(onset / time_step + rounding)) + 1;
    const int last = static_cast<int>(std::ceil(offset / time_step - rounding)) - 1;
    return {first, std::min(last, steps - 1)};
}

template <class Number>
ConstantTables<Number>::ConstantTables(const Settings& s) {
    const int steps = s.steps();
    const Window heard = active_steps(s.auditory_onset, s.auditory_offset, s.time_step, steps);
    const Window seen = active_steps(s.visual_onset, s.visual_offset, s.time_step, steps);
    auditory = SpikeTable(s.auditory_pool, s.auditory_rate * s.time_step, heard.first, heard.last);
    for (const int target : {0, 1}) {
        const auto pool = static_cast<std::int64_t>(static_cast<double>(s.visual_pool) * s.visual_ratio(target));
        visual[target] = SpikeTable(pool, s.visual_rate * s.time_step, seen.first, seen.last);
    }
    background = SpikeTable(s.background_pool, s.background_rate * s.time_step, 0, steps - 1);
    const double synaptic_decay = 1.0 - s.time_step / s.synaptic_time;
    synaptic_powers = powers<Number>(synaptic_decay, steps);
    input_powers = powers<Number>(1.0 - s.time_step / s.depression_time, steps);
    output_powers = powers<Number>(1.0 - s.time_step / s.potentiation_time, steps);

    const double scale = s.time_step / s.membrane_capacitance;
    const double depression = s.depression_ratio * s.potentiation_amplitude * s.potentiation_time / s.depression_time;
    const auto number = [](double value) { return static_cast<Number>(value); };
    constants.leak = number(1.0 - s.leak_conductance * scale);
    constants.excitatory_drive = number(s.excitatory_reversal - s.leak_reversal);
    constants.adaptation_drive = number(s.adaptation_reversal - s.leak_reversal);
    constants.threshold = number(s.spike_threshold - s.leak_reversal);
    constants.adaptation_step = number(s.adaptation_increment * scale);
    constants.adaptation_decay = number(1.0 - s.time_step / s.adaptation_time);
    constants.scale = number(scale);
    constants.visual_step = number(s.visual_conductance * scale);
    constants.background_step = number(s.background_conductance * scale);
    constants.synaptic_decay = number(synaptic_decay);
    constants.potentiation = number(s.stdp_size * s.potentiation_amplitude);
    constants.depression = number(s.stdp_size * depression);
    constants.max_conductance = number(s.max_conductance);
    constants.synaptic_powers = synaptic_powers.data();
    constants.input_powers = input_powers.data();
    constants.output_powers = output_powers.data();
    constants.leak_reversal = s.leak_reversal;
    constants.steps = steps;
    constants.inputs = static_cast<std::int32_t>(s.auditory_inputs);
    constants.auditory_law = law_of(auditory);
    constants.visual_law[0] = law_of(visual[0]);
    constants.visual_law[1] = law_of(visual[1]);
    constants.background_law = law_of(background);
}

template struct ConstantTables<float>;
template struct ConstantTables<double>;

}  // namespace syncache::spiking
