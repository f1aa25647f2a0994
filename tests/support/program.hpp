#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace syncache::test {

// What running the program `syncache` gave.
struct ProgramRun {
    int exit_code = 0;  // 128 + signal where a signal ended it
    std::string out, err;
};

// Runs the built program with these arguments, in `folder`, with `environment` added to this process's.
ProgramRun run_program(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
                       const std::map<std::string, std::string>& environment = {});

// A running program, for tests that interrupt it. Its output is dropped; its messages go to the file `err`.
class BackgroundProgram {
  public:
    BackgroundProgram(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
                      const std::filesystem::path& err = "/dev/null");
    void send(int signal) const;
    int wait();  // the exit code, as in ProgramRun

  private:
    int process_;
};

void write_text(const std::filesystem::path& file, const std::string& text);
std::string read_text(const std::filesystem::path& file);

// A CSV table: the header's names, and a map from name to text for each row. Fields may be in quotes, and hold none.
std::vector<std::map<std::string, std::string>> parse_csv(const std::string& text);

}  // namespace syncache::test
