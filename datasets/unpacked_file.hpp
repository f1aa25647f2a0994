#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>

struct gzFile_s;

namespace syncache {

// The unpacked bytes of a file, gzip or not, from the beginning. Members throw std::invalid_argument that names the
// file, and the offset in the unpacked bytes.
class UnpackedFile {
  public:
    explicit UnpackedFile(const std::filesystem::path& file);

    // Reads `n` bytes, or as many as there are; returns how many.
    std::size_t read(unsigned char* target, std::size_t n);

    const std::filesystem::path& file() const { return file_; }
    std::uintmax_t offset() const { return offset_; }
    std::uintmax_t file_bytes() const { return file_bytes_; }  // as it lies on the disk
    bool is_gzip();

  private:
    void refuse_if_broken(std::size_t n_read);

    std::filesystem::path file_;
    std::unique_ptr<gzFile_s, int (*)(gzFile_s*)> stream_;
    std::uintmax_t file_bytes_ = 0;
    std::uintmax_t offset_ = 0;  // in the unpacked bytes
};

}  // namespace syncache
