#include "tests/fuzz/fuzzing.hpp"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <ios>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "tools/syncache/command_line.hpp"

namespace syncache::fuzz {
namespace {

class Scratch {
  public:
    Scratch() {
        std::string name = (std::filesystem::temp_directory_path() / "syncache-fuzz-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("no folder for the fuzzer's files");
        }
        path_ = name;
        std::filesystem::current_path(path_);
        // Images would be looked for there, and their sums compared: no business of an input.
        unsetenv("SYNCACHE_DATA");
    }
    ~Scratch() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

// Takes what the program writes to a stream of C's library.
class Capture {
  public:
    explicit Capture(FILE*& stream) : stream_(stream), former_(stream) { stream_ = open_memstream(&text_, &size_); }
    ~Capture() {
        end();
        std::free(text_);
    }
    Capture(const Capture&) = delete;
    Capture& operator=(const Capture&) = delete;

    std::string text() {
        end();
        return {text_, size_};
    }

  private:
    void end() {
        if (stream_ != former_) {
            std::fclose(stream_);
            stream_ = former_;
        }
    }

    FILE*& stream_;
    FILE* former_;
    char* text_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace

void found_bug(std::string_view message) {
    const std::string line = "found: " + std::string(message) + "\n";
    [[maybe_unused]] const auto n_written = write(STDERR_FILENO, line.data(), line.size());
    std::abort();
}

const std::filesystem::path& folder() {
    static const Scratch scratch;
    return scratch.path();
}

std::filesystem::path write_file(std::string_view name, std::string_view content) {
    const std::filesystem::path file = folder() / name;
    std::ofstream(file, std::ios::binary).write(content.data(), static_cast<std::streamsize>(content.size()));
    return file;
}

CommandRun run_command(const std::vector<std::string>& arguments) {
    folder();
    std::vector<std::string> words{"syncache"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    CommandRun run;
    std::ostringstream exported;
    std::streambuf* const former = std::cout.rdbuf(exported.rdbuf());
    {
        Capture out(stdout), err(stderr);
        run.exit_code = command_line(static_cast<int>(words.size()), argv.data());
        run.err = err.text();
        run.out = out.text() + exported.str();
    }
    std::cout.rdbuf(former);
    return run;
}

void check_command(const CommandRun& run) {
    expect(run.exit_code == 0 || run.exit_code == 1 || run.exit_code == 2, "an exit code that is not documented");
    if (run.exit_code == 0 || !run.out.empty()) {
        return;
    }
    std::string_view last = run.err;
    const bool ends = last.ends_with('\n');
    last.remove_suffix(ends ? 1 : 0);
    last.remove_prefix(last.rfind('\n') + 1);
    if (!ends || !last.starts_with("syncache: ")) {
        found_bug("no clear line on standard error: " + run.err);
    }
}

}  // namespace syncache::fuzz
