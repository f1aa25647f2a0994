#pragma once

#include <filesystem>

namespace syncache {

// Marks a file as being written, by an exclusive lock on "<file>.lock" that ends with its owner, however that ends.
// A sidecar is locked rather than the file itself, so that readers of the file are never in its way.
class FileLock {
  public:
    // Throws std::runtime_error naming the file: "is being written by another run" if it is locked, why its folder
    // cannot be written, or that it is a link of somebody else's in a shared folder.
    explicit FileLock(const std::filesystem::path& file);
    ~FileLock();
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

    // Whether anyone holds the lock now. Never takes it, not even for a moment: a starting run must not be refused
    // because somebody looked.
    static bool is_held(const std::filesystem::path& file);

  private:
    std::filesystem::path lock_file_;
    int descriptor_ = -1;
};

}  // namespace syncache
