#include "host/run/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

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

}  // namespace

std::string Progress::line(std::size_t done, std::size_t total, double work_fraction, double seconds, double left,
                           int bar_width) {
    const double fraction = std::clamp(done == total ? 1.0 : work_fraction, 0.0, 1.0);
    const int filled = static_cast<int>(fraction * bar_width);
    std::string text =
        std::string(static_cast<std::size_t>(filled), '#') +
        std::string(static_cast<std::size_t>(bar_width - filled), '-') +
        fmt::format("{}{:3.0f} %  {}/{} trials", bar_width > 0 ? "  " : "", 100.0 * fraction, done, total);
    if (done > 0 && seconds > 0.0) {
        text += fmt::format("  {:.3g}/s", static_cast<double>(done) / seconds);
    }
    if (fraction < 1.0) {
        text += fmt::format("  {} left", duration_text(left));
    }
    return text;
}

double Progress::seconds_left(double work, const Done& done) {
    constexpr double believed = 2.0;  // seconds of work that the cost model's word counts as
    double predicted = 0.0;           // seconds of one core, by the cost model, that all workers do in a second
    for (const Pace& pace : done.paces) {
        predicted += (believed + predicted_seconds(pace.work)) / (believed + pace.seconds);
    }
    return predicted_seconds(work) / predicted;
}

Progress::Progress(std::size_t total_trials, double total_work, const Done& done, bool quiet)
    : total_trials_(total_trials), total_work_(total_work), done_(done), terminal_(isatty(STDERR_FILENO) == 1) {
    if (quiet || total_trials == 0) {
        return;
    }
    thread_ = std::jthread([this](const std::stop_token& stop) {
        const auto interval = terminal_ ? std::chrono::milliseconds(200) : std::chrono::milliseconds(30000);
        std::unique_lock lock(mutex_);
        while (!stop.stop_requested()) {
            ended_.wait_for(lock, stop, interval, [] { return false; });
            show(stop.stop_requested());
        }
    });
}

Progress::~Progress() {
    if (thread_.joinable()) {
        thread_.request_stop();
        thread_.join();
    }
}

void Progress::show(bool last) {
    const std::size_t done = done_.trials;
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    const double work = done_.work;
    const double fraction = total_work_ > 0.0 ? work / total_work_ : 0.0;
    const double left = seconds_left(std::max(0.0, total_work_ - work), done_);
    const std::string text = line(done, total_trials_, fraction, seconds, left, terminal_ ? 24 : 0);
    if (terminal_) {
        fmt::print(stderr, "\r\033[K{}{}", text, last ? "\n" : "");
    } else {
        fmt::print(stderr, "{}\n", text);
    }
    std::fflush(stderr);
}

}  // namespace syncache
