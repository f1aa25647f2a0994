#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "datasets/new_file.hpp"
#include "host/store/file_lock_impl.hpp"

namespace syncache {
namespace {

// What a link stands for, also where that is not there yet: weakly_canonical keeps such a link's own name.
std::filesystem::path followed(std::filesystem::path file) {
    constexpr int most_links = 40;  // as for the system
    std::error_code error;
    for (int i = 0; i < most_links && std::filesystem::is_symlink(file, error); ++i) {
        file = file.parent_path() / std::filesystem::read_symlink(file, error);
    }
    return file;
}

// The same lock for all names of one file.
std::filesystem::path lock_file_of(const std::filesystem::path& file) {
    std::error_code ignored;
    const std::filesystem::path resolved = std::filesystem::weakly_canonical(followed(file), ignored);
    return (resolved.empty() ? file : resolved).string() + ".lock";
}

struct ::flock whole_file() {
    struct ::flock range{};
    range.l_type = F_WRLCK;
    range.l_whence = SEEK_SET;
    return range;
}

// Whether the descriptor's file is still the one of that name: its last owner removes the lock file when it is done,
// perhaps after we have opened it.
bool is_current(int descriptor, const std::filesystem::path& path) {
    struct stat opened{}, named{};
    return fstat(descriptor, &opened) == 0 && stat(path.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
           opened.st_dev == named.st_dev;
}

[[noreturn]] void refuse(const std::filesystem::path& file, int error) {
    throw std::runtime_error(file.string() + ": cannot be written: " + std::generic_category().message(error));
}

}  // namespace

FileLock::FileLock(const std::filesystem::path& file) : lock_file_(lock_file_of(file)) {
    if (is_planted_link(file, geteuid())) {
        throw std::runtime_error(
            file.string() +
            ": is a link that another user has made in a folder where others may write; allowed: a "
            "file, or a link of your own");
    }
    while (true) {
        descriptor_ = ::open(lock_file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (descriptor_ < 0) {
            refuse(file, errno);
        }
        // An open-file-description lock: also keeps two handles of one process apart.
        struct ::flock range = whole_file();
        if (fcntl(descriptor_, F_OFD_SETLK, &range) != 0) {
            const int error = errno;
            ::close(descriptor_);
            if (error == EAGAIN || error == EACCES) {
                throw std::runtime_error(file.string() + ": is being written by another run");
            }
            refuse(file, error);
        }
        if (is_current(descriptor_, lock_file_)) {
            return;
        }
        ::close(descriptor_);
    }
}

FileLock::~FileLock() {
    ::unlink(lock_file_.c_str());  // before the lock ends, so that nobody else's lock file is removed
    ::close(descriptor_);
}

bool FileLock::is_held(const std::filesystem::path& file) {
    const int descriptor = ::open(lock_file_of(file).c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return false;
    }
    struct ::flock range = whole_file();
    const bool held = fcntl(descriptor, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
    ::close(descriptor);
    return held;
}

}  // namespace syncache
