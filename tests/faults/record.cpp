#include "tests/faults/record.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <string_view>

#include "tests/faults/faults.hpp"
#include "tests/faults/next.hpp"

namespace syncache::faults {
namespace {

std::mutex mutex;

int log_file() {
    static const int descriptor = [] {
        const char* file = std::getenv("SYNCACHE_RECORD");
        return file == nullptr ? -1 : SYNCACHE_NEXT(open)(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    }();
    return descriptor;
}

// The name in the folder, "." for the folder itself; "" for what is not recorded.
std::string recorded_name(std::string_view path) {
    static const std::string folder = std::getenv("SYNCACHE_RECORD_FOLDER");
    if (path == folder) {
        return ".";
    }
    if (!path.starts_with(folder + "/") || path.ends_with(".lock") || path.ends_with("-shm")) {
        return "";
    }
    return std::string(path.substr(folder.size() + 1));
}

void put(const char* operation, const std::string& name, long long offset, const void* data, std::size_t size) {
    const std::lock_guard lock(mutex);
    const std::string line =
        std::string(operation) + ' ' + name + ' ' + std::to_string(offset) + ' ' + std::to_string(size) + '\n';
    if (SYNCACHE_NEXT(write)(log_file(), line.data(), line.size()) != static_cast<ssize_t>(line.size()) ||
        SYNCACHE_NEXT(write)(log_file(), data, size) != static_cast<ssize_t>(size)) {
        std::abort();
    }
}

}  // namespace

bool is_recording() { return log_file() >= 0; }

void record(const char* operation, int file, long long offset, const void* data, std::size_t size) {
    if (!is_recording()) {
        return;
    }
    const Pause pause;
    char path[4096];
    const ssize_t length = readlink(("/proc/self/fd/" + std::to_string(file)).c_str(), path, sizeof path);
    const std::string name = recorded_name({path, length < 0 ? 0 : static_cast<std::size_t>(length)});
    if (!name.empty()) {
        put(operation, name, offset, data, size);
    }
}

void record(const char* operation, const char* path) {
    if (!is_recording()) {
        return;
    }
    const Pause pause;
    if (const std::string name = recorded_name(path); !name.empty()) {
        put(operation, name, 0, nullptr, 0);
    }
}

void record_commit(unsigned long n_trials) {
    if (is_recording()) {
        const Pause pause;
        put("commit", "-", static_cast<long long>(n_trials), nullptr, 0);
    }
}

}  // namespace syncache::faults
