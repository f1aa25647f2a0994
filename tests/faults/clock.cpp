// The preloaded library's wall clock: it is wrong by as many seconds as the file SYNCACHE_CLOCK_OFFSET holds, which may
// change at any time.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <ctime>

#include "tests/faults/next.hpp"

namespace {

// Null where nobody steps the clock.
const std::atomic<std::int64_t>* find_offset() {
    const char* file = std::getenv("SYNCACHE_CLOCK_OFFSET");
    if (file == nullptr) {
        return nullptr;
    }
    const int descriptor = SYNCACHE_NEXT(open)(file, O_RDONLY | O_CLOEXEC);
    void* shared = SYNCACHE_NEXT(mmap)(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, descriptor, 0);
    if (descriptor < 0 || shared == MAP_FAILED) {
        std::abort();
    }
    close(descriptor);
    return static_cast<const std::atomic<std::int64_t>*>(shared);
}

std::int64_t offset() {
    static const std::atomic<std::int64_t>* const shared = find_offset();
    return shared == nullptr ? 0 : shared->load();
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, struct timespec* now) noexcept {
    const int code = SYNCACHE_NEXT(clock_gettime)(clock, now);
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) {
        now->tv_sec += offset();
    }
    return code;
}

int gettimeofday(struct timeval* now, void* zone) noexcept {
    const int code = SYNCACHE_NEXT(gettimeofday)(now, zone);
    now->tv_sec += offset();
    return code;
}

std::time_t time(std::time_t* place) noexcept {
    const std::time_t now = SYNCACHE_NEXT(time)(nullptr) + offset();
    if (place != nullptr) {
        *place = now;
    }
    return now;
}

}  // extern "C"
