#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

namespace syncache {

// "38.9 kB", "1.20 GB".
std::string bytes_text(double bytes);

// Bytes that this process holds in memory now (resident set), and the most that it has held so far.
double resident_bytes();
double peak_resident_bytes();

// Bytes that this process may still take: what the machine has left, or its control group if that allows less.
double available_bytes();

// A share of host memory that workers take before they train and give back after it. First come, first served; one
// that asks for more than there is gets all of it, alone.
class MemoryBudget {
  public:
    explicit MemoryBudget(std::size_t bytes) : total_(bytes) {}

    // Gives back `held` and takes `bytes` instead, if that goes without waiting; otherwise changes nothing.
    bool exchange(std::size_t held, std::size_t bytes);

    // Waits for `bytes`; returns false, with nothing taken, once `give_up` says so.
    bool take(std::size_t bytes, const std::function<bool()>& give_up);

    void give_back(std::size_t held);

    std::size_t total() const { return total_; }

  private:
    bool fits(std::size_t bytes) const { return used_ == 0 || used_ + bytes <= total_; }

    const std::size_t total_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t used_ = 0;
    std::uint64_t next_ticket_ = 0, served_ = 0;  // of those that wait
};

}  // namespace syncache
