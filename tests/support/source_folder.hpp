#pragma once

#include <filesystem>

namespace syncache::test {

// The repository's folder: where the tests were built, or, for a test program that was carried to another machine, what
// SYNCACHE_SOURCE_DIR says in the environment.
std::filesystem::path source_folder();

// The built program `syncache`.
const char* program_file();

}  // namespace syncache::test
