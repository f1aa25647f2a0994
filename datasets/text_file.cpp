#include "datasets/text_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <ios>
#include <iterator>
#include <stdexcept>
#include <string>
#include <system_error>

namespace syncache {

void refuse_unreadable(const std::filesystem::path& file, int error) {
    const std::string message =
        fmt::format("{}: cannot be read: {}", file.string(), std::generic_category().message(error));
    switch (error) {
        case ENOENT:
        case ENOTDIR:
        case EISDIR:
        case EACCES:
        case EPERM:
        case ELOOP:
        case ENAMETOOLONG:
            throw std::invalid_argument(message);
        default:
            throw std::runtime_error(message);
    }
}

std::string text_of_file(const std::filesystem::path& file) {
    if (std::filesystem::is_directory(file)) {
        refuse_unreadable(file, EISDIR);
    }
    errno = 0;
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
        refuse_unreadable(file, errno);
    }
    try {
        return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    } catch (const std::ios_base::failure&) {
        refuse_unreadable(file, errno);
    }
}

}  // namespace syncache
