#include "tests/support/small_disk.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace syncache::test {
namespace {

bool write_line(const char* file, const std::string& line) {
    std::ofstream out(file);
    out << line;
    return static_cast<bool>(out.flush());
}

bool become_root_of_a_namespace() {
    const uid_t user = geteuid();
    const gid_t group = getegid();
    return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && write_line("/proc/self/setgroups", "deny") &&
           write_line("/proc/self/uid_map", fmt::format("0 {} 1", user)) &&
           write_line("/proc/self/gid_map", fmt::format("0 {} 1", group));
}

}  // namespace

bool mount_small_disk(const std::string& folder, const std::string& size) {
    const auto try_it = [&] { return mount("tmpfs", folder.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0; };
    return try_it() || (geteuid() != 0 && become_root_of_a_namespace() && try_it());
}

}  // namespace syncache::test
