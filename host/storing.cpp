#include "host/storing.hpp"

#include <chrono>
#include <iterator>
#include <utility>

namespace syncache {

StoringThread::StoringThread(std::function<void(std::span<const Store::Result>)> store, std::size_t most_waiting,
                             std::atomic<std::size_t>& n_stored)
    : store_(std::move(store)), most_waiting_(most_waiting), n_stored_(n_stored), thread_([this] { store_all(); }) {}

StoringThread::~StoringThread() {
    try {
        finish();
    } catch (...) {
        // Whoever wants to know calls finish().
    }
}

void StoringThread::add(std::vector<Store::Result> batch) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return n_batches_ < most_waiting_ || failed_; });
    if (failed_ || batch.empty()) {
        return;
    }
    ++n_batches_;
    std::move(batch.begin(), batch.end(), std::back_inserter(waiting_));
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
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
        if (waiting_.empty()) {
            return;
        }
        changed_.wait_for(lock, std::chrono::milliseconds(100),
                          [this] { return ending_ || n_batches_ >= most_waiting_; });
        const std::vector<Store::Result> results = std::exchange(waiting_, {});
        n_batches_ = 0;
        changed_.notify_all();
        lock.unlock();
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
        lock.lock();
    }
}

}  // namespace syncache
