#include "python/src/columns.hpp"

#include <charconv>
#include <cstdint>
#include <ios>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace syncache::python {
namespace {

template <class Number>
bool read(std::string_view text, Number& number) {
    const char* const end = text.data() + text.size();
    const auto [behind, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && behind == end;
}

}  // namespace

void Column::become_real() {
    kind = Kind::real;
    reals.assign(integers.begin(), integers.end());
    integers = {};
}

void Column::append(std::string_view field) {
    if (kind == Kind::text) {
        auto code = codes_of_words.find(field);
        if (code == codes_of_words.end()) {
            code = codes_of_words.emplace(field, static_cast<std::int32_t>(words.size())).first;
            words.emplace_back(field);
        }
        codes.push_back(code->second);
        return;
    }
    if (kind != Kind::real) {
        std::int64_t integer = 0;
        const bool is_integer = read(field, integer);
        if (is_integer && (kind == Kind::integer || integer == 0 || integer == 1)) {
            integers.push_back(integer);
            return;
        }
        become_real();
    }
    double real = std::numeric_limits<double>::quiet_NaN();
    if (!field.empty() && !read(field, real)) {
        throw std::runtime_error("column " + name + ": '" + std::string(field) + "' is no number");
    }
    reals.push_back(real);
}

std::streamsize ColumnReader::xsputn(const char* text, std::streamsize size) {
    for (std::streamsize i = 0; i < size; ++i) {
        put(text[i]);
    }
    return size;
}

ColumnReader::int_type ColumnReader::overflow(int_type character) {
    if (!traits_type::eq_int_type(character, traits_type::eof())) {
        put(traits_type::to_char_type(character));
    }
    return traits_type::not_eof(character);
}

void ColumnReader::put(char character) {
    if (character == '"') {
        if (!is_quoted_ && ended_quote_) {
            field_ += character;  // two quotes within quotes stand for one
        }
        ended_quote_ = is_quoted_;
        is_quoted_ = !is_quoted_;
    } else if (is_quoted_ || (character != ',' && character != '\n')) {
        field_ += character;
    } else {
        end_field();
        if (character == '\n') {
            is_header_ = false;
            at_ = 0;
        }
    }
}

void ColumnReader::end_field() {
    if (is_header_) {
        Column column;
        column.name = field_;
        column.kind = kind_of_(field_);
        columns_.push_back(std::move(column));
    } else {
        columns_.at(at_++).append(field_);
    }
    field_.clear();
    ended_quote_ = false;
}

}  // namespace syncache::python
