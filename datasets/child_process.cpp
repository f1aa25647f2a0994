#include "datasets/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <exception>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace syncache {
namespace {

class Pipe {
  public:
    Pipe() {
        if (pipe2(ends_.data(), O_CLOEXEC) != 0) {
            throw std::runtime_error(fmt::format("no pipe: {}", std::strerror(errno)));
        }
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() {
        close_writing();
        close(ends_[0]);
    }
    int reading() const { return ends_[0]; }
    int writing() const { return ends_[1]; }
    void close_writing() {
        if (ends_[1] >= 0) {
            close(ends_[1]);
            ends_[1] = -1;
        }
    }

  private:
    std::array<int, 2> ends_{-1, -1};
};

class SpawnActions {
  public:
    SpawnActions(const Pipe& out, const Pipe& error) {
        posix_spawn_file_actions_init(&actions_);
        posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(&actions_, out.writing(), STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&actions_, error.writing(), STDERR_FILENO);
    }
    SpawnActions(const SpawnActions&) = delete;
    SpawnActions& operator=(const SpawnActions&) = delete;
    ~SpawnActions() { posix_spawn_file_actions_destroy(&actions_); }
    const posix_spawn_file_actions_t* get() const { return &actions_; }

  private:
    posix_spawn_file_actions_t actions_{};
};

// The program gets the usual signals, whatever this process ignores.
class DefaultSignals {
  public:
    DefaultSignals() {
        sigset_t usual;
        sigemptyset(&usual);
        for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) {
            sigaddset(&usual, signal);
        }
        posix_spawnattr_init(&attributes_);
        posix_spawnattr_setsigdefault(&attributes_, &usual);
        posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF);
    }
    DefaultSignals(const DefaultSignals&) = delete;
    DefaultSignals& operator=(const DefaultSignals&) = delete;
    ~DefaultSignals() { posix_spawnattr_destroy(&attributes_); }
    const posix_spawnattr_t* get() const { return &attributes_; }

  private:
    posix_spawnattr_t attributes_{};
};

pid_t spawn(const std::vector<std::string>& command, const Pipe& out, const Pipe& error) {
    std::vector<char*> words;
    for (const std::string& word : command) {
        words.push_back(const_cast<char*>(word.c_str()));
    }
    words.push_back(nullptr);
    const SpawnActions actions(out, error);
    const DefaultSignals signals;
    pid_t process = 0;
    const int failure = posix_spawnp(&process, words[0], actions.get(), signals.get(), words.data(), environ);
    if (failure != 0) {
        throw std::runtime_error(
            fmt::format("the program `{}` cannot be started: {}; install it, or put it on the path", command[0],
                        std::strerror(failure)));
    }
    return process;
}

// The last line that says something, without "program: " before it.
std::string last_line(std::string text, const std::string& program) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
        text.pop_back();
    }
    text = text.substr(text.rfind('\n') + 1);
    const std::string before = program + ": ";
    return text.starts_with(before) ? text.substr(before.size()) : text;
}

// Reads both pipes until both are closed, or the sink has had enough.
class Reader {
  public:
    Reader(const Pipe& out, const Pipe& error, const OutputSink& sink)
        : sink_(sink), watched_{{{out.reading(), POLLIN, 0}, {error.reading(), POLLIN, 0}}} {}

    // False once there is nothing more to read.
    bool step() {
        if (watched_[0].fd < 0 && watched_[1].fd < 0) {
            return false;
        }
        if (poll(watched_.data(), watched_.size(), -1) < 0 && errno != EINTR) {
            throw std::runtime_error(fmt::format("poll: {}", std::strerror(errno)));
        }
        for (std::size_t i = 0; i < watched_.size(); ++i) {
            if (watched_[i].fd >= 0 && watched_[i].revents != 0 && !take(i)) {
                watched_[i].fd = -1;
            }
        }
        return !enough_;
    }
    bool enough() const { return enough_; }
    const std::string& error() const { return error_; }

  private:
    bool take(std::size_t i) {
        const ssize_t n = read(watched_[i].fd, buffer_.data(), buffer_.size());
        if (n <= 0) {
            return n < 0 && errno == EINTR;
        }
        const auto size = static_cast<std::size_t>(n);
        if (i == 0) {
            enough_ = !sink_(std::span(buffer_).first(size));
        } else if (error_.size() < most_error_text) {
            error_.append(reinterpret_cast<const char*>(buffer_.data()), size);
        }
        return true;
    }

    static constexpr std::size_t most_error_text = 1 << 16;
    const OutputSink& sink_;
    std::array<pollfd, 2> watched_;
    std::array<std::byte, 1 << 16> buffer_{};
    std::string error_;
    bool enough_ = false;
};

}  // namespace

ChildResult run_child(const std::vector<std::string>& command, const OutputSink& sink) {
    Pipe out, error;
    const pid_t process = spawn(command, out, error);
    out.close_writing();
    error.close_writing();
    Reader reader(out, error, sink);
    std::exception_ptr failure;
    try {
        while (reader.step()) {
        }
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure || reader.enough()) {
        kill(process, SIGTERM);
    }
    int status = 0;
    while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
    const int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return {code, reader.enough(), last_line(reader.error(), command[0])};
}

}  // namespace syncache
