#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What the fuzzers share: files in a folder of their own, the program's command line within this process, and a way to
// report what no sanitizer sees.
namespace syncache::fuzz {

// What the fuzzer hands over.
using Bytes = std::span<const std::uint8_t>;

inline std::string_view as_text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// Ends the program with a message, as a sanitizer would.
[[noreturn]] void found_bug(std::string_view message);

inline void expect(bool is_true, std::string_view message) {
    if (!is_true) {
        found_bug(message);
    }
}

// An empty folder, which is the working directory as well; in memory where TMPDIR is. Removed at the end.
const std::filesystem::path& folder();

// Writes a file in that folder, in place of what was there.
std::filesystem::path write_file(std::string_view name, std::string_view content);

// The program's own main function, in this process.
struct CommandRun {
    int exit_code = 0;
    std::string out, err;  // what it wrote to standard output and to standard error
};
CommandRun run_command(const std::vector<std::string>& arguments);

// What holds for every command whatever its input: an exit code of the documented ones, and after a failure one line of
// what is wrong that begins with the program's name. Warnings may stand before it.
void check_command(const CommandRun& run);

// Reads an input piece by piece; behind its end everything is 0 and empty.
class Pieces {
  public:
    explicit Pieces(Bytes bytes) : rest_(bytes) {}

    bool at_end() const { return rest_.empty(); }
    Bytes take(std::size_t n) {
        const Bytes piece = rest_.first(n < rest_.size() ? n : rest_.size());
        rest_ = rest_.subspan(piece.size());
        return piece;
    }
    template <class T>
    T number() {
        T value{};
        const Bytes piece = take(sizeof(T));
        std::memcpy(&value, piece.data(), piece.size());
        return value;
    }
    // Below n.
    std::size_t choice(std::size_t n) { return number<std::uint8_t>() % n; }
    // Up to 255 bytes, or up to 65535.
    std::string_view short_text() { return as_text(take(number<std::uint8_t>())); }
    std::string_view long_text() { return as_text(take(number<std::uint16_t>())); }

  private:
    Bytes rest_;
};

}  // namespace syncache::fuzz
