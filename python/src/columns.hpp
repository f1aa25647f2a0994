#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <ios>
#include <map>
#include <streambuf>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace syncache::python {

enum class Kind { integer, real, boolean, text };

// One column of a table. Of the vectors only that of its kind is filled.
struct Column {
    std::string name;
    Kind kind = Kind::real;
    std::vector<std::int64_t> integers;  // and booleans, as 0 and 1
    std::vector<double> reals;           // NaN: absent
    std::vector<std::int32_t> codes;     // places in `words`
    std::vector<std::string> words;      // distinct
    std::map<std::string, std::int32_t, std::less<>> codes_of_words;

    // Appends a field as exports write it. A column of integers or booleans that meets another number, or none,
    // becomes one of reals. Throws std::runtime_error for a text that is no number in a column of numbers.
    void append(std::string_view field);

  private:
    void become_real();
};

// Reads the CSV that exports write (RFC 4180, header first), as they write it: no text of a whole table is held.
class ColumnReader : public std::streambuf {
  public:
    // kind_of: of a column by its name.
    explicit ColumnReader(std::function<Kind(std::string_view)> kind_of) : kind_of_(std::move(kind_of)) {}

    // After the last row.
    std::vector<Column> take() { return std::move(columns_); }

  protected:
    std::streamsize xsputn(const char* text, std::streamsize size) override;
    int_type overflow(int_type character) override;

  private:
    void put(char character);
    void end_field();

    std::function<Kind(std::string_view)> kind_of_;
    std::vector<Column> columns_;
    std::string field_;
    std::size_t at_ = 0;  // column of the field
    bool is_header_ = true, is_quoted_ = false, ended_quote_ = false;
};

}  // namespace syncache::python
