#include "host/run/scheduler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "host/experiment/trial_identity.hpp"
#include "host/run/storing_impl.hpp"
#include "host/run/thread_impl.hpp"
#include "kernels/common/cuda/cuda_error.hpp"

namespace syncache {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// The batches in their order; workers take from the front.
class BatchQueue {
  public:
    explicit BatchQueue(const std::vector<Batch>& batches) : batches_(batches) {}

    // The next batches, joined, up to the limits but at least one; nothing when none are left.
    std::optional<Batch> take(std::size_t most_trials, double most_bytes) {
        const std::lock_guard lock(mutex_);
        if (next_ == batches_.size()) {
            return std::nullopt;
        }
        Batch joined = batches_[next_++];
        while (next_ < batches_.size()) {
            const Batch& batch = batches_[next_];
            const double bytes = joined.data_bytes + joined.state_bytes + batch.data_bytes + batch.state_bytes;
            if (joined.trials.size() + batch.trials.size() > most_trials || bytes > most_bytes) {
                break;
            }
            joined.trials.insert(joined.trials.end(), batch.trials.begin(), batch.trials.end());
            joined.work += batch.work;
            joined.data_bytes += batch.data_bytes;
            joined.state_bytes += batch.state_bytes;
            joined.peak_bytes = std::max(joined.peak_bytes, batch.peak_bytes);
            ++next_;
        }
        return joined;
    }

  private:
    std::mutex mutex_;
    const std::vector<Batch>& batches_;
    std::size_t next_ = 0;
};

// What the workers share.
struct Shared {
    BatchQueue queue;
    const Sweep& sweep;
    const Tallies& tallies;
    const Results& results;
    MemoryBudget& memory;
    StopRequest& stop;
    Done& done;
    StoringThread storing;
    std::mutex mutex{};
    std::exception_ptr failure{};
    Failures left_out{};
    std::atomic<bool> failed = false;

    bool over() const { return stop.soon || stop.now || failed || storing.failed(); }
};

class RunningWorker {
  public:
    RunningWorker(const Worker& worker, Pace& pace, Shared& shared)
        : worker_(worker),
          pace_(pace),
          shared_(shared),
          most_trials_(worker.most_trials),
          most_bytes_(worker.most_bytes) {}

    void work() {
        try {
            while (!shared_.over()) {
                const std::optional<Batch> batch = shared_.queue.take(most_trials_, most_bytes_);
                if (!batch || !hold(static_cast<std::size_t>(batch->peak_bytes))) {
                    break;
                }
                train(*batch);
            }
        } catch (...) {
            const std::lock_guard lock(shared_.mutex);
            if (!shared_.failure) {
                shared_.failure = std::current_exception();
            }
            shared_.failed = true;
        }
        let_go();
    }

  private:
    // Takes its share of the memory for the next batch; false if the run ends meanwhile. What the trainer keeps of the
    // last batch is given up where others need it.
    bool hold(std::size_t bytes) {
        if (bytes < held_ / 2 || !shared_.memory.exchange(held_, std::max(held_, bytes))) {
            let_go();
            if (!shared_.memory.take(bytes, [this] { return shared_.over(); })) {
                return false;
            }
            held_ = bytes;
        }
        held_ = std::max(held_, bytes);
        return true;
    }

    void let_go() {
        trainer_.reset();
        shared_.memory.give_back(std::exchange(held_, 0));
    }

    // Trains a batch in as many pieces as memory demands.
    void train(const Batch& batch) {
        const Clock::time_point start = Clock::now();
        std::vector<std::uint32_t> rest = batch.trials;
        work_of_a_trial_ = batch.work / static_cast<double>(batch.trials.size());
        pace_.scatter = batch.scatter;
        pace_.is_bound = batch.is_bound;
        bool alone = false;
        while (!rest.empty() && !shared_.stop.now && !shared_.failed) {
            const std::size_t n = std::min(most_at_once_, rest.size());
            const std::vector<std::uint32_t> piece(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(n));
            std::vector<std::uint32_t> undone = piece;
            const std::string problem = train_piece(piece, undone);
            rest.erase(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(n));
            if (problem.empty()) {
                alone = false;
                most_at_once_ *= most_at_once_ < batch.trials.size() ? 2 : 1;  // what did not fit may do so again
                continue;
            }
            if (undone.size() == 1 && alone) {
                leave_out(undone[0], problem);
                alone = false;
                continue;
            }
            alone = undone.size() == 1;
            back_off(undone.size());
            rest.insert(rest.begin(), undone.begin(), undone.end());
        }
        if (!worker_.one_by_one) {
            const double share = 1.0 - static_cast<double>(rest.size()) / static_cast<double>(batch.trials.size());
            note_pace(share * batch.work, seconds_since(start));
        }
        take_in_hand(0, 0.0);
    }

    // What the worker is at from now on.
    void take_in_hand(std::size_t n_trials, double work) {
        pace_.in_hand_since = shared_.done.seconds();
        pace_.work_in_hand = work;
        pace_.trials_in_hand = n_trials;
    }

    // Returns why memory did not suffice, or "". Takes from `undone` what was trained or given up.
    std::string train_piece(const std::vector<std::uint32_t>& piece, std::vector<std::uint32_t>& undone) {
        std::vector<Trial> trials;
        std::vector<Store::Result> finished;
        trials.reserve(piece.size());
        for (const std::uint32_t place : piece) {
            trials.push_back(shared_.sweep.trial(place));
        }
        Clock::time_point last = Clock::now();
        take_in_hand(piece.size(), static_cast<double>(piece.size()) * work_of_a_trial_);
        const auto deliver = [&](std::size_t index, Outcome outcome) {
            const double seconds = worker_.one_by_one ? seconds_since(last) : std::numeric_limits<double>::quiet_NaN();
            finished.push_back(shared_.results.prepare(piece[index], std::move(outcome), seconds));
            std::erase(undone, piece[index]);
            ++shared_.done.trained;
            if (worker_.one_by_one) {
                note_pace(work_of_a_trial_, seconds_since(last));
            }
            take_in_hand(undone.size(), static_cast<double>(undone.size()) * work_of_a_trial_);
            last = Clock::now();
        };
        std::string problem;
        try {
            if (!trainer_) {
                trainer_ = worker_.make_trainer();
            }
            trainer_->train(trials, shared_.tallies, shared_.stop.now, deliver);
            undone.clear();
        } catch (const std::bad_alloc&) {
            problem = "the machine's memory does not suffice";
        } catch (const cuda_error& error) {
            if (!error.out_of_memory()) {
                shared_.storing.add(std::move(finished));
                throw;
            }
            problem = error.what();
        } catch (...) {
            shared_.storing.add(std::move(finished));
            throw;
        }
        shared_.storing.add(std::move(finished));
        return problem;
    }

    // Frees what the trainer holds, and takes less at once from now on; a last trial waits until no other is in memory.
    void back_off(std::size_t n_tried) {
        let_go();
        most_at_once_ = std::max<std::size_t>(1, n_tried / 2);
        most_trials_ = std::max<std::size_t>(1, most_trials_ / 2);
        most_bytes_ /= 2.0;
        if (n_tried == 1 && shared_.memory.take(shared_.memory.total(), [this] { return shared_.stop.now.load(); })) {
            held_ = shared_.memory.total();
        }
    }

    void leave_out(std::uint32_t place, const std::string& problem) {
        let_go();
        const Trial trial = shared_.sweep.trial(place);
        const Need need = whole_need(shared_.sweep.model(), trial, shared_.tallies);
        FileChecksums checksums;
        const std::lock_guard lock(shared_.mutex);
        if (shared_.left_out.count++ == 0) {
            shared_.left_out.first =
                fmt::format("{} needs {} for its data and {} in flight: {}", canonical_text(trial, checksums),
                            bytes_text(need.data_bytes), bytes_text(need.state_bytes), problem);
        }
    }

    void note_pace(double work, double seconds) {
        constexpr double memory = 30.0;  // seconds: about what was seen in the last half-minute counts
        const double kept = std::exp(-seconds / memory);
        pace_.work = kept * pace_.work + work;
        pace_.seconds = kept * pace_.seconds + seconds;
        shared_.done.work += work;
    }

    const Worker& worker_;
    Pace& pace_;
    Shared& shared_;
    std::unique_ptr<Trainer> trainer_;
    std::size_t held_ = 0;  // bytes of the budget
    std::size_t most_trials_;
    double most_bytes_;
    std::size_t most_at_once_ = std::numeric_limits<std::size_t>::max();
    double work_of_a_trial_ = 0.0;  // in the batch in hand, on average
};

}  // namespace

double Done::seconds() const { return seconds_since(start_); }

Failures train_all(const Plan& plan, const Sweep& sweep, const Tallies& tallies, std::span<const Worker> workers,
                   const Results& results, MemoryBudget& memory, StopRequest& stop, Done& done) {
    const auto store = [&](std::span<const Store::Result> finished) {
        try {
            results.store(finished);
        } catch (...) {
            stop.now = true;  // what cannot be stored need not be trained
            throw;
        }
    };
    Shared shared{BatchQueue(plan.batches), sweep, tallies, results, memory, stop, done, {store, done.trials}};
    {
        std::vector<std::jthread> threads;
        try {
            for (std::size_t w = 0; w < workers.size(); ++w) {
                threads.push_back(start_thread([&, w] { RunningWorker(workers[w], done.paces[w], shared).work(); }));
            }
        } catch (...) {
            shared.failed = true;  // for those that have begun
            throw;
        }
    }
    shared.storing.finish();
    if (shared.failure) {
        std::rethrow_exception(shared.failure);
    }
    return shared.left_out;
}

}  // namespace syncache
