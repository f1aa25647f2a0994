#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>

#include "host/run/scheduler.hpp"

namespace syncache {

// Shows on standard error how far a run is: a bar that is redrawn on a terminal, a plain line now and then elsewhere.
class Progress {
  public:
    // total_trials and total_work: of the plan; `done` must outlive this.
    Progress(std::size_t total_trials, double total_work, const Done& done, bool quiet);
    ~Progress();  // draws the final state and ends the line

    // One state as text: "#####-----  50 %  100/200 trials  12.3/s  8 s left". seconds: so far; left: seconds.
    static std::string line(std::size_t done, std::size_t total, double work_fraction, double seconds, double left,
                            int bar_width);

    // Seconds that so much more work takes: at the cost model's pace to begin with, and more and more at the pace that
    // each worker has shown.
    static double seconds_left(double work, const Done& done);

  private:
    void show(bool last);

    std::size_t total_trials_;
    double total_work_;
    const Done& done_;
    bool terminal_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::mutex mutex_;
    std::condition_variable_any ended_;
    std::jthread thread_;
};

}  // namespace syncache
