// What is written behind options of commands that read results: conditions, columns, prices, accuracies.

#include <array>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/fuzz/damage.hpp"
#include "tests/fuzz/fuzzing.hpp"

namespace syncache::fuzz {
namespace {

struct Option {
    const char *command, *name;
};
constexpr std::array<Option, 17> options{{{"export", "--where"},
                                          {"export", "--columns"},
                                          {"export", "--mean"},
                                          {"export", "--price"},
                                          {"export", "--table"},
                                          {"export", "--format"},
                                          {"optimum", "--over"},
                                          {"optimum", "--price"},
                                          {"optimum", "--seeds"},
                                          {"reach", "--accuracy"},
                                          {"reach", "--by"},
                                          {"reach", "--confirm"},
                                          {"reach", "--price"},
                                          {"theory", "--set"},
                                          {"theory", "--table"},
                                          {"status", "--every"},
                                          {"models", ""}}};

}  // namespace
}  // namespace syncache::fuzz

using namespace syncache;

// The first byte chooses command and option, the second the results; the rest is the option's value.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto files = fuzz::write_undamaged();
    fuzz::Pieces input({data, size});
    const fuzz::Option& option = fuzz::options[input.choice(fuzz::options.size())];
    const std::string file = files[input.choice(files.size())];
    std::string value(fuzz::as_text(input.take(size)));
    std::erase(value, '\0');  // ends a word of a command line
    const std::string name = option.name;
    std::vector<std::string> words{option.command};
    if (name.empty()) {
        words.push_back("./" + value);
    } else {
        words.insert(words.end(), {file, name + "=" + value});
    }
    if (words[0] == "reach" && name != "--accuracy") {
        words.insert(words.end(), {"--accuracy", "0.1"});
    }
    fuzz::check_command(fuzz::run_command(words));
    return 0;
}
