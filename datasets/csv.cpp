#include "datasets/csv.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "datasets/text_file.hpp"

namespace syncache {
namespace {

// zlib also reads what is not compressed.
std::string read_whole(const std::filesystem::path& file) {
    if (!std::filesystem::is_regular_file(file)) {
        throw std::invalid_argument(fmt::format("{}: no such file; allowed: a CSV file", file.string()));
    }
    errno = 0;
    const std::unique_ptr<gzFile_s, int (*)(gzFile)> input(gzopen(file.c_str(), "rb"), gzclose);
    if (!input) {
        refuse_unreadable(file, errno != 0 ? errno : ENOMEM);
    }
    std::string content;
    char block[1 << 16];
    int n = 0;
    while ((n = gzread(input.get(), block, sizeof block)) > 0) {
        content.append(block, static_cast<std::size_t>(n));
    }
    int error = Z_OK;
    const char* message = gzerror(input.get(), &error);
    if (n < 0 || (error != Z_OK && error != Z_STREAM_END)) {
        throw std::invalid_argument(fmt::format("{}: cannot be read: {}", file.string(), message));
    }
    return content;
}

void split(std::string_view line, std::vector<std::string_view>& values) {
    values.clear();
    for (std::size_t begin = 0;;) {
        const std::size_t comma = line.find(',', begin);
        values.push_back(line.substr(begin, comma - begin));
        if (comma == std::string_view::npos) {
            return;
        }
        begin = comma + 1;
    }
}

// What a message shows of a file's text, which may be anything: its beginning, and a ? for what is not printable ASCII.
std::string shown(std::string_view text) {
    std::string result(text.substr(0, 80));
    std::ranges::replace_if(result, [](char c) { return c < ' ' || c > '~'; }, '?');
    return result;
}

template <class T>
bool parse(std::string_view text, T& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

CsvReader::CsvReader(const std::filesystem::path& file, const std::vector<std::string>& columns)
    : file_(file), content_(read_whole(file)), columns_(columns) {
    std::string_view header;
    if (!next_line(header)) {
        throw std::invalid_argument(fmt::format("{}: is empty; allowed: a CSV file with the columns {}", file_.string(),
                                                fmt::join(columns_, ", ")));
    }
    split(header, values_);
    width_ = values_.size();
    for (const std::string& column : columns_) {
        const auto found = std::find(values_.begin(), values_.end(), column);
        if (found == values_.end()) {
            throw std::invalid_argument(fmt::format("{}: no column {}, found {}; allowed: a header with {}", place(),
                                                    column, shown(header), fmt::join(columns_, ", ")));
        }
        places_.push_back(static_cast<std::size_t>(found - values_.begin()));
    }
}

bool CsvReader::next_line(std::string_view& line) {
    while (at_ < content_.size()) {
        const std::size_t end = std::min(content_.find('\n', at_), content_.size());
        line = std::string_view(content_).substr(at_, end - at_);
        at_ = end + 1;
        ++line_;
        if (!line.empty() && line.back() == '\r') {
            line.remove_suffix(1);
        }
        if (!line.empty()) {
            return true;
        }
    }
    return false;
}

bool CsvReader::next() {
    std::string_view line;
    if (!next_line(line)) {
        return false;
    }
    split(line, values_);
    if (values_.size() != width_) {
        throw std::invalid_argument(
            fmt::format("{}: {} values; allowed: {}, as in the header", place(), values_.size(), width_));
    }
    return true;
}

std::int64_t CsvReader::integer(std::size_t column, std::int64_t minimum, std::int64_t maximum) const {
    std::int64_t value = 0;
    if (!parse(text(column), value) || value < minimum || value > maximum) {
        refuse(column, fmt::format("an integer from {} to {}", minimum, maximum));
    }
    return value;
}

double CsvReader::real(std::size_t column) const {
    double value = 0.0;
    if (!parse(text(column), value) || !std::isfinite(value)) {
        refuse(column, "a finite number");
    }
    return value;
}

void CsvReader::refuse(std::size_t column, const std::string& allowed) const {
    throw std::invalid_argument(fmt::format("{}: {}: {}; allowed: {}", place(), columns_[column],
                                            text(column).empty() ? "nothing" : shown(text(column)), allowed));
}

std::string CsvReader::place() const { return fmt::format("{}:{}", file_.string(), line_); }

}  // namespace syncache
