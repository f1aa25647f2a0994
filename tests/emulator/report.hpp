#pragma once

#include <string>
#include <vector>

namespace emulator {

// What a check has found. check: one of the words of README.md's table.
struct Report {
    std::string check;
    std::string text;
};

// Where something happened: the code's address, and that of an earlier access that it has to do with, or null.
struct Where {
    const void* code = nullptr;
    const void* before = nullptr;
};

// Prints the first of equal reports, with the places in the source, and keeps it. check, what: string literals.
void report(const char* check, const char* what, Where where = {});
void report(const char* check, const std::string& what);

// All reports since the last call.
std::vector<Report> take_reports();
bool any_reports();

}  // namespace emulator
