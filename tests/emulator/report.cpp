#include "tests/emulator/report.hpp"

#include <unistd.h>

#include <cstdio>
#include <mutex>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/emulator/block.hpp"
#include "tests/emulator/emulator.hpp"
#include "tests/emulator/launch.hpp"
#include "tests/emulator/settings.hpp"
#include "tests/emulator/symbols.hpp"

namespace emulator {
namespace {

struct Kept {
    std::mutex lock;
    std::vector<Report> reports;
    std::set<std::tuple<std::string, const char*, const void*, const void*>> known;
};
Kept& kept() {
    static Kept& all = *new Kept;  // used to the very end of the program
    return all;
}

// The end of a program that nobody tests from inside, such as the command line: reports are its failure.
struct AtExit {
    ~AtExit() {
        report_what_is_left();
        if (settings().count) {
            print_counts();
        }
        if (any_reports()) {
            std::fprintf(stderr, "emulator: there were reports; exit code 86\n");
            std::fflush(nullptr);
            _exit(86);
        }
    }
} at_exit;

void keep(const char* check, const std::string& text) {
    std::fprintf(stderr, "emulator: [%s] %s\n", check, text.c_str());
    kept().reports.push_back({check, text});
    if (settings().end_at == check) {
        std::fprintf(stderr, "emulator: ended at [%s], as asked\n", check);
        std::fflush(nullptr);
        _exit(0);
    }
}

}  // namespace

void report(const char* check, const char* what, Where where) {
    const std::lock_guard guard(kept().lock);
    if (!kept().known.insert({check, what, where.code, where.before}).second) {
        return;
    }
    std::string text = what;
    if (where.code != nullptr) {
        text += " at " + place_in_source(where.code);
    }
    if (where.before != nullptr) {
        text += " after " + place_in_source(where.before);
    }
    keep(check, text + who_runs());
}

void report(const char* check, const std::string& what) {
    const std::lock_guard guard(kept().lock);
    for (const Report& report : kept().reports) {
        if (report.text == what) {
            return;
        }
    }
    keep(check, what);
}

std::vector<Report> take_reports() {
    const std::lock_guard guard(kept().lock);
    kept().known.clear();
    return std::exchange(kept().reports, {});
}

bool any_reports() {
    const std::lock_guard guard(kept().lock);
    return !kept().reports.empty();
}

}  // namespace emulator
