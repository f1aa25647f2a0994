#include "tests/fuzz/damage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <ios>
#include <iterator>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/store/sql.hpp"
#include "tests/fuzz/fuzzing.hpp"

namespace syncache::fuzz {
namespace {

constexpr std::array<const char*, 3> experiments{
    R"(name = "perceptron"
model = "perceptron"
record = ["epochs", "traces", "distribution", "weights"]
[fixed]
inputs = 6
variant = "local-global"
tau = 100
max_epochs = 3
[axes]
threshold = [0.5, 2.0]
patterns = [3, 4]
seed = [1, 2]
[accounting]
maintenance_cost = [0.0, 0.01]
exponent = [1.0, 2.0]
)",
    R"(name = "mlp"
model = "mlp"
record = ["traces", "weights", "checkpoint_weights"]
[fixed]
data = "synthetic"
train_count = 12
test_count = 6
hidden = 2
max_epochs = 1
checkpoint_every = 4
traced = [0, 3]
tau = 100
variant = "local-neuron"
[axes]
threshold = [0.0, 0.04]
seed = [1, 2]
[accounting]
maintenance_cost = [0.0, 0.01]
)",
    R"(name = "spiking"
model = "spiking"
record = ["epochs", "weights", "presentations"]
[fixed]
patterns = 2
max_runs = 2
auditory_inputs = 6
[axes]
threshold = [0.0, 1e-5]
seed = [1, 2]
)"};

// The file of the experiment, as one database without a log.
std::string make_results(int which) {
    write_file("whole.toml", experiments.at(static_cast<std::size_t>(which)));
    const std::filesystem::path file = folder() / "whole.sqlite";
    std::filesystem::remove(file);
    const CommandRun run = run_command({"run", "whole.toml", "-o", file, "--quiet", "--threads", "1"});
    if (run.exit_code != 0) {
        found_bug("the file to damage cannot be made: " + run.err);
    }
    sql::execute(sql::open(file, SQLITE_OPEN_READWRITE).get(),
                 "PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; VACUUM");
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

const std::string& results(int which) {
    static std::array<std::string, experiments.size()> files;
    std::string& file = files.at(static_cast<std::size_t>(which));
    if (file.empty()) {
        file = make_results(which);
    }
    return file;
}

constexpr std::array<const char*, 11> tables{
    "experiments", "current_experiment", "parameters",  "extra_columns", "accounting", "runs", "checksums", "trials",
    "sums",        "recorded",           "extra_values"};

// A value as an expression of SQL.
std::string any_value(Pieces& input) {
    constexpr double largest = std::numeric_limits<double>::max();
    constexpr std::array numbers{0.0, -1.0, 0.5, 1e300, largest, -largest, 5e-324, 9.2e18, -9.3e18, 4294967296.0};
    switch (input.choice(8)) {
        case 0:
            return "NULL";
        case 1:
            return fmt::format("{}", input.number<std::int64_t>());
        case 2:
            return fmt::format("{}", input.number<std::int8_t>());
        case 3:
            return fmt::format("{:.17g}", numbers[input.choice(numbers.size())]);
        case 4:
            return input.choice(2) == 0 ? "9e999" : "-9e999";
        case 5: {
            std::string hex;
            for (const char byte : input.short_text()) {
                hex += fmt::format("{:02x}", static_cast<std::uint8_t>(byte));
            }
            return "x'" + hex + "'";
        }
        default: {
            std::string text(input.short_text());
            for (std::size_t at = 0; (at = text.find('\'', at)) != std::string::npos; at += 2) {
                text.insert(at, 1, '\'');
            }
            std::erase(text, '\0');
            return "'" + text + "'";
        }
    }
}

// A column's name: its place counted modulo their number.
std::string column_of(sqlite3* database, const char* table, std::size_t place) {
    sql::Statement info(database, fmt::format("SELECT name FROM pragma_table_info('{}')", table));
    std::vector<std::string> names;
    while (info.step()) {
        names.emplace_back(info.text(0));
    }
    return names.empty() ? "none" : sql::quoted(names[place % names.size()]);
}

// One row of a table by its place, as a condition. Most tables have few columns that tell rows apart, so all are asked
// for.
std::string row_of(sqlite3* database, const char* table, std::size_t place) {
    const std::string first = column_of(database, table, 0), second = column_of(database, table, 1);
    return fmt::format(
        "({1}, {2}) IN (SELECT {1}, {2} FROM {0} LIMIT 1 OFFSET (SELECT {3} % max(count(*), 1) FROM {0}))", table,
        first, second, place);
}

void do_deed(sqlite3* database, Pieces& input) {
    switch (input.choice(4)) {
        case 0:
        case 1: {
            const char* const table = tables[input.choice(tables.size())];
            const std::string column = column_of(database, table, input.number<std::uint8_t>());
            const std::string row = row_of(database, table, input.number<std::uint8_t>());
            sql::execute(database,
                         fmt::format("UPDATE OR IGNORE {} SET {} = {} WHERE {}", table, column, any_value(input), row));
            break;
        }
        case 2: {
            const char* const table = tables[input.choice(tables.size())];
            sql::execute(database, fmt::format("DELETE FROM {} WHERE {}", table,
                                               row_of(database, table, input.number<std::uint8_t>())));
            break;
        }
        default:
            sql::execute(database, std::string(input.long_text()));
    }
}

struct Free {
    void operator()(unsigned char* bytes) const { sqlite3_free(bytes); }
};

// The database after the deeds of the input that SQL can do.
std::string changed(const std::string& whole, Pieces& input) {
    const sql::Database database = sql::open(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY);
    auto* const bytes = static_cast<unsigned char*>(sqlite3_malloc64(whole.size()));
    std::memcpy(bytes, whole.data(), whole.size());
    const auto size = static_cast<sqlite3_int64>(whole.size());
    if (sqlite3_deserialize(database.get(), "main", bytes, size, size,
                            SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE) != SQLITE_OK) {
        sql::fail(database.get());
    }
    sqlite3_db_config(database.get(), SQLITE_DBCONFIG_DEFENSIVE, 0, nullptr);
    sqlite3_db_config(database.get(), SQLITE_DBCONFIG_WRITABLE_SCHEMA, 1, nullptr);
    sqlite3_limit(database.get(), SQLITE_LIMIT_LENGTH, 1 << 20);
    sqlite3_limit(database.get(), SQLITE_LIMIT_ATTACHED, 0);
    const auto stop = [](void* left) { return --*static_cast<int*>(left) < 0 ? 1 : 0; };
    int looks_left = 100;
    sqlite3_progress_handler(database.get(), 1000, stop, &looks_left);
    for (std::size_t n_deeds = input.choice(8); n_deeds > 0; --n_deeds) {
        try {
            do_deed(database.get(), input);
        } catch (const std::exception&) {  // a deed that cannot be done
        }
    }
    sqlite3_int64 n_bytes = 0;
    const std::unique_ptr<unsigned char, Free> image(sqlite3_serialize(database.get(), "main", &n_bytes, 0));
    return {reinterpret_cast<const char*>(image.get()), image == nullptr ? 0 : static_cast<std::size_t>(n_bytes)};
}

void change_bytes(std::string& file, Pieces& input) {
    for (std::size_t n = input.choice(8); n > 0 && !file.empty(); --n) {
        const std::size_t at = (input.number<std::uint32_t>() & 0xffffff) % file.size();
        const std::string_view bytes = input.short_text();
        file.replace(at, std::min(bytes.size(), file.size() - at), bytes.substr(0, file.size() - at));
    }
    if (input.choice(16) == 1) {
        file.resize(file.size() * input.choice(256) / 256);
    }
}

}  // namespace

std::string experiment_text(int which) { return experiments.at(static_cast<std::size_t>(which)); }

std::filesystem::path write_damaged(std::string_view name, Pieces& input) {
    const auto which = static_cast<int>(input.choice(experiments.size()));
    std::string file = changed(results(which), input);
    change_bytes(file, input);
    const std::filesystem::path path = folder() / name;
    for (const char* suffix : {"-wal", "-shm", "-journal", ".lock"}) {
        std::filesystem::remove(path.string() + suffix);
    }
    return write_file(name, file);
}

std::array<std::filesystem::path, 3> write_undamaged() {
    std::array<std::filesystem::path, experiments.size()> files;
    for (std::uint8_t which = 0; which < files.size(); ++which) {
        Pieces undamaged({&which, 1});
        files[which] = write_damaged("results" + std::to_string(which) + ".sqlite", undamaged);
    }
    return files;
}

}  // namespace syncache::fuzz
