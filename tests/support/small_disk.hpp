#pragma once

#include <string>

namespace syncache::test {

// Mounts a file system in memory of that size ("300k") on a folder; who is not root becomes root of a user namespace of
// this process for it, which Linux allows while there is one thread. False where neither is permitted.
bool mount_small_disk(const std::string& folder, const std::string& size);

}  // namespace syncache::test
