#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace syncache {

// A table of plain comma-separated values, header first; gzip or not. Values hold no commas and no quotes. Read row by
// row:
//   CsvReader csv(file, {"run", "step"});
//   while (csv.next()) { csv.integer(0, 0, 99); }
// All members throw std::invalid_argument "<file>:<line>: <column>: <found>; allowed: <...>".
class CsvReader {
  public:
    // Reads the file. `columns` must all be in its header; others are ignored. Columns are then known by their place in
    // `columns`.
    CsvReader(const std::filesystem::path& file, const std::vector<std::string>& columns);

    // Goes to the next row, which must have as many values as the header; empty lines are skipped. False at the end.
    bool next();

    std::string_view text(std::size_t column) const { return values_[places_[column]]; }
    std::int64_t integer(std::size_t column, std::int64_t minimum, std::int64_t maximum) const;
    double real(std::size_t column) const;  // finite

    // Throws for a value of this row: what was found in which column is added here.
    [[noreturn]] void refuse(std::size_t column, const std::string& allowed) const;

    // "<file>:<line>", to begin a message about this row.
    std::string place() const;

  private:
    bool next_line(std::string_view& line);

    std::filesystem::path file_;
    std::string content_;
    std::size_t at_ = 0;
    std::int64_t line_ = 0;
    std::vector<std::string> columns_;
    std::vector<std::size_t> places_;
    std::size_t width_ = 0;
    std::vector<std::string_view> values_;
};

}  // namespace syncache
