#pragma once

#include <filesystem>
#include <string>

namespace syncache {

// Says why a file that was asked for cannot be read, as errno has it: std::invalid_argument if it is not there, no
// file, or not allowed to this user; std::runtime_error if the system fails.
[[noreturn]] void refuse_unreadable(const std::filesystem::path& file, int error);

// All that a file holds. Throws as refuse_unreadable does.
std::string text_of_file(const std::filesystem::path& file);

}  // namespace syncache
