#pragma once

#include "kernels/spiking/neuron.hpp"
#include "kernels/spiking/task.hpp"

// Caching of the plastic conductances and what it costs (model.md, section 1). An update is the change of g_A in one
// step; after it the policies decide what is consolidated. Decay and maintenance go by presentations: s decays and is
// then paid for at the start of each.
namespace syncache::spiking {
inline namespace SYNCACHE_ISA {

// Keeps the account of one presentation.
template <class Number>
class Ledger {
  public:
    SYNCACHE_HD Ledger(Task<Number>& task, const Pattern& pattern) : task_(task), pattern_(pattern) {}

    // The start of a presentation: s decays, and what is left of it is maintained.
    SYNCACHE_HD void open() {
        const int n = task_.constants->inputs;
        for (int m = 0; m < task_.book_shape.n_members; ++m) {
            const Member<Number>& member = task_.members[m];
            if (task_.decay != 1.0) {
                const Number decay = static_cast<Number>(task_.decay);
                for (int i = 0; i < n; ++i) {
                    const Number left = member.transient[i] * decay;
                    task_.conductance[i] += left - member.transient[i];
                    member.transient[i] = left;
                }
            }
            double* sums = member_sums(m);
            if (member.policy != Policy::immediate) {
                sums[Book::maintenance] += sum_of_magnitudes(member.transient, n);
            }
            if (task_.tally_persistent != 0) {
                for (int i = 0; i < n; ++i) {
                    sums[Book::persistent] +=
                        static_cast<double>(magnitude(task_.conductance[i] - member.transient[i]));
                }
            }
            for (int k = 0; k < 2 * max_active; ++k) {
                member.fresh[k] = 0.0;
            }
        }
    }

    // Active input k's conductance changed by learning; k < 0: all changes of this step are in.
    SYNCACHE_HD void operator()(int k, Number change) {
        if (k < 0) {
            if (changed_) {
                task_.book[Book::updates] += 1.0;
                consolidate_all();
            }
            changed_ = false;
            return;
        }
        changed_ = true;
        const double by = static_cast<double>(change);
        for (int p = 0; p < task_.book_shape.n_prices; ++p) {
            task_.book[priced_at(task_.book_shape, p) + Book::uncached] += cost_of_change(by, task_.prices[p]);
        }
        for (int m = 0; m < task_.book_shape.n_members; ++m) {
            const Member<Number>& member = task_.members[m];
            member.transient[pattern_.active[k]] += change;
            member.fresh[2 * k] += magnitude(by);
            member.fresh[2 * k + 1] += by > 0.0 ? by : 0.0;
        }
    }

    // The end of a presentation: its transient changes that were not consolidated in it.
    SYNCACHE_HD void close() {
        for (int m = 0; m < task_.book_shape.n_members; ++m) {
            double* sums = member_sums(m);
            for (int k = 0; k < pattern_.n_active; ++k) {
                sums[Book::transient_change] += task_.members[m].fresh[2 * k];
                sums[Book::transient_change + 1] += task_.members[m].fresh[2 * k + 1];
            }
        }
    }

  private:
    SYNCACHE_HD double* member_sums(int m) { return task_.book + member_at(task_.book_shape, m); }

    SYNCACHE_HD static double sum_of_magnitudes(const Number* values, int n) {
        double sum = 0.0;
        for (int i = 0; i < n; ++i) {
            sum += static_cast<double>(magnitude(values[i]));
        }
        return sum;
    }

    SYNCACHE_HD void consolidate_all() {
        for (int m = 0; m < task_.book_shape.n_members; ++m) {
            const Member<Number>& member = task_.members[m];
            // Only a synapse that has just changed can exceed the threshold: the others did not after their last
            // change.
            Number peak{};
            for (int k = 0; k < pattern_.n_active; ++k) {
                const Number size = magnitude(member.transient[pattern_.active[k]]);
                peak = size > peak ? size : peak;
            }
            const Number pending =
                member.policy == Policy::global_global
                    ? static_cast<Number>(sum_of_magnitudes(member.transient, task_.constants->inputs))
                    : Number{};
            if (triggers(member.policy, peak, pending, member.threshold)) {
                consolidate(m, member);
            }
        }
    }

    SYNCACHE_HD void consolidate(int m, const Member<Number>& member) {
        const bool whole = member.policy == Policy::local_global || member.policy == Policy::global_global;
        const int n = whole ? task_.constants->inputs : pattern_.n_active;
        double* sums = member_sums(m) + Book::consolidation;
        for (int at = 0; at < n; ++at) {
            const int i = whole ? at : pattern_.active[at];
            const Number s = member.transient[i];
            if (!takes_part(member.policy, s, member.threshold)) {
                continue;
            }
            for (int p = 0; p < task_.book_shape.n_prices; ++p) {
                sums[p] += cost_of_change(static_cast<double>(s), task_.prices[p]);
            }
            member.transient[i] = Number{};
            if (!whole) {
                member.fresh[2 * at] = member.fresh[2 * at + 1] = 0.0;
            }
        }
        for (int k = 0; whole && k < 2 * max_active; ++k) {
            member.fresh[k] = 0.0;
        }
    }

    Task<Number>& task_;
    const Pattern& pattern_;
    bool changed_ = false;
};

}  // namespace SYNCACHE_ISA
}  // namespace syncache::spiking
