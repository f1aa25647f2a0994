// The functions that the preloaded library puts before the system's. Each may be made to fail (faults.hpp), and what it
// does to the files of one folder may be written down (record.hpp).
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include "tests/faults/faults.hpp"
#include "tests/faults/next.hpp"
#include "tests/faults/record.hpp"

using syncache::faults::fails;
using syncache::faults::Kind;
using syncache::faults::Pause;
using syncache::faults::record;

namespace {

// The third argument of open and fcntl, if there is one; others than ours are passed on as they are.
template <typename T>
T third(std::va_list& arguments) {
    T value = va_arg(arguments, T);
    va_end(arguments);
    return value;
}

bool makes_files(int flags) { return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE; }

template <typename Open>
int open_recorded(const char* path, int flags, const Open& really) {
    if (fails(Kind::open)) {
        return -1;
    }
    const bool is_new = (flags & O_CREAT) != 0 && access(path, F_OK) != 0;
    const int file = really();
    if (is_new && file >= 0) {
        record("create", file, 0, nullptr, 0);
    }
    return file;
}

// Writes at `offset`, or where the file stands.
template <typename Write>
ssize_t write_recorded(int file, const void* data, off64_t offset, const Write& really) {
    if (fails(Kind::write, file)) {
        return -1;
    }
    const off64_t place = offset >= 0 || !syncache::faults::is_recording() ? offset : lseek64(file, 0, SEEK_CUR);
    const ssize_t written = really();
    if (written > 0) {
        record("write", file, place, data, static_cast<std::size_t>(written));
    }
    return written;
}

// What succeeds is recorded.
template <typename Call>
int call_recorded(const char* operation, int file, long long offset, const Call& really) {
    const int code = really();
    if (code == 0) {
        record(operation, file, offset, nullptr, 0);
    }
    return code;
}

template <typename Allocate>
void* allocate(const Allocate& really) {
    if (fails(Kind::alloc)) {
        return nullptr;
    }
    return really();
}

// operator new: what it calls in turn is not counted again.
template <typename Allocate>
void* allocate_or_throw(const Allocate& really) {
    if (fails(Kind::alloc)) {
        throw std::bad_alloc();
    }
    const Pause pause;
    return really();
}

// SQLite's own commits, so that a test knows what must be there from now on.
void note_commit(sqlite3* database) {
    const Pause pause;
    sqlite3_stmt* count = nullptr;
    if (sqlite3_prepare_v2(database, "SELECT count(*) FROM main.trials", -1, &count, nullptr) == SQLITE_OK &&
        sqlite3_step(count) == SQLITE_ROW) {
        const auto n_trials = static_cast<unsigned long>(sqlite3_column_int64(count, 0));
        syncache::faults::note_commit(n_trials);
        syncache::faults::record_commit(n_trials);
    }
    sqlite3_finalize(count);
}

// Every other commit is followed by a checkpoint, as they are every ten seconds of a long run.
void checkpoint(sqlite3* database) {
    static int n_commits = 0;
    if (syncache::faults::is_recording() && ++n_commits % 2 == 0) {
        sqlite3_wal_checkpoint_v2(database, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    }
}

}  // namespace

extern "C" {

// Faults begin with main(): before it, the dynamic loader and initialisers of libraries are at work.
using Main = int (*)(int, char**, char**);
static Main real_main = nullptr;

static int counted_main(int argc, char** argv, char** environment) {
    syncache::faults::begin();
    return real_main(argc, argv, environment);
}

int __libc_start_main(Main main, int argc, char** argv, void (*init)(), void (*fini)(), void (*loader_fini)(),
                      void* stack_end) {
    real_main = main;
    using Start = int (*)(Main, int, char**, void (*)(), void (*)(), void (*)(), void*);
    const auto start = reinterpret_cast<Start>(dlsym(RTLD_NEXT, "__libc_start_main"));
    return start(counted_main, argc, argv, init, fini, loader_fini, stack_end);
}

void* malloc(std::size_t size) noexcept {
    return allocate([&] { return SYNCACHE_NEXT(malloc)(size); });
}

void* calloc(std::size_t n, std::size_t size) noexcept {
    return allocate([&] { return SYNCACHE_NEXT(calloc)(n, size); });
}

void* realloc(void* old, std::size_t size) noexcept {
    return allocate([&] { return SYNCACHE_NEXT(realloc)(old, size); });
}

void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
    return allocate([&] { return SYNCACHE_NEXT(aligned_alloc)(alignment, size); });
}

int posix_memalign(void** place, std::size_t alignment, std::size_t size) noexcept {
    return fails(Kind::alloc) ? ENOMEM : SYNCACHE_NEXT(posix_memalign)(place, alignment, size);
}

int open(const char* path, int flags, ...) {
    std::va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = makes_files(flags) ? third<mode_t>(arguments) : 0;
    return open_recorded(path, flags, [&] { return SYNCACHE_NEXT(open)(path, flags, mode); });
}

int open64(const char* path, int flags, ...) {
    std::va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = makes_files(flags) ? third<mode_t>(arguments) : 0;
    return open_recorded(path, flags, [&] { return SYNCACHE_NEXT(open64)(path, flags, mode); });
}

int openat(int folder, const char* path, int flags, ...) {
    std::va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = makes_files(flags) ? third<mode_t>(arguments) : 0;
    return fails(Kind::open) ? -1 : SYNCACHE_NEXT(openat)(folder, path, flags, mode);
}

int openat64(int folder, const char* path, int flags, ...) {
    std::va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = makes_files(flags) ? third<mode_t>(arguments) : 0;
    return fails(Kind::open) ? -1 : SYNCACHE_NEXT(openat64)(folder, path, flags, mode);
}

std::FILE* fopen(const char* path, const char* mode) {
    return fails(Kind::open) ? nullptr : SYNCACHE_NEXT(fopen)(path, mode);
}

std::FILE* fopen64(const char* path, const char* mode) {
    return fails(Kind::open) ? nullptr : SYNCACHE_NEXT(fopen64)(path, mode);
}

ssize_t read(int file, void* data, std::size_t size) {
    return fails(Kind::read, file) ? -1 : SYNCACHE_NEXT(read)(file, data, size);
}

ssize_t pread(int file, void* data, std::size_t size, off_t offset) {
    return fails(Kind::read, file) ? -1 : SYNCACHE_NEXT(pread)(file, data, size, offset);
}

ssize_t pread64(int file, void* data, std::size_t size, off64_t offset) {
    return fails(Kind::read, file) ? -1 : SYNCACHE_NEXT(pread64)(file, data, size, offset);
}

ssize_t write(int file, const void* data, std::size_t size) {
    return write_recorded(file, data, -1, [&] { return SYNCACHE_NEXT(write)(file, data, size); });
}

ssize_t writev(int file, const struct iovec* parts, int n) {
    return fails(Kind::write, file) ? -1 : SYNCACHE_NEXT(writev)(file, parts, n);
}

ssize_t pwrite(int file, const void* data, std::size_t size, off_t offset) {
    return write_recorded(file, data, offset, [&] { return SYNCACHE_NEXT(pwrite)(file, data, size, offset); });
}

ssize_t pwrite64(int file, const void* data, std::size_t size, off64_t offset) {
    return write_recorded(file, data, offset, [&] { return SYNCACHE_NEXT(pwrite64)(file, data, size, offset); });
}

// The system's own streams do not call the functions above.
std::size_t fwrite(const void* data, std::size_t size, std::size_t n, std::FILE* stream) {
    return fails(Kind::write, fileno(stream)) ? 0 : SYNCACHE_NEXT(fwrite)(data, size, n, stream);
}

int fflush(std::FILE* stream) {
    return stream != nullptr && fails(Kind::write, fileno(stream)) ? EOF : SYNCACHE_NEXT(fflush)(stream);
}

int fsync(int file) {
    return fails(Kind::sync) ? -1 : call_recorded("sync", file, 0, [&] { return SYNCACHE_NEXT(fsync)(file); });
}

int fdatasync(int file) {
    return fails(Kind::sync) ? -1 : call_recorded("sync", file, 0, [&] { return SYNCACHE_NEXT(fdatasync)(file); });
}

int ftruncate(int file, off_t size) noexcept {
    return fails(Kind::truncate)
               ? -1
               : call_recorded("truncate", file, size, [&] { return SYNCACHE_NEXT(ftruncate)(file, size); });
}

int ftruncate64(int file, off64_t size) noexcept {
    return fails(Kind::truncate)
               ? -1
               : call_recorded("truncate", file, size, [&] { return SYNCACHE_NEXT(ftruncate64)(file, size); });
}

int rename(const char* from, const char* to) noexcept {
    return fails(Kind::rename) ? -1 : SYNCACHE_NEXT(rename)(from, to);
}

int unlink(const char* path) noexcept {
    if (fails(Kind::remove)) {
        return -1;
    }
    const int code = SYNCACHE_NEXT(unlink)(path);
    if (code == 0) {
        record("remove", path);
    }
    return code;
}

int remove(const char* path) noexcept { return fails(Kind::remove) ? -1 : SYNCACHE_NEXT(remove)(path); }

int fcntl(int file, int command, ...) {
    std::va_list arguments;
    va_start(arguments, command);
    void* argument = third<void*>(arguments);
    const bool locks = command == F_SETLK || command == F_SETLKW || command == F_GETLK || command == F_OFD_SETLK ||
                       command == F_OFD_SETLKW || command == F_OFD_GETLK;
    return locks && fails(Kind::lock) ? -1 : SYNCACHE_NEXT(fcntl)(file, command, argument);
}

int fcntl64(int file, int command, ...) {
    std::va_list arguments;
    va_start(arguments, command);
    void* argument = third<void*>(arguments);
    const bool locks = command == F_SETLK || command == F_SETLKW || command == F_GETLK || command == F_OFD_SETLK ||
                       command == F_OFD_SETLKW || command == F_OFD_GETLK;
    return locks && fails(Kind::lock) ? -1 : SYNCACHE_NEXT(fcntl64)(file, command, argument);
}

void* mmap(void* place, std::size_t size, int protection, int flags, int file, off_t offset) noexcept {
    return file >= 0 && fails(Kind::map) ? MAP_FAILED
                                         : SYNCACHE_NEXT(mmap)(place, size, protection, flags, file, offset);
}

void* mmap64(void* place, std::size_t size, int protection, int flags, int file, off64_t offset) noexcept {
    return file >= 0 && fails(Kind::map) ? MAP_FAILED
                                         : SYNCACHE_NEXT(mmap64)(place, size, protection, flags, file, offset);
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
                   void* argument) noexcept {
    return fails(Kind::thread) ? errno : SYNCACHE_NEXT(pthread_create)(thread, attributes, start, argument);
}

// A lock that cannot be had at all looks like one that somebody else holds: the program waits for it, here not for a
// minute.
int sqlite3_busy_timeout(sqlite3* database, int milliseconds) {
    constexpr int longest = 300;
    return SYNCACHE_NEXT(sqlite3_busy_timeout)(database, milliseconds < longest ? milliseconds : longest);
}

int usleep(useconds_t microseconds) { return SYNCACHE_NEXT(usleep)(microseconds / 50); }  // between its attempts

int sqlite3_exec(sqlite3* database, const char* text, int (*callback)(void*, int, char**, char**), void* argument,
                 char** message) {
    const int code = SYNCACHE_NEXT(sqlite3_exec)(database, text, callback, argument, message);
    if (code == SQLITE_OK && std::strcmp(text, "COMMIT") == 0) {
        note_commit(database);
        checkpoint(database);
    }
    return code;
}

}  // extern "C"

void* operator new(std::size_t size) {
    using New = void* (*)(std::size_t);
    static const auto really = reinterpret_cast<New>(dlsym(RTLD_NEXT, "_Znwm"));
    return allocate_or_throw([&] { return really(size); });
}

void* operator new(std::size_t size, std::align_val_t alignment) {
    using New = void* (*)(std::size_t, std::align_val_t);
    static const auto really = reinterpret_cast<New>(dlsym(RTLD_NEXT, "_ZnwmSt11align_val_t"));
    return allocate_or_throw([&] { return really(size, alignment); });
}

void* operator new[](std::size_t size) {
    using New = void* (*)(std::size_t);
    static const auto really = reinterpret_cast<New>(dlsym(RTLD_NEXT, "_Znam"));
    return allocate_or_throw([&] { return really(size); });
}
