#include "host/run/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "host/run/memory_impl.hpp"
#include "kernels/common/random.hpp"

namespace syncache {
namespace {

// A trajectory goes by the place of its first trial, under random bits. Its neighbours in the plan are then no
// neighbours in the sweep, whose axes would otherwise show through in the division: four thresholds dealt to eight
// shards would give each shard one of them.
std::uint64_t name_of_trajectory(std::uint32_t first_place) {
    const RandomWords random = draw(0, Purpose::division_of_work, 0, first_place);
    return std::uint64_t{random.word[0]} << 32 | first_place;
}

}  // namespace

Need whole_need(const Model& model, const Trial& trial, const Tallies& tallies) {
    Need need = model.need(trial);
    const Need records = model.need_of_records(trial, tallies);
    need.state_bytes += records.state_bytes;
    need.work += records.work;
    need.member_work += records.member_work;
    return need;
}

Survey::Survey(const Sweep& sweep, const Tallies& tallies, const Shard& shard) : repeats_(sweep.experiment()) {
    ask_trials(sweep, tallies);
    sort_most_costly_first();
    keep_shard(shard);
}

void Survey::ask_trials(const Sweep& sweep, const Tallies& tallies) {
    if (sweep.size() > std::numeric_limits<std::uint32_t>::max()) {
        throw std::invalid_argument("the sweep has " + std::to_string(sweep.size()) +
                                    " trials; allowed: up to 4294967295");
    }
    // The plan itself must fit, of which sorting takes a part for some time.
    if (const double bytes = 1.5 * static_cast<double>(sweep.size()) * sizeof(Item); bytes > available_bytes()) {
        throw std::invalid_argument(
            fmt::format("the sweep has {} trials, whose plan takes {:.3g} GB; allowed: what fits into the free memory "
                        "of this machine, {:.3g} GB",
                        sweep.size(), bytes / 1e9, available_bytes() / 1e9));
    }
    std::unordered_map<std::string, std::uint32_t> data_index;
    std::unordered_map<std::uint64_t, std::uint32_t> first_place_of;  // of a trajectory's hash
    std::map<std::vector<Value>, std::size_t> place_of;               // where trials may repeat
    items_.reserve(sweep.size());
    for (std::size_t place = 0; place < sweep.size(); ++place) {
        const Trial trial = sweep.trial(place);
        sweep.model().check(trial, tallies);
        repeats_.add(trial);
        if (sweep.may_repeat()) {
            const auto [known, is_new] = place_of.try_emplace(trial.values(), place);
            if (!is_new) {
                throw std::invalid_argument(fmt::format(
                    "points: trials {} and {} of the sweep are the same; allowed: points that do not overlap",
                    known->second + 1, place + 1));
            }
        }
        Need need = whole_need(sweep.model(), trial, tallies);
        const auto [entry, is_new] =
            data_index.try_emplace(std::move(need.data), static_cast<std::uint32_t>(data_.size()));
        if (is_new) {
            data_.emplace_back().first_place = static_cast<std::uint32_t>(place);
        }
        DataSet& data = data_[entry->second];
        data.bytes = std::max(data.bytes, need.data_bytes);
        data.work = std::max(data.work, need.data_work);
        data.longest = std::max(data.longest, need.work);
        auto first_place = static_cast<std::uint32_t>(place);
        if (!need.trajectory.empty()) {
            // Only groups work by likeness: if two names should share a hash, the trainer still tells them apart.
            first_place =
                first_place_of.try_emplace(std::hash<std::string>{}(need.trajectory), first_place).first->second;
        }
        items_.push_back({static_cast<std::uint32_t>(place), entry->second, name_of_trajectory(first_place),
                          static_cast<float>(need.work), static_cast<float>(need.member_work),
                          static_cast<float>(need.state_bytes), static_cast<float>(need.scatter), need.is_bound});
    }
}

std::vector<std::uint32_t> Survey::places_of_data(std::size_t most) const {
    std::vector<std::uint32_t> places;
    for (std::size_t k = 0; k < data_.size() && k < most; ++k) {
        places.push_back(data_[k].first_place);
    }
    return places;
}

// Costly data first, within it costly trajectories first; a trajectory's members together, in the sweep's order.
void Survey::sort_most_costly_first() {
    std::unordered_map<std::uint64_t, float> longest;
    for (const Item& item : items_) {
        float& work = longest[item.trajectory];
        work = std::max(work, item.work);
    }
    for (Item& item : items_) {
        item.longest = longest[item.trajectory];
    }
    std::sort(items_.begin(), items_.end(), [&](const Item& a, const Item& b) {
        return std::tuple(-data_[a.data].longest, a.data, -a.longest, a.trajectory, a.place) <
               std::tuple(-data_[b.data].longest, b.data, -b.longest, b.trajectory, b.place);
    });
}

double Survey::work_beside(const Item* before, const Item& item) {
    return before != nullptr && before->trajectory == item.trajectory ? item.member_work : item.work;
}

// Gives each trajectory, in the order of the items, to the shard with the least work so far: depends on the sweep
// alone.
void Survey::keep_shard(const Shard& shard) {
    if (shard.count == 1) {
        return;
    }
    std::vector<double> load(static_cast<std::size_t>(shard.count), 0.0);
    std::vector<Item> mine;
    std::size_t current = 0;
    for (std::size_t i = 0; i < items_.size(); ++i) {
        const Item* before = i > 0 ? &items_[i - 1] : nullptr;
        if (before == nullptr || before->trajectory != items_[i].trajectory) {
            current = static_cast<std::size_t>(std::min_element(load.begin(), load.end()) - load.begin());
        }
        load[current] += work_beside(before, items_[i]);
        if (current + 1 == static_cast<std::size_t>(shard.index)) {
            mine.push_back(items_[i]);
        }
    }
    items_ = std::move(mine);
}

// Puts one item after the other into batches.
class Survey::Batching {
  public:
    Batching(Plan& plan, const PlanOptions& options) : plan_(plan), options_(options) {}

    void add(const Item& item, const DataSet& data) {
        const bool same_data = before_ != nullptr && before_->data == item.data;
        const bool same_trajectory = before_ != nullptr && before_->trajectory == item.trajectory;
        const double work = work_beside(before_, item) + (same_data ? 0.0 : data.work);
        simulation_bytes_ = (same_trajectory ? simulation_bytes_ : data.bytes) + item.state_bytes;
        if (is_full()) {
            plan_.batches.emplace_back();
            plan_.batches.back().data_bytes = same_data ? data.bytes : 0.0;
        }
        Batch& batch = plan_.batches.back();
        batch.trials.push_back(item.place);
        batch.work += work;
        batch.state_bytes += item.state_bytes;
        batch.scatter = std::max(batch.scatter, static_cast<double>(item.scatter));
        batch.is_bound = batch.is_bound || item.is_bound;
        batch.data_bytes += same_data ? 0.0 : data.bytes;
        batch.peak_bytes = std::max(batch.peak_bytes, simulation_bytes_);
        plan_.work += work;
        plan_.largest_bytes = std::max(plan_.largest_bytes, simulation_bytes_);
        plan_.largest_state = std::max(plan_.largest_state, static_cast<double>(item.state_bytes));
        plan_.largest_data = std::max(plan_.largest_data, data.bytes);
        plan_.n_data_sets += same_data ? 0 : 1;
        plan_.scatter = std::max(plan_.scatter, batch.scatter);
        plan_.is_bound = plan_.is_bound || batch.is_bound;
        before_ = &item;
    }

  private:
    bool is_full() const {
        return plan_.batches.empty() || plan_.batches.back().trials.size() >= options_.most_trials_per_batch ||
               plan_.batches.back().work >= options_.batch_work;
    }

    Plan& plan_;
    const PlanOptions& options_;
    const Item* before_ = nullptr;
    double simulation_bytes_ = 0.0;  // of the trajectory in hand
};

Plan Survey::plan(const PlanOptions& options, const std::function<bool(std::size_t)>& is_done) const {
    Plan plan;
    plan.n_trials = items_.size();
    Batching batching(plan, options);
    for (const Item& item : items_) {
        if (is_done(item.place)) {
            ++plan.n_done;
        } else {
            batching.add(item, data_[item.data]);
        }
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
