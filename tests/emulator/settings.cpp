#include "tests/emulator/settings.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace emulator {
namespace {

std::uint64_t number(const char* name, std::uint64_t fallback) {
    const char* text = std::getenv(("EMULATOR_" + std::string(name)).c_str());
    if (text == nullptr || *text == '\0') {
        return fallback;
    }
    char* end = nullptr;
    const std::uint64_t value = std::strtoull(text, &end, 10);
    if (*end != '\0') {
        give_up("not a number, in the environment variable EMULATOR_", name);
    }
    return value;
}

Settings from_environment() {
    Settings s;
    s.seed = number("SEED", s.seed);
    s.preempt = number("PREEMPT", s.preempt);
    s.poison = static_cast<int>(number("POISON", static_cast<std::uint64_t>(s.poison)));
    s.check = number("CHECK", s.check) != 0;
    s.count = number("COUNT", s.count) != 0;
    s.stop_patience = number("STOP_PATIENCE", s.stop_patience);
    s.watchdog = number("WATCHDOG", s.watchdog);
    s.fail_allocation = static_cast<std::int64_t>(number("FAIL_ALLOCATION", 0));
    const char* check = std::getenv("EMULATOR_END_AT");
    s.end_at = check == nullptr ? "" : check;
    return s;
}

}  // namespace

Settings& settings() {
    static Settings all = from_environment();
    return all;
}

void give_up(const char* what, const char* of) {
    std::fprintf(stderr, "emulator: %s%s\n", what, of);
    std::abort();
}

}  // namespace emulator
