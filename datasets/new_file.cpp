#include "datasets/new_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace syncache {

void make_anew(const std::filesystem::path& file) {
    ::unlink(file.c_str());
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (descriptor < 0) {
        throw std::system_error(errno, std::generic_category(), fmt::format("{}: cannot be written", file.string()));
    }
    ::close(descriptor);
}

bool is_planted_link(const std::filesystem::path& file, uid_t me) {
    const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
    struct stat link{}, around{};
    return lstat(file.c_str(), &link) == 0 && S_ISLNK(link.st_mode) && stat(folder.c_str(), &around) == 0 &&
           (around.st_mode & (S_IWGRP | S_IWOTH)) != 0 && link.st_uid != me && link.st_uid != around.st_uid;
}

}  // namespace syncache
