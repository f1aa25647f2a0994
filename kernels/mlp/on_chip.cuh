#pragma once

#include "kernels/common/guard.hpp"
#include "kernels/mlp/task.hpp"

namespace syncache::inline SYNCACHE_ISA {

// Weights of a network in the block's shared memory for the length of a launch: the last layers first, which every
// presentation reads twice and whole, and the first one only where all of it fits. Copied, never converted: nothing
// depends on it but speed.
template <class Number>
class OnChip {
  public:
    // Where a layer's arrays are at home, for each layer that moved; declared in shared memory by the kernel.
    struct Homes {
        Number* fixed[max_mlp_layers];
        Number* fading[max_mlp_layers];
    };

    template <class Team>
    __device__ OnChip(Team& team, MlpTask<Number>& task, Homes& homes, std::byte* chip, std::size_t bytes)
        : homes_(homes) {
        std::size_t used = 0;
        for (first_ = task.n_layers; first_ > 0; --first_) {
            MlpLayer<Number>& layer = task.layers[first_ - 1];
            const std::size_t array = (static_cast<std::size_t>(layer.n_synapses) * sizeof(Number) + 15) / 16 * 16;
            const std::size_t needs = task.rule == MlpRule::plain ? array : 2 * array;
            if (used + needs > bytes) {
                break;
            }
            move_in(team, layer.fixed, homes_.fixed[first_ - 1], chip + used, layer.n_synapses);
            if (task.rule != MlpRule::plain) {
                move_in(team, layer.fading, homes_.fading[first_ - 1], chip + used + array, layer.n_synapses);
            }
            used += needs;
        }
    }

    template <class Team>
    __device__ void put_back(Team& team, MlpTask<Number>& task) {
        for (int k = first_; k < task.n_layers; ++k) {
            move_out(team, task.layers[k].fixed, homes_.fixed[k], task.layers[k].n_synapses);
            if (task.rule != MlpRule::plain) {
                move_out(team, task.layers[k].fading, homes_.fading[k], task.layers[k].n_synapses);
            }
        }
    }

  private:
    template <class Team>
    __device__ static void move_in(Team& team, Number*& array, Number*& home, std::byte* chip, int n) {
        const Number* from = array;
        Number* to = reinterpret_cast<Number*>(chip);
        const std::size_t bytes = static_cast<std::size_t>(n) * sizeof(Number);
        end_of_array(to, bytes, (bytes + 15) / 16 * 16);
        team.for_each(n, [=](int i) { to[i] = from[i]; });
        if (team.leader()) {
            home = array;
            array = to;
        }
        team.for_each(0, [](int) {});
    }

    template <class Team>
    __device__ static void move_out(Team& team, Number*& array, Number*& home, int n) {
        const Number* from = array;
        Number* to = home;
        team.for_each(n, [=](int i) { to[i] = from[i]; });
        if (team.leader()) {
            array = home;
        }
        team.for_each(0, [](int) {});
    }

    Homes& homes_;
    int first_ = 0;  // layers from here on are on the chip
};

}  // namespace syncache::inline SYNCACHE_ISA
