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

const char* program_file() { return SYNCACHE_PROGRAM; }

}  // namespace syncache::test
