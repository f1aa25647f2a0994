#pragma once

#include <cmath>
#include <cstdint>

#include "kernels/common/team.hpp"
#include "kernels/perceptron/task.hpp"

// The distribution of transient weights over synapses and presentations (model.md, section 2): only where it is
// recorded.
namespace syncache::inline SYNCACHE_ISA {

// The bin of a transient weight: bin k covers [(k - middle - 1/2) width, (k - middle + 1/2) width).
SYNCACHE_HD int distribution_bin(double transient, double width) {
    constexpr int middle_bin = distribution_bins / 2;
    constexpr double middle = middle_bin;
    const double place = std::floor(transient / width + 0.5);
    return static_cast<int>(middle + std::fmin(std::fmax(place, -middle), middle));
}

template <class Team, class Number>
SYNCACHE_TEAM_CODE void clear_distribution(Team& team, const Task<Number>& task) {
    if (task.distribution != nullptr) {
        unsigned long long* counts = task.distribution;
        team.for_each(task.n_members * distribution_bins, [=](int k) { counts[k] = 0; });
    }
}

// Counts where the transient weights are in the presentations from `first` to `last`, both counted from that of the
// last update: after their decay, before learning, as they are maintained.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void tally_distribution(Team& team, const Task<Number>& task, std::int64_t first,
                                           std::int64_t last) {
    if (task.distribution == nullptr || last < first) {
        return;
    }
    const int n = task.view.inputs + 1;
    const double width = task.distribution_width;
    const std::int64_t presentations = last - first + 1;
    for (int m = 0; m < task.n_members; ++m) {
        const Number* transient = task.members[m].transient;
        unsigned long long* counts = task.distribution + m * distribution_bins;
        if (task.decay == 1.0) {
            team.tally(n, counts, static_cast<unsigned long long>(presentations),
                       [=](int i) { return distribution_bin(static_cast<double>(transient[i]), width); });
            continue;
        }
        for (std::int64_t step = first; step <= last; ++step) {
            const Number fade = task.powers[step];
            team.tally(n, counts, 1,
                       [=](int i) { return distribution_bin(static_cast<double>(fade * transient[i]), width); });
        }
    }
}

// The counts of an epoch, a row for each member; the next epoch starts from none.
template <class Team, class Number>
SYNCACHE_TEAM_CODE void record_distribution(Team& team, const Task<Number>& task) {
    if (task.distribution == nullptr) {
        return;
    }
    for (int m = 0; m < task.n_members; ++m) {
        const Recorder& recorder = task.distribution_records[m];
        const unsigned long long* counts = task.distribution + m * distribution_bins;
        double* row = recorder.rows + recorder.count * distribution_bins;
        const bool has_room = recorder.count < recorder.capacity;
        team.for_each(has_room ? distribution_bins : 0, [=](int k) { row[k] = static_cast<double>(counts[k]); });
        if (team.leader()) {
            ++task.distribution_records[m].count;
        }
    }
    clear_distribution(team, task);
}

}  // namespace syncache::inline SYNCACHE_ISA
