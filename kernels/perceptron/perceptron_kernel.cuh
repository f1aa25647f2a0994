#pragma once

#include <cstddef>

#include "kernels/common/cuda/shared_memory.cuh"
#include "kernels/common/cuda/team.cuh"
#include "kernels/common/cuda/warp_team.cuh"
#include "kernels/common/guard.hpp"
#include "kernels/perceptron/register_fields.cuh"
#include "kernels/perceptron/train.hpp"

// The kernel that trains perceptrons, once for each variant: a team trains one trajectory after the other.
namespace syncache {

// All trajectories of one launch. Their tasks' state pointers are set by the team that takes them.
template <class Number>
struct Launch {
    const Task<Number>* tasks;
    int n_tasks;
    int* queue;        // next task to take
    std::byte* slots;  // [team][slot_bytes], or null: the state lies in shared memory
    std::size_t slot_bytes;
    Number* const* weights;  // [task]: [member][inputs + 1], or null
};

// A kernel and what its launch has to know.
template <class Number>
struct PerceptronKernel {
    void (*function)(Launch<Number>);
    int teams_per_block;
    bool fields_in_memory;
};

// The variants' kernels, each in a file of its own, which compile in parallel.
template <class Number>
PerceptronKernel<Number> block_kernel();
template <class Number>
PerceptronKernel<Number> block_registers_kernel(int n_patterns);
template <class Number>
PerceptronKernel<Number> block_ahead_kernel(Ahead ahead);
template <class Number>
PerceptronKernel<Number> warp_kernel();
template <class Number>
PerceptronKernel<Number> warp_registers_kernel();

template <class Number>
SYNCACHE_HD StateLayout task_layout(const Task<Number>& task, bool fields_in_memory, Policy policy) {
    return state_layout({task.view.inputs, task.n_patterns, task.n_members,
                         fields_in_memory && uses_gram(task.rule, policy, task.decay), task.decay != 1.0,
                         task.has_pathways != 0, sizeof(Number)});
}

template <class Number>
__device__ void guard_state(const Task<Number>& task, const StateLayout& layout, std::byte* memory) {
    const auto patterns = static_cast<std::size_t>(task.n_patterns),
               inputs = static_cast<std::size_t>(task.view.inputs);
    const auto guard = [=](std::size_t begin, std::size_t used, std::size_t end) {
        if (end > begin) {  // the layout has such an array
            end_of_array(memory + begin, used, end - begin);
        }
    };
    begin_layout(memory, layout.total);
    guard(layout.counts, sizeof(std::int32_t) * patterns, layout.persistent_field);
    guard(layout.persistent_field, sizeof(Number) * patterns, layout.transient_field);
    guard(layout.transient_field, sizeof(Number) * patterns, layout.powers);
    guard(layout.powers, sizeof(Number) * (2 * patterns + 1), layout.member_arrays);
    for (std::size_t begin = layout.member_arrays; begin < layout.total; begin += layout.array_stride) {
        guard(begin, sizeof(Number) * (inputs + 1), begin + layout.array_stride);
    }
}

template <class Number>
__device__ void place_state(Task<Number>& task, bool fields_in_memory, std::byte* memory) {
    const StateLayout layout = task_layout(task, fields_in_memory, task.members[0].policy);
    guard_state(task, layout, memory);
    task.counts = reinterpret_cast<std::int32_t*>(memory + layout.counts);
    task.persistent_field = reinterpret_cast<Number*>(memory + layout.persistent_field);
    task.transient_field = reinterpret_cast<Number*>(memory + layout.transient_field);
    task.powers = reinterpret_cast<Number*>(memory + layout.powers);
    for (int m = 0; m < task.n_members; ++m) {
        std::byte* arrays = memory + layout.member_arrays + m * layout.member_stride;
        task.members[m].transient = reinterpret_cast<Number*>(arrays);
        task.members[m].persistent = reinterpret_cast<Number*>(arrays + layout.array_stride);
        if (task.has_pathways != 0) {
            task.members[m].synapse_thresholds = reinterpret_cast<Number*>(arrays + 2 * layout.array_stride);
        }
    }
}

static_assert(may_be_shared<Task<std::int32_t>> && may_be_shared<Task<float>> && may_be_shared<Task<double>>);

// Place: where the fields are, see train(). least_blocks: what Place says; an attribute takes no more than a number.
template <class Team, class Place, class Number, int least_blocks>
__global__ void __launch_bounds__(lanes, least_blocks) perceptron_kernel(Launch<Number> launch) {
    __shared__ typename Team::Scratch scratch[Team::per_block];
    __shared__ Task<Number> tasks[Team::per_block];
    const unsigned place = threadIdx.x / Team::n_threads;
    Team team(scratch[place]);
    Task<Number>& task = tasks[place];
    std::byte* memory = launch.slots == nullptr
                            ? dynamic_shared() + place * launch.slot_bytes
                            : launch.slots + (blockIdx.x * Team::per_block + place) * launch.slot_bytes;
    for (;;) {
        int taken = 0;
        if (team.leader()) {
            taken = atomicAdd(launch.queue, 1);
            if (taken < launch.n_tasks) {
                task = launch.tasks[taken];
                place_state(task, Place::in_memory, memory);
            }
        }
        taken = team.broadcast(taken);
        if (taken >= launch.n_tasks) {
            return;
        }
        train<Place>(team, task);
        if (launch.weights != nullptr && launch.weights[taken] != nullptr) {
            const int n = task.view.inputs + 1;
            for (int m = 0; m < task.n_members; ++m) {
                Number* out = launch.weights[taken] + static_cast<std::size_t>(m) * n;
                const Number* persistent = task.members[m].persistent;
                team.for_each(n, [=](int i) { out[i] = persistent[i]; });
            }
        }
        team.for_each(0, [](int) {});  // the task is done with, in all threads
    }
}

template <class Team, class Place, class Number>
PerceptronKernel<Number> kernel_of() {
    return {perceptron_kernel<Team, Place, Number, Place::template least_blocks<Number>>, Team::per_block,
            Place::in_memory};
}

}  // namespace syncache
