#include <fmt/format.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <mutex>
#include <string>
#include <string_view>

#include "host/run/memory_impl.hpp"

namespace syncache {
namespace {

// The number behind `key` in a file of lines "<key> <number>"; 0 where there is none.
double number_after(const std::filesystem::path& path, std::string_view key) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(key)) {
            return std::stod(line.substr(key.size()));
        }
    }
    return 0.0;
}

double number_in(const std::filesystem::path& path, double fallback) {
    std::ifstream file(path);
    double number = 0.0;
    return file >> number ? number : fallback;  // "max" is no number
}

// What this process's control group (version 2), and those around it, leave of their limits.
double control_group_bytes() {
    std::ifstream file("/proc/self/cgroup");
    double least = std::numeric_limits<double>::infinity();
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with("0::/")) {
            continue;
        }
        const std::filesystem::path root = "/sys/fs/cgroup";
        for (auto group = root / line.substr(4); group.native().size() > root.native().size();
             group = group.parent_path()) {
            const double most = number_in(group / "memory.max", std::numeric_limits<double>::infinity());
            // Of what it holds the system gives back first what it has read of files.
            const double held =
                number_in(group / "memory.current", 0.0) - number_after(group / "memory.stat", "inactive_file ");
            least = std::min(least, most - held);
        }
    }
    return std::max(0.0, least);
}

// Memory that nobody uses: less than what is available, and known without a file.
double unused_bytes() {
    struct sysinfo memory{};
    return sysinfo(&memory) == 0 ? static_cast<double>(memory.freeram) * memory.mem_unit : 0.0;
}

}  // namespace

std::string bytes_text(double bytes) {
    return bytes < 1e6   ? fmt::format("{:.1f} kB", bytes / 1e3)
           : bytes < 1e9 ? fmt::format("{:.1f} MB", bytes / 1e6)
                         : fmt::format("{:.2f} GB", bytes / 1e9);
}

double resident_bytes() {
    std::ifstream file("/proc/self/statm");
    double pages = 0.0, resident = 0.0;
    file >> pages >> resident;
    return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double peak_resident_bytes() { return 1024.0 * number_after("/proc/self/status", "VmHWM:"); }

double available_bytes() {
    const double told = 1024.0 * number_after("/proc/meminfo", "MemAvailable:");
    return std::min(told > 0.0 ? told : unused_bytes(), control_group_bytes());
}

bool MemoryBudget::exchange(std::size_t held, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    const std::size_t others = used_ - held;
    const bool goes = bytes <= held || (served_ == next_ticket_ && (others == 0 || others + bytes <= total_));
    if (goes) {
        used_ = others + bytes;
        changed_.notify_all();
    }
    return goes;
}

bool MemoryBudget::take(std::size_t bytes, const std::function<bool()>& give_up) {
    std::unique_lock lock(mutex_);
    const std::uint64_t ticket = next_ticket_++;
    bool given_up = false;
    while (ticket != served_ || !(fits(bytes) || given_up)) {
        // Woken by those who give back; the request to stop, which a signal makes, wakes nobody.
        changed_.wait_for(lock, std::chrono::milliseconds(50));
        given_up = given_up || give_up();
    }
    ++served_;
    used_ += given_up ? 0 : bytes;
    changed_.notify_all();
    return !given_up;
}

void MemoryBudget::give_back(std::size_t held) {
    const std::lock_guard lock(mutex_);
    used_ -= held;
    changed_.notify_all();
}

}  // namespace syncache
