#include "host/scheduler.hpp"

#include <exception>
#include <mutex>
#include <optional>
#include <thread>

namespace syncache {
namespace {

// The batches in their order; workers take from the front.
class BatchQueue {
  public:
    explicit BatchQueue(const std::vector<Batch>& batches) : batches_(batches) {}

    // The next batches, joined, up to the worker's limits but at least one; nothing when none are left.
    std::optional<Batch> take(const Worker& worker) {
        const std::lock_guard lock(mutex_);
        if (next_ == batches_.size()) {
            return std::nullopt;
        }
        Batch joined = batches_[next_++];
        while (next_ < batches_.size()) {
            const Batch& batch = batches_[next_];
            const double bytes = joined.data_bytes + joined.state_bytes + batch.data_bytes + batch.state_bytes;
            if (joined.trials.size() + batch.trials.size() > worker.most_trials || bytes > worker.most_bytes) {
                break;
            }
            joined.trials.insert(joined.trials.end(), batch.trials.begin(), batch.trials.end());
            joined.work += batch.work;
            joined.data_bytes += batch.data_bytes;
            joined.state_bytes += batch.state_bytes;
            ++next_;
        }
        return joined;
    }

  private:
    std::mutex mutex_;
    const std::vector<Batch>& batches_;
    std::size_t next_ = 0;
};

class Run {
  public:
    Run(const Plan& plan, const Sweep& sweep, const Tallies& tallies, const BatchSink& store,
        const std::atomic<bool>& stop, Done& done)
        : queue_(plan.batches), sweep_(sweep), tallies_(tallies), store_(store), stop_(stop), done_(done) {}

    void work(const Worker& worker) {
        try {
            const std::unique_ptr<Trainer> trainer = worker.make_trainer();
            while (!stop_ && !failed_) {
                const std::optional<Batch> batch = queue_.take(worker);
                if (!batch) {
                    return;
                }
                train(*trainer, *batch);
            }
        } catch (...) {
            const std::lock_guard lock(mutex_);
            if (!failure_) {
                failure_ = std::current_exception();
            }
            failed_ = true;
        }
    }

    void rethrow() const {
        if (failure_) {
            std::rethrow_exception(failure_);
        }
    }

  private:
    void train(Trainer& trainer, const Batch& batch) {
        std::vector<Trial> trials;
        trials.reserve(batch.trials.size());
        for (const std::uint32_t place : batch.trials) {
            trials.push_back(sweep_.trial(place));
        }
        std::vector<std::size_t> places;
        std::vector<Outcome> outcomes;
        const auto store = [&] {
            const std::lock_guard lock(mutex_);
            if (!places.empty()) {
                store_(places, std::move(outcomes));
                done_.trials += places.size();
            }
        };
        try {
            trainer.train(trials, tallies_, stop_, [&](std::size_t place, Outcome outcome) {
                places.push_back(batch.trials[place]);
                outcomes.push_back(std::move(outcome));
            });
        } catch (...) {
            store();
            throw;
        }
        store();
        done_.work += batch.work;
    }

    BatchQueue queue_;
    const Sweep& sweep_;
    const Tallies& tallies_;
    const BatchSink& store_;
    const std::atomic<bool>& stop_;
    Done& done_;
    std::mutex mutex_;
    std::exception_ptr failure_;
    std::atomic<bool> failed_ = false;
};

}  // namespace

void train_all(const Plan& plan, const Sweep& sweep, const Tallies& tallies, std::span<const Worker> workers,
               const BatchSink& store, const std::atomic<bool>& stop, Done& done) {
    Run run(plan, sweep, tallies, store, stop, done);
    {
        std::vector<std::jthread> threads;
        for (const Worker& worker : workers) {
            threads.emplace_back([&run, &worker] { run.work(worker); });
        }
    }
    run.rethrow();
}

}  // namespace syncache
