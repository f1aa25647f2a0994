// Merging two results files, both damaged or at odds with each other; what comes of it is whole.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "host/store/sql.hpp"
#include "tests/fuzz/damage.hpp"
#include "tests/fuzz/fuzzing.hpp"

using namespace syncache;

// The first byte chooses what is allowed; the second and third say how long the damage to the first file is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Pieces input({data, size});
    const std::size_t options = input.choice(8);
    fuzz::Pieces first(input.take(input.number<std::uint16_t>()));
    fuzz::write_damaged("first.sqlite", first);
    fuzz::write_damaged("second.sqlite", input);
    std::vector<std::string> words{"merge", "merged.sqlite", "first.sqlite", "second.sqlite"};
    if (options & 1U) {
        words.emplace_back("--force");
    }
    if (options & 2U) {
        words.emplace_back("--allow-builds");
    }
    const fuzz::CommandRun run = fuzz::run_command(words);
    fuzz::check_command(run);
    const bool is_there = std::filesystem::exists("merged.sqlite");
    fuzz::expect(run.exit_code != 0 || is_there, "merged, and there is no file");
    if (is_there) {
        const sql::Database merged = sql::open("merged.sqlite", SQLITE_OPEN_READONLY);
        fuzz::expect(sql::query_text(merged.get(), "PRAGMA integrity_check") == "ok", "merging has made a broken file");
        const auto n_trials = sql::query_integer(merged.get(), "SELECT count(*) FROM trials");
        fuzz::expect(run.exit_code == 0 || n_trials == 0, "a merge that failed has left trials");
    }
    if (run.exit_code == 0) {
        fuzz::check_command(fuzz::run_command({"export", "merged.sqlite"}));
        fuzz::check_command(fuzz::run_command({"status", "merged.sqlite"}));
    }
    for (const char* suffix : {"", "-wal", "-shm", "-journal", ".lock"}) {
        std::filesystem::remove(std::string("merged.sqlite") + suffix);
    }
    return 0;
}
