#pragma once

#include <cstdint>
#include <vector>

#include "host/models/spiking/settings.hpp"
#include "kernels/spiking/task.hpp"

namespace syncache::spiking {

// The tables behind a SpikeLaw: when, and how many of, a pool of `pool` neurons spike, each with `probability` in a
// step, in the steps first ... last. Throws nothing; probability lies in [0, 1].
struct SpikeTable {
    SpikeTable() = default;
    SpikeTable(std::int64_t pool, double probability, int first, int last);

    std::vector<std::uint64_t> survival, more;
    std::vector<std::uint16_t> guide;
    int first = 0, last = -1;
};

// The steps t with onset < t dt < offset, of those in a presentation.
struct Window {
    int first, last;
};
Window active_steps(double onset, double offset, double time_step, int steps);

// All tables of one setting of the constants; about 50 kB in double precision.
template <class Number>
struct ConstantTables {
    explicit ConstantTables(const Settings& settings);

    SpikeTable auditory, visual[2], background;
    std::vector<Number> synaptic_powers, input_powers, output_powers;
    Constants<Number> constants;  // the pointers are those of this object's tables
};

extern template struct ConstantTables<float>;
extern template struct ConstantTables<double>;

}  // namespace syncache::spiking
