#include "datasets/checksum.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "datasets/text_file.hpp"

namespace syncache {
std::string file_sha256(const std::filesystem::path& path) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
    if (!file) {
        refuse_unreadable(path, errno);
    }
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    bool good = context && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1;
    std::vector<unsigned char> piece(std::size_t{1} << 16);
    while (good) {
        errno = 0;
        const std::size_t n_read = std::fread(piece.data(), 1, piece.size(), file.get());
        if (std::ferror(file.get()) != 0) {
            refuse_unreadable(path, errno);
        }
        if (n_read == 0) {
            break;
        }
        good = EVP_DigestUpdate(context.get(), piece.data(), n_read) == 1;
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int n_digest = 0;
    if (!good || EVP_DigestFinal_ex(context.get(), digest.data(), &n_digest) != 1) {
        throw std::runtime_error(fmt::format("{}: SHA-256 failed", path.string()));
    }
    std::string text;
    for (unsigned int i = 0; i < n_digest; ++i) {
        text += fmt::format("{:02x}", digest[i]);
    }
    return text;
}

}  // namespace syncache
