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

#include "host/store.hpp"

namespace syncache {

// Stores results in a thread of its own, so that no worker waits for the disk. All that come within a tenth of a
// second, or while the last transaction was under way, are one transaction: each costs the disk about the same.
class StoringThread {
  public:
    // store: puts results into the file, all or none of them. `n_stored` counts those that lie there for good.
    // most_waiting: batches that may wait; whoever brings more waits until there is room.
    StoringThread(std::function<void(std::span<const Store::Result>)> store, std::size_t most_waiting,
                  std::atomic<std::size_t>& n_stored);
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
    const std::size_t most_waiting_;
    std::atomic<std::size_t>& n_stored_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Store::Result> waiting_;
    std::size_t n_batches_ = 0;  // that are waiting
    bool ending_ = false;
    std::exception_ptr failure_;
    std::atomic<bool> failed_ = false;
    std::thread thread_;
};

}  // namespace syncache
