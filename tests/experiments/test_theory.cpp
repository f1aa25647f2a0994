#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "host/theory.hpp"
#include "tests/support/near.hpp"

// experiments/theory.py draws the lines of figures; it must be host/theory.hpp in another language.
namespace syncache::test {
namespace {

// What a shell command prints; empty if it fails.
std::string output_of(const std::string& command) {
    FILE* pipe = popen(command.c_str(), "r");
    std::string text;
    std::array<char, 256> part{};
    while (pipe != nullptr && std::fgets(part.data(), part.size(), pipe) != nullptr) {
        text += part.data();
    }
    return pipe != nullptr && pclose(pipe) == 0 ? text : "";
}

std::vector<double> numbers(const std::string& text) {
    std::vector<double> values;
    for (std::size_t begin = 0; begin < text.size();) {
        std::size_t used = 0;
        values.push_back(std::stod(text.substr(begin), &used));
        begin += used + 1;
    }
    return values;
}

TEST(Experiments, TheoryInPythonIsTheHosts) {
    const std::string python = std::string(SYNCACHE_SOURCE_DIR) + "/tools/python";
    if (output_of(python + " -c 'print(1)' 2>/dev/null").empty()) {
        GTEST_SKIP() << "no Python with numpy, pandas and matplotlib";
    }
    const std::string script =
        "import sys; sys.path.insert(0, sys.argv[1]); import theory as t; "
        "print(*(repr(float(x)) for x in (t.perceptron_updates(1700, 900), "
        "t.uncached_energy(1700, 900, 0.3), t.minimal_energy(1700, 900, 0.3), t.inefficiency(1700, 900))))";
    const std::string printed =
        output_of(fmt::format("{} -c '{}' {}/experiments", python, script, SYNCACHE_SOURCE_DIR));
    const std::vector<double> want{theory::perceptron_updates(1700, 900), theory::uncached_energy(1700, 900, 0.3),
                                   theory::minimal_energy(1700, 900, 0.3), theory::inefficiency(1700, 900)};
    // The same few operations in double: some rounding errors, enlarged tenfold by 2 - P/N.
    EXPECT_TRUE(all_near(numbers(printed), want, 1e-13));
}

}  // namespace
}  // namespace syncache::test
