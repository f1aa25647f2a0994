// Damaged results files under every command that reads one.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/damage.hpp"
#include "tests/fuzz/fuzzing.hpp"

namespace syncache::fuzz {
namespace {

constexpr std::string_view claims = R"([[claims]]
id = "a"
claim = "Something holds."
where = "nowhere"
sql = "SELECT median(total) FROM outcomes"
low = 0
reason = "none"
[[claims]]
id = "b"
claim = "An optimum lies somewhere."
where = "nowhere"
sql = "SELECT max(best) FROM optimum"
low = 0
reason = "none"
)";

constexpr std::array<const char*, 5> recorded{"epochs", "traces", "distribution", "checkpoints", "presentations"};

std::vector<std::string> command(Pieces& input, const std::string& file) {
    const std::string table = recorded[input.choice(recorded.size())];
    const std::string format = input.choice(2) == 0 ? "csv" : "json";
    const std::array<std::vector<std::string>, 20> all{{
        {"status", file},
        {"status", "--json", file},
        {"export", file, "--format", format},
        {"export", file, "--format", format, "--table", table},
        {"export", file, "--format", format, "--mean", "seed"},
        {"export", file, "--varying"},
        {"export", file, "--complete", "--where", "converged", "--columns", "trial,total"},
        {"export", file, "--price", "maintenance_cost=[0, 1.5]"},
        {"export", file, "--weights", "weights"},
        {"optimum", file, "--format", format},
        {"optimum", file, "--seeds", "all", "--price", "maintenance_cost=[0, 1.5]"},
        {"optimum", file, "--over", "patterns"},
        {"reach", file, "--accuracy", "0.1,0.2", "--format", format},
        {"reach", file, "--accuracy", "0.1", "--confirm", "2", "--by", "threshold"},
        {"theory", file, "--format", format},
        {"theory", file, "--table", input.choice(2) == 0 ? "epochs" : "distribution"},
        {"verify", ".", "--results", file, "--sql-timeout", "1", "--json"},
        {"copy", file, "made.sqlite"},
        {"merge", "made.sqlite", file},
        {"run", "experiment.toml", "-o", file, "--dry-run"},
    }};
    return all[input.choice(all.size())];
}

void check_json(const std::vector<std::string>& words, const CommandRun& run) {
    const bool is_json = std::ranges::count(words, "json") + std::ranges::count(words, "--json") > 0;
    if (is_json && run.exit_code == 0) {
        expect(nlohmann::json::accept(run.out), "no JSON is written: " + run.out);
    }
}

// Nothing is made but what the command names.
void check_folder() {
    for (const auto& entry : std::filesystem::directory_iterator(folder())) {
        const std::string name = entry.path().filename();
        const bool is_known = name == "experiment.toml" || name == "claims.toml" || name == "weights" ||
                              name.starts_with("whole.") || name.starts_with("made.sqlite") ||
                              name.starts_with("damaged.sqlite");
        expect(is_known, "a file that nobody asked for: " + name);
    }
}

}  // namespace
}  // namespace syncache::fuzz

using namespace syncache;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 8) {
        return 0;
    }
    fuzz::Pieces input({data, size});
    fuzz::write_file("claims.toml", fuzz::claims);
    fuzz::write_file("experiment.toml", fuzz::experiment_text(data[4] % 3));
    fuzz::Pieces choices(input.take(4));
    const std::filesystem::path file = fuzz::write_damaged("damaged.sqlite", input);
    const std::vector<std::string> words = fuzz::command(choices, "damaged.sqlite");
    const fuzz::CommandRun run = fuzz::run_command(words);
    fuzz::check_command(run);
    fuzz::check_json(words, run);
    fuzz::check_folder();
    std::filesystem::remove_all("weights");
    std::filesystem::remove("made.sqlite");
    return 0;
}
