#pragma once

#include <cstdlib>
#include <filesystem>

namespace syncache::test {

// The repository's folder: where the tests were built, or, for a test program that was carried to another machine, what
// SYNCACHE_SOURCE_DIR says in the environment.
inline std::filesystem::path source_folder() {
    const char* elsewhere = std::getenv("SYNCACHE_SOURCE_DIR");
    return elsewhere != nullptr ? elsewhere : SYNCACHE_SOURCE_DIR;
}

}  // namespace syncache::test
