#include "host/plan.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string>
#include <unordered_map>

namespace syncache {
namespace {

// A trial as the plan sees it: small, since there may be millions.
struct Item {
    std::uint32_t place;
    std::uint32_t data;  // index of its shared data
    std::uint64_t trajectory;
    float work, member_work, state_bytes;
};

struct DataSet {
    double bytes = 0.0, work = 0.0, longest = 0.0;
};

struct Items {
    std::vector<Item> items;
    std::vector<DataSet> data;
};

Items ask_trials(const Sweep& sweep, const Tallies& tallies) {
    if (sweep.size() > std::numeric_limits<std::uint32_t>::max()) {
        throw std::invalid_argument("the sweep has " + std::to_string(sweep.size()) +
                                    " trials; allowed: up to 4294967295");
    }
    Items all;
    std::unordered_map<std::string, std::uint32_t> data_index;
    all.items.reserve(sweep.size());
    for (std::size_t place = 0; place < sweep.size(); ++place) {
        const Trial trial = sweep.trial(place);
        trial.model().check(trial, tallies);
        const Need need = trial.model().need(trial);
        const auto [entry, is_new] = data_index.emplace(need.data, static_cast<std::uint32_t>(all.data.size()));
        if (is_new) {
            all.data.emplace_back();
        }
        DataSet& data = all.data[entry->second];
        data.bytes = std::max(data.bytes, need.data_bytes);
        data.work = std::max(data.work, need.data_work);
        data.longest = std::max(data.longest, need.work);
        // Only groups work by likeness: if two names should share a hash, the trainer still tells them apart.
        const std::uint64_t trajectory =
            need.trajectory.empty() ? ~static_cast<std::uint64_t>(place) : std::hash<std::string>{}(need.trajectory);
        all.items.push_back({static_cast<std::uint32_t>(place), entry->second, trajectory,
                             static_cast<float>(need.work), static_cast<float>(need.member_work),
                             static_cast<float>(need.state_bytes)});
    }
    return all;
}

// Costly data first, within it costly trajectories first; a trajectory's members together, in the sweep's order.
void sort_most_costly_first(Items& all) {
    std::unordered_map<std::uint64_t, float> longest;
    for (const Item& item : all.items) {
        float& work = longest[item.trajectory];
        work = std::max(work, item.work);
    }
    std::sort(all.items.begin(), all.items.end(), [&](const Item& a, const Item& b) {
        const double data_a = all.data[a.data].longest, data_b = all.data[b.data].longest;
        const float work_a = longest[a.trajectory], work_b = longest[b.trajectory];
        return std::tuple(-data_a, a.data, -work_a, a.trajectory, a.place) <
               std::tuple(-data_b, b.data, -work_b, b.trajectory, b.place);
    });
}

double work_beside(const Item* before, const Item& item) {
    return before != nullptr && before->trajectory == item.trajectory ? item.member_work : item.work;
}

// Gives each trajectory, in the order of `items`, to the shard with the least work so far: depends on the sweep alone.
std::vector<Item> of_shard(const std::vector<Item>& items, const Shard& shard) {
    if (shard.count == 1) {
        return items;
    }
    std::vector<double> load(static_cast<std::size_t>(shard.count), 0.0);
    std::vector<Item> mine;
    std::size_t current = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
        const Item* before = i > 0 ? &items[i - 1] : nullptr;
        if (before == nullptr || before->trajectory != items[i].trajectory) {
            current = static_cast<std::size_t>(std::min_element(load.begin(), load.end()) - load.begin());
        }
        load[current] += work_beside(before, items[i]);
        if (current + 1 == static_cast<std::size_t>(shard.index)) {
            mine.push_back(items[i]);
        }
    }
    return mine;
}

void add_to_batches(Plan& plan, const Item& item, const Item* before, const DataSet& data, const PlanOptions& options) {
    const bool same_data = before != nullptr && before->data == item.data;
    const double work = work_beside(before, item) + (same_data ? 0.0 : data.work);
    if (plan.batches.empty() || plan.batches.back().trials.size() >= options.most_trials_per_batch ||
        plan.batches.back().work >= options.batch_work) {
        plan.batches.emplace_back();
        plan.batches.back().data_bytes = same_data ? data.bytes : 0.0;
    }
    Batch& batch = plan.batches.back();
    batch.trials.push_back(item.place);
    batch.work += work;
    batch.state_bytes += item.state_bytes;
    batch.data_bytes += same_data ? 0.0 : data.bytes;
    plan.work += work;
    plan.largest_state = std::max(plan.largest_state, static_cast<double>(item.state_bytes));
    plan.largest_data = std::max(plan.largest_data, data.bytes);
    plan.n_data_sets += same_data ? 0 : 1;
}

}  // namespace

Plan make_plan(const Sweep& sweep, const Tallies& tallies, const PlanOptions& options,
               const std::function<bool(std::size_t, const Trial&)>& is_done) {
    Items all = ask_trials(sweep, tallies);
    sort_most_costly_first(all);
    const std::vector<Item> mine = of_shard(all.items, options.shard);
    Plan plan;
    plan.n_trials = mine.size();
    const Item* before = nullptr;
    for (const Item& item : mine) {
        if (is_done(item.place, sweep.trial(item.place))) {
            ++plan.n_done;
            continue;
        }
        add_to_batches(plan, item, before, all.data[item.data], options);
        before = &item;
    }
    return plan;
}

double predicted_seconds(double work) {
    constexpr double operations_per_second = 5e9;
    return work / operations_per_second;
}

double predicted_bytes(const Plan& plan, int workers) {
    const double sets = static_cast<double>(std::min<std::size_t>(plan.n_data_sets, static_cast<std::size_t>(workers)));
    return sets * plan.largest_data + workers * plan.largest_state;
}

}  // namespace syncache
