#include "tests/faults/faults.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "tests/faults/next.hpp"

namespace syncache::faults {
namespace {

constexpr int n_kinds = static_cast<int>(Kind::n_kinds);
constexpr const char* names[n_kinds] = {"alloc",  "open",   "read", "write", "sync",   "truncate",
                                        "rename", "remove", "lock", "map",   "thread", "message"};
// What such a call fails with where SYNCACHE_FAULT_ERRNO says nothing else.
constexpr int usual_error[n_kinds] = {ENOMEM, EMFILE, EIO, ENOSPC, EIO, EIO, EIO, EIO, EIO, ENOMEM, EAGAIN, ENOSPC};

// Lies in the file SYNCACHE_FAULT_COUNTS, which tells of a process however it ends; tests/faults/driver.py reads it.
struct Counts {
    std::atomic<std::uint64_t> calls[n_kinds];
    std::atomic<std::uint64_t> faults;
    std::atomic<std::uint64_t> commits;
    std::atomic<std::uint64_t> stored_trials;  // at the last commit
};

struct Plan {
    int kind = -1;
    std::uint64_t first = 0;    // 1: the first call
    bool from_then_on = false;  // otherwise that call alone
    int error = 0;
};

Counts own_counts{};
Counts* counts = &own_counts;
Plan plan;
std::atomic<bool> counting = false;
[[gnu::tls_model("initial-exec")]] thread_local int paused = 0;

// "write:17" or "write:17+".
Plan read_plan() {
    Plan read;
    const char* text = std::getenv("SYNCACHE_FAULT");
    const char* colon = text == nullptr ? nullptr : std::strchr(text, ':');
    if (colon == nullptr) {
        return read;
    }
    for (int kind = 0; kind < n_kinds; ++kind) {
        const std::size_t length = std::strlen(names[kind]);
        if (length == static_cast<std::size_t>(colon - text) && std::strncmp(text, names[kind], length) == 0) {
            read.kind = kind;
            read.error = usual_error[kind];
        }
    }
    char* rest = nullptr;
    read.first = std::strtoull(colon + 1, &rest, 10);
    read.from_then_on = *rest == '+';
    if (const char* error = std::getenv("SYNCACHE_FAULT_ERRNO")) {
        read.error = std::atoi(error);
    }
    return read;
}

void share_counts(const char* file) {
    const int descriptor = SYNCACHE_NEXT(open)(file, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor < 0 || SYNCACHE_NEXT(ftruncate)(descriptor, sizeof(Counts)) != 0) {
        std::abort();
    }
    void* shared = SYNCACHE_NEXT(mmap)(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    close(descriptor);
    if (shared == MAP_FAILED) {
        std::abort();
    }
    counts = static_cast<Counts*>(shared);
}

}  // namespace

void begin() {
    plan = read_plan();
    if (const char* file = std::getenv("SYNCACHE_FAULT_COUNTS")) {
        share_counts(file);
    }
    unsetenv("LD_PRELOAD");  // processes that the program starts are not under test
    counting = true;
}

bool fails(Kind kind) {
    if (!counting || paused > 0) {
        return false;
    }
    const int index = static_cast<int>(kind);
    const std::uint64_t call = ++counts->calls[index];
    if (index != plan.kind || call < plan.first || (call > plan.first && !plan.from_then_on)) {
        return false;
    }
    ++counts->faults;
    if (std::getenv("SYNCACHE_FAULT_ABORT") != nullptr) {
        std::abort();  // for a debugger: where the call is
    }
    errno = plan.error;
    return true;
}

bool fails(Kind kind, int descriptor) { return fails(descriptor == STDERR_FILENO ? Kind::message : kind); }

Pause::Pause() { ++paused; }
Pause::~Pause() { --paused; }

void note_commit(unsigned long n_trials) {
    ++counts->commits;
    counts->stored_trials = n_trials;
}

}  // namespace syncache::faults
