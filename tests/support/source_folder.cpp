// The only file that is compiled with the paths of the source tree and of the build, so that a compiler cache serves
// several trees.

#include "tests/support/source_folder.hpp"

#include <cstdlib>
#include <filesystem>

namespace syncache::test {

std::filesystem::path source_folder() {
    const char* elsewhere = std::getenv("SYNCACHE_SOURCE_DIR");
    return elsewhere != nullptr ? elsewhere : SYNCACHE_SOURCE_DIR;
}

// SYNCACHE_TEST_PROGRAM in the environment: another one, such as that whose backend `cuda` is emulated.
const char* program_file() {
    const char* other = std::getenv("SYNCACHE_TEST_PROGRAM");
    return other == nullptr ? SYNCACHE_PROGRAM : other;
}

}  // namespace syncache::test
