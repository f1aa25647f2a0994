#pragma once

#include <filesystem>
#include <string>

namespace syncache {

// SHA-256 over a file as 64 hexadecimal digits. Throws std::invalid_argument naming a file that cannot be read.
std::string file_sha256(const std::filesystem::path& path);

}  // namespace syncache
