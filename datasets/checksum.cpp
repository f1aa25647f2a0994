// Its newer functions take memory, and crash where there is none; these need none.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "datasets/checksum.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "datasets/text_file.hpp"

namespace syncache {

std::string file_sha256(const std::filesystem::path& path) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
    if (!file) {
        refuse_unreadable(path, errno);
    }
    SHA256_CTX state;
    SHA256_Init(&state);
    std::vector<unsigned char> piece(std::size_t{1} << 16);
    while (true) {
        errno = 0;
        const std::size_t n_read = std::fread(piece.data(), 1, piece.size(), file.get());
        if (std::ferror(file.get()) != 0) {
            refuse_unreadable(path, errno);
        }
        if (n_read == 0) {
            break;
        }
        SHA256_Update(&state, piece.data(), n_read);
    }
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256_Final(digest.data(), &state);
    std::string text;
    for (const unsigned char byte : digest) {
        text += fmt::format("{:02x}", byte);
    }
    return text;
}

}  // namespace syncache
