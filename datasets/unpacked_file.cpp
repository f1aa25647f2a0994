#include "datasets/unpacked_file.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include "datasets/array_values_impl.hpp"
#include "datasets/text_file.hpp"

namespace syncache {

using array::refuse;

UnpackedFile::UnpackedFile(const std::filesystem::path& file) : file_(file), stream_(nullptr, &gzclose_r) {
    std::error_code error;
    file_bytes_ = std::filesystem::file_size(file, error);
    if (error) {
        refuse_unreadable(file, error.value());
    }
    errno = 0;
    stream_.reset(gzopen(file.c_str(), "rb"));
    if (!stream_) {
        refuse_unreadable(file, errno != 0 ? errno : ENOMEM);
    }
    gzbuffer(stream_.get(), 2 * array::piece_bytes);
}

std::size_t UnpackedFile::read(unsigned char* target, std::size_t n) {
    std::size_t n_read = 0;
    while (n_read < n) {
        const auto part = static_cast<unsigned int>(std::min(n - n_read, array::piece_bytes));
        errno = 0;
        const int got = gzread(stream_.get(), target + n_read, part);
        if (got <= 0) {
            refuse_if_broken(n_read);
        }
        if (got == 0) {
            break;
        }
        n_read += static_cast<std::size_t>(got);
    }
    offset_ += n_read;
    return n_read;
}

bool UnpackedFile::is_gzip() { return gzdirect(stream_.get()) == 0; }

// Throws where the last gzread met an error: damage, or the end within a gzip stream. `n_read`: since offset_.
void UnpackedFile::refuse_if_broken(std::size_t n_read) {
    const int system_error = errno;
    int code = Z_OK;
    std::string_view reason = gzerror(stream_.get(), &code);
    if (code == Z_OK || code == Z_STREAM_END) {
        return;
    }
    const std::string name = file_.string() + ": ";
    reason.remove_prefix(reason.starts_with(name) ? name.size() : 0);
    refuse(file_, fmt::format("offset {}: cannot be unpacked: {}; allowed: an IDX file, gzip or not", offset_ + n_read,
                              code == Z_ERRNO ? std::strerror(system_error) : reason));
}

}  // namespace syncache
