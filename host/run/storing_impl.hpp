#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "host/store/store.hpp"

namespace syncache {

// Stores results in a thread of its own, so that no worker waits for the disk. It gathers them for a while before each
// transaction: keys fall all over their index, so the more outcomes a transaction has, the less each costs. That while
// is a tenth of a second, or more where transactions are slow, so that they take a twentieth of the time, but never
// more than a second: that much a killed run loses.
class StoringThread {
  public:
    // What may wait; whoever brings more waits until there is room.
    static constexpr std::size_t most_waiting_bytes = 8'000'000;

    // store: puts results into the file, all or none of them; called with none every few seconds in which nothing
    // comes. `n_stored` counts those that lie there for good.
    StoringThread(std::function<void(std::span<const Store::Result>)> store, std::atomic<std::size_t>& n_stored);
    ~StoringThread();
    StoringThread(const StoringThread&) = delete;
    StoringThread& operator=(const StoringThread&) = delete;

    // Takes a batch. After a failure it is dropped: nothing can be stored any more.
    void add(std::vector<Store::Result> batch);

    bool failed() const { return failed_; }

    // Waits until all is stored. Throws what storing threw.
    void finish();

  private:
    void store_all();

    std::function<void(std::span<const Store::Result>)> store_;
    std::atomic<std::size_t>& n_stored_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Store::Result> waiting_;
    std::size_t waiting_bytes_ = 0;
    bool ending_ = false;
    std::exception_ptr failure_;
    std::atomic<bool> failed_ = false;
    std::jthread thread_;
};

}  // namespace syncache
