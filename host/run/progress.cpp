#include "host/run/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <functional>
#include <mutex>
#include <new>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "host/run/message.hpp"
#include "host/run/plan.hpp"
#include "host/run/scheduler.hpp"
#include "host/run/thread_impl.hpp"

namespace syncache {
namespace {

std::string duration_text(double seconds) {
    const auto whole = static_cast<long long>(std::llround(std::min(seconds, 1e9)));
    if (whole < 60) {
        return fmt::format("{} s", whole);
    }
    if (whole < 3600) {
        return fmt::format("{} min {:02} s", whole / 60, whole % 60);
    }
    return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

// What one worker is expected to do. Seconds "of the model" are those of one core by the cost model.
struct Forecast {
    double speed = 1.0;         // seconds of the model that it does in a second
    double credit = 0.0;        // of the model: how much of the trial in hand is done
    double in_hand_left = 0.0;  // seconds until all that it has in hand is done
    double at_most = 0.0;       // the same, if the trial in hand is as long as such trials may be
    bool is_past = false;       // the trial in hand takes more than twice what was expected
    double age = 0.0;           // of the trial in hand, seconds
};

Forecast forecast(const Pace& pace, double now) {
    constexpr double believed = 0.1;  // seconds of work that the cost model's word counts as
    Forecast f;
    const double seen = predicted_seconds(pace.work), seconds = pace.seconds;
    f.speed = (believed + seen) / (believed + seconds);
    const auto n = static_cast<double>(pace.trials_in_hand);
    if (n == 0.0) {
        return f;
    }
    const double all = predicted_seconds(pace.work_in_hand), one = all / n;
    f.age = std::max(0.0, now - pace.in_hand_since);
    f.is_past = f.age > 2.0 * one / f.speed;
    // It is not finished yet: that much at least is known of its pace.
    f.speed = std::min(f.speed, (believed + seen + one) / (believed + seconds + f.age));
    constexpr double most_of_one = 0.95;
    f.credit = std::min(f.age * f.speed, most_of_one * one);
    f.in_hand_left = (all - f.credit) / f.speed;
    f.at_most = (all - one + std::max(one - f.credit, pace.scatter * one - f.age * f.speed)) / f.speed;
    return f;
}

}  // namespace

ProgressState Progress::state(std::size_t total_trials, double total_work, const Done& done, double seconds,
                              bool is_stopping) {
    ProgressState state;
    state.trained = done.trained;
    state.total = total_trials;
    state.seconds = seconds;
    double speed = 0.0, credit = 0.0, longest_left = 0.0, most_left = 0.0, past = 0.0;
    bool knows_bound_only = true;  // until a trial of that kind has ended
    for (const Pace& pace : done.paces) {
        const Forecast f = forecast(pace, seconds);
        speed += f.speed;
        credit += f.credit;
        longest_left = std::max(longest_left, f.in_hand_left);
        most_left = std::max(most_left, f.at_most);
        past = std::max(past, f.is_past ? f.age : 0.0);
        knows_bound_only = knows_bound_only && pace.is_bound && pace.work == 0.0;
        state.in_hand += pace.trials_in_hand;
        state.longest = std::max(state.longest, f.age);
    }
    const double total = predicted_seconds(total_work), trained = predicted_seconds(done.work) + credit;
    state.fraction = std::clamp(total > 0.0 ? trained / total : 0.0, 0.0, 1.0);
    const double rest = is_stopping ? 0.0 : std::max(0.0, total - trained) / speed;
    const double left = std::max(rest, longest_left);
    constexpr double long_enough = 2.0;  // seconds of which it is worth saying that they are not known
    const bool is_late = past > long_enough && past > rest;
    const bool may_be_late = most_left > left + long_enough && most_left > 2.0 * left;
    if (!is_late && !may_be_late && !(knows_bound_only && left > long_enough)) {
        state.left = left;
    }
    if (state.trained == total_trials) {
        state.fraction = 1.0;
        state.left = 0.0;
    }
    return state;
}

std::string Progress::line(const ProgressState& state, int bar_width) {
    const int filled = static_cast<int>(state.fraction * bar_width);
    std::string text = std::string(static_cast<std::size_t>(filled), '#') +
                       std::string(static_cast<std::size_t>(bar_width - filled), '-') +
                       fmt::format("{}{:3.0f} % of the work  {} of {} trials", bar_width > 0 ? "  " : "",
                                   std::floor(100.0 * state.fraction), state.trained, state.total);
    if (state.rate > 0.0) {
        text += fmt::format("  {:.3g}/s", state.rate);
    }
    if (state.trained < state.total && !state.is_over) {
        text += state.left ? fmt::format("  {} left", duration_text(*state.left))
                           : fmt::format("  time left unknown (a trial has taken {})", duration_text(state.longest));
    }
    return text;
}

std::string Progress::json(const ProgressState& state, const char* what) {
    return fmt::format(
        "{{\"state\": \"{}\", \"trained\": {}, \"total\": {}, \"fraction\": {:.4f}, \"seconds\": {:.2f}, \"rate\": "
        "{:.4g}, \"left\": {}, \"running\": {}, \"longest\": {:.2f}}}",
        what, state.trained, state.total, state.fraction, state.seconds, state.rate,
        state.left ? fmt::format("{:.2f}", *state.left) : "null", state.in_hand, state.longest);
}

std::string Progress::stopping(const ProgressState& state) {
    if (state.in_hand == 0) {
        return "stopping: storing what is done";
    }
    return fmt::format("stopping: finishing {} running trial{} (the longest for {}; {}); Ctrl-C again discards {}",
                       state.in_hand, state.in_hand == 1 ? "" : "s", duration_text(state.longest),
                       state.left ? fmt::format("about {} more", duration_text(*state.left)) : "time left unknown",
                       state.in_hand == 1 ? "it" : "them");
}

Progress::Progress(std::size_t total_trials, double total_work, const Done& done, const StopRequest& stop,
                   ProgressForm form, std::function<void(const ProgressState&)> tell)
    : total_trials_(total_trials),
      total_work_(total_work),
      done_(done),
      stop_(stop),
      form_(form),
      tell_(std::move(tell)),
      terminal_(form == ProgressForm::text && isatty(STDERR_FILENO) == 1) {
    if ((form == ProgressForm::none && !tell_) || total_trials == 0) {
        return;
    }
    thread_ = start_thread([this](const std::stop_token& ended) {
        try {
            run(ended);
        } catch (const std::bad_alloc&) {
            // Nothing more is shown. The sweep goes on if it can.
        }
    });
}

Progress::~Progress() {
    if (thread_.joinable()) {
        thread_.request_stop();
        thread_.join();
    }
}

void Progress::run(const std::stop_token& ended) {
    constexpr auto tick = std::chrono::milliseconds(100);  // how soon a request to stop is answered
    const double interval = form_ == ProgressForm::json ? 0.5 : terminal_ || tell_ ? 0.2 : 30.0;
    std::unique_lock lock(mutex_);
    while (!ended.stop_requested()) {
        ended_.wait_for(lock, ended, tick, [] { return false; });
        update_rate();
        show_stop();
        if (!ended.stop_requested() && done_.seconds() - shown_at_ >= interval) {
            show(false);
        }
    }
    show(true);  // also of a run that has ended before this thread began
}

// Over the last seconds, so that it follows what changes and does not jump.
void Progress::update_rate() {
    constexpr double memory = 5.0;
    const double now = done_.seconds(), passed = now - rate_seconds_;
    const std::size_t trained = done_.trained;
    if (passed <= 0.0) {
        return;
    }
    const double latest = static_cast<double>(trained - rate_trials_) / passed;
    const double kept = rate_seconds_ < memory ? rate_seconds_ / now : std::exp(-passed / memory);
    rate_ = kept * rate_ + (1.0 - kept) * latest;
    rate_seconds_ = now;
    rate_trials_ = trained;
}

double Progress::shown_rate(double latest, std::size_t trained, double seconds) {
    const double overall = seconds > 0.0 ? static_cast<double>(trained) / seconds : 0.0;
    return overall < 1.0 ? overall : latest;
}

void Progress::show(bool last) {
    ProgressState now = state(total_trials_, total_work_, done_, done_.seconds(), stop_.soon);
    now.rate = last && now.seconds > 0.0 ? static_cast<double>(now.trained) / now.seconds
                                         : shown_rate(rate_, now.trained, now.seconds);
    shown_fraction_ = std::max(shown_fraction_, now.fraction);
    now.fraction = shown_fraction_;
    shown_at_ = now.seconds;
    now.is_over = last;
    if (tell_) {
        tell_(now);
    }
    if (form_ == ProgressForm::none) {
        return;
    }
    if (form_ == ProgressForm::json) {
        tell("{}\n", json(now, last ? "ended" : stop_.soon ? "stopping" : "running"));
    } else if (terminal_) {
        tell("\r\033[K{}{}", line(now, 24), last ? "\n" : "");
    } else {
        tell("{}\n", line(now, 0));
    }
}

// Answers a request to stop, once.
void Progress::show_stop() {
    if (form_ != ProgressForm::text) {
        return;
    }
    const char* const start = terminal_ ? "\r\033[K" : "";
    if (stop_.now && !said_now_) {
        said_now_ = said_soon_ = true;
        tell("{}stopping: discarding the running trials\n", start);
    } else if (stop_.soon && !said_soon_) {
        said_soon_ = true;
        tell("{}{}\n", start, stopping(state(total_trials_, total_work_, done_, done_.seconds(), true)));
    }
}

}  // namespace syncache
