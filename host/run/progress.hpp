#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "host/run/scheduler.hpp"

namespace syncache {

// How a run tells on standard error how far it is.
enum class ProgressForm {
    none,
    text,  // a bar that is redrawn on a terminal, a plain line now and then elsewhere
    json,  // an object a line, twice a second
};

// One state of a run.
struct ProgressState {
    std::size_t trained = 0, total = 0;  // trials
    double fraction = 0.0;               // of the work, by the cost model; 0 to 1
    double seconds = 0.0;                // since it began
    double rate = 0.0;                   // trials a second, lately
    std::optional<double> left;          // seconds, if they can be told
    std::size_t in_hand = 0;             // trials begun and not finished
    bool is_over = false;                // nothing more is being done
    double longest = 0.0;                // seconds since which the slowest of them is being trained
};

// Shows how far a run is, and what it does about a request to stop.
class Progress {
  public:
    // total_trials and total_work: of the plan; `done` and `stop` must outlive this. `tell` is called besides, five
    // times a second and at the end, from a thread of its own; it must not throw.
    Progress(std::size_t total_trials, double total_work, const Done& done, const StopRequest& stop, ProgressForm form,
             std::function<void(const ProgressState&)> tell = nullptr);
    ~Progress();  // shows the final state and ends the line

    // "#####-----   50 % of the work  100 of 200 trials  12.3/s  8 s left".
    static std::string line(const ProgressState& state, int bar_width);
    // {"state": "running", "trained": 100, "total": 200, ..., "left": 8.1}; state: running, stopping, ended.
    static std::string json(const ProgressState& state, const char* what);
    // What the first request to stop brings about: "finishing 2 running trials ...".
    static std::string stopping(const ProgressState& state);

    // Trials in a second, as the line shows them: `latest`, of the last few seconds, or, where fewer than one ends in a
    // second, of the whole run.
    static double shown_rate(double latest, std::size_t trained, double seconds);

    // How the run stands after `seconds`; the rate is left at 0. `left` is at the cost model's pace to begin with, and
    // more and more at the pace that each worker has shown, the trial in hand included. It is absent where a trial in
    // hand takes more than twice what was expected, and the rest of the run is shorter than that, and where one may
    // last more than twice as long as all that is expected, since such trials differ (Need::scatter), or as long as
    // only a bound of their work is known (Need::is_bound).
    static ProgressState state(std::size_t total_trials, double total_work, const Done& done, double seconds,
                               bool is_stopping);

  private:
    void run(const std::stop_token& ended);
    void show(bool last);
    void show_stop();
    void update_rate();

    std::size_t total_trials_;
    double total_work_;
    const Done& done_;
    const StopRequest& stop_;
    ProgressForm form_;
    std::function<void(const ProgressState&)> tell_;
    bool terminal_;
    bool said_soon_ = false, said_now_ = false;
    double rate_ = 0.0, rate_seconds_ = 0.0, shown_at_ = 0.0, shown_fraction_ = 0.0;
    std::size_t rate_trials_ = 0;
    std::mutex mutex_;
    std::condition_variable_any ended_;
    std::jthread thread_;
};

}  // namespace syncache
