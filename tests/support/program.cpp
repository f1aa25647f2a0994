#include "tests/support/program.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <ios>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/source_folder.hpp"

namespace syncache::test {
namespace {

int start(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
          const std::map<std::string, std::string>& environment, const std::filesystem::path& out,
          const std::filesystem::path& err) {
    std::vector<std::string> words{program_file()};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    const int process = fork();
    if (process == 0) {
        for (const auto& [name, value] : environment) {
            setenv(name.c_str(), value.c_str(), 1);
        }
        const int out_file = open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
        const int err_file = open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
        if (chdir(folder.c_str()) != 0 || dup2(out_file, 1) < 0 || dup2(err_file, 2) < 0) {
            _exit(127);
        }
        execv(program_file(), argv.data());
        _exit(127);
    }
    if (process < 0) {
        throw std::runtime_error("fork failed");
    }
    return process;
}

int wait_for(int process) {
    int status = 0;
    waitpid(process, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

ProgramRun run_program(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
                       const std::map<std::string, std::string>& environment) {
    static std::atomic<int> count = 0;
    const std::string stem = "syncache-test-" + std::to_string(getpid()) + "-" + std::to_string(count++);
    const std::filesystem::path out = std::filesystem::temp_directory_path() / (stem + ".out");
    const std::filesystem::path err = std::filesystem::temp_directory_path() / (stem + ".err");
    ProgramRun run;
    run.exit_code = wait_for(start(arguments, folder, environment, out, err));
    run.out = read_text(out);
    run.err = read_text(err);
    std::filesystem::remove(out);
    std::filesystem::remove(err);
    return run;
}

BackgroundProgram::BackgroundProgram(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
                                     const std::filesystem::path& err)
    : process_(start(arguments, folder, {}, "/dev/null", err)) {}

void BackgroundProgram::send(int signal) const { kill(process_, signal); }

int BackgroundProgram::wait() { return wait_for(process_); }

void write_text(const std::filesystem::path& file, const std::string& text) {
    std::ofstream out(file, std::ios::binary);
    out << text;
    if (!out.flush()) {
        throw std::runtime_error("cannot write " + file.string());
    }
}

std::string read_text(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::vector<std::map<std::string, std::string>> parse_csv(const std::string& text) {
    std::istringstream lines(text);
    const auto fields_of = [](const std::string& line) {
        std::vector<std::string> fields(1);
        bool quoted = false;
        for (const char c : line) {
            if (c == '"') {
                quoted = !quoted;
            } else if (c == ',' && !quoted) {
                fields.emplace_back();
            } else {
                fields.back() += c;
            }
        }
        return fields;
    };
    std::string line;
    std::getline(lines, line);
    const std::vector<std::string> names = fields_of(line);
    std::vector<std::map<std::string, std::string>> rows;
    while (std::getline(lines, line)) {
        const std::vector<std::string> fields = fields_of(line);
        if (fields.size() != names.size()) {
            throw std::runtime_error("CSV row of " + std::to_string(fields.size()) + " fields: " + line);
        }
        std::map<std::string, std::string> row;
        for (std::size_t i = 0; i < names.size(); ++i) {
            row[names[i]] = fields[i];
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

}  // namespace syncache::test
