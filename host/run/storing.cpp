#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "host/run/storing_impl.hpp"
#include "host/run/thread_impl.hpp"

namespace syncache {
namespace {

using Clock = std::chrono::steady_clock;
constexpr Clock::duration shortest_gathering = std::chrono::milliseconds(100);
constexpr Clock::duration longest_gathering = std::chrono::seconds(1);
constexpr Clock::duration longest_idle = std::chrono::seconds(3);

std::size_t bytes_of(const Store::Result& result) {
    const Outcome& outcome = result.outcome;
    std::size_t numbers = outcome.extras.size();
    for (const RecordedTable& table : outcome.tables) {
        numbers += table.rows.size();
    }
    for (const RecordedArray& array : outcome.weights) {
        numbers += array.values.size();
    }
    return sizeof result + result.trial.size() + outcome.sums.size() * sizeof(ChangeSums) + numbers * sizeof(double);
}

}  // namespace

StoringThread::StoringThread(std::function<void(std::span<const Store::Result>)> store,
                             std::atomic<std::size_t>& n_stored)
    : store_(std::move(store)), n_stored_(n_stored), thread_(start_thread([this] { store_all(); })) {}

StoringThread::~StoringThread() {
    try {
        finish();
    } catch (...) {
        // Whoever wants to know calls finish().
    }
}

void StoringThread::add(std::vector<Store::Result> batch) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_bytes_ < most_waiting_bytes || failed_; });
    if (failed_ || batch.empty()) {
        return;
    }
    for (Store::Result& result : batch) {
        waiting_bytes_ += bytes_of(result);
        waiting_.push_back(std::move(result));
    }
    changed_.notify_all();
}

void StoringThread::finish() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
        changed_.notify_all();
    }
    if (thread_.joinable()) {
        thread_.join();
    }
    if (failure_) {
        std::rethrow_exception(std::exchange(failure_, nullptr));
    }
}

void StoringThread::store_all() {
    Clock::duration gathering = shortest_gathering;
    std::unique_lock lock(mutex_);
    while (true) {
        const bool has_come = changed_.wait_for(lock, longest_idle, [this] { return ending_ || !waiting_.empty(); });
        if (has_come) {
            changed_.wait_for(lock, gathering, [this] { return ending_ || waiting_bytes_ >= most_waiting_bytes; });
        }
        if (ending_ && waiting_.empty()) {
            return;
        }
        const std::vector<Store::Result> results = std::exchange(waiting_, {});
        waiting_bytes_ = 0;
        changed_.notify_all();
        lock.unlock();
        const Clock::time_point start = Clock::now();
        try {
            store_(results);
            n_stored_ += results.size();
        } catch (...) {
            lock.lock();
            failure_ = std::current_exception();
            failed_ = true;
            changed_.notify_all();
            return;
        }
        gathering = std::clamp(20 * (Clock::now() - start), shortest_gathering, longest_gathering);
        lock.lock();
    }
}

}  // namespace syncache
