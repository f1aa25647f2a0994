#pragma once

#include <sys/types.h>

#include <filesystem>

namespace syncache {

// Makes an empty file of that name in place of whatever has it: what somebody has left or planted there, a link for
// instance, is removed and not written through. Throws std::system_error naming the file.
void make_anew(const std::filesystem::path& file);

// Whether the name is a link that user `me` should not write through: in a folder where others may write, and made by
// neither me nor the folder's owner.
bool is_planted_link(const std::filesystem::path& file, uid_t me);

}  // namespace syncache
